/**
 * What was handed over and what arrived, kept outside the daemon: nothing that the daemon says about itself is believed here but how
 * many results it has said to be durable.
 */
import type { Endpoint } from "./project.ts";
import { receives } from "./project.ts";

/** One request at a receiver. */
export interface Arrival {
  readonly seq: number;
  /** The daemon's process, from 0. */
  readonly life: number;
  /** 0 for a connection that was cut without an answer. */
  readonly answered: number;
}

export interface Ledger {
  /** `sure` once the daemon has promised to deliver it; before, it may or may not be. */
  handOver(id: string, type: string, sure: boolean): void;
  /** A request's headers have arrived. */
  begun(life: number): void;
  arrived(key: string, id: string, arrival: Arrival): void;
  /** Results that the daemon has called durable. */
  recorded(life: number): void;
  /** In flight, or answered and not known to be durable, when this life ended. */
  unrecorded(life: number): number;
  /** Deliveries sent again although they had been answered with 200, by the life that was answered last. */
  sentAgain(life: number): number;
  hasArrived(key: string, id: string): boolean;
  /** `integration/event` of everything that is owed and has not been answered with 200. */
  missing(): readonly string[];
  arrivals(key: string, id: string): readonly Arrival[];
  /** `integration/event` of everything that arrived. */
  delivered(): readonly string[];
  totals(): { readonly events: number; readonly deliveries: number; readonly again: number };
  /** What must not be: more sent again than was in flight, sent again without a kill, delivered in part. */
  violations(): readonly string[];
}

const isOk = ({ answered }: Arrival): boolean => answered === 200;

export function createLedger(endpoints: readonly Endpoint[]): Ledger {
  const events = new Map<string, { readonly type: string; sure: boolean }>();
  const arrivals = new Map<string, Arrival[]>();
  const [begun, recorded, again] = [
    new Map<number, number>(),
    new Map<number, number>(),
    new Map<number, number>(),
  ];
  const wrong: string[] = [];
  const count = (tally: Map<number, number>, life: number): void =>
    void tally.set(life, (tally.get(life) ?? 0) + 1);
  const of = (key: string, id: string): readonly Arrival[] => arrivals.get(`${key}/${id}`) ?? [];
  const hasArrived = (key: string, id: string): boolean => of(key, id).some(isOk);
  const owedTo = (type: string): readonly Endpoint[] =>
    endpoints.filter((endpoint) => receives(endpoint, type));
  const unrecorded = (life: number): number => (begun.get(life) ?? 0) - (recorded.get(life) ?? 0);

  const missing = (): readonly string[] =>
    [...events].flatMap(([id, { type, sure }]) => {
      const owed = owedTo(type).filter(({ key }) => !hasArrived(key, id));
      // What nobody promised is owed all the same once any of it has arrived.
      const isOwed = sure || owed.length < owedTo(type).length;
      return isOwed ? owed.map(({ key }) => `${key}/${id}`) : [];
    });

  const arrived = (key: string, id: string, arrival: Arrival): void => {
    const name = `${key}/${id}`;
    const before = arrivals.get(name) ?? [];
    const last = before.findLast(isOk);
    arrivals.set(name, [...before, arrival]);
    const event = events.get(id);
    if (event === undefined || !owedTo(event.type).some((endpoint) => endpoint.key === key))
      wrong.push(`${name} arrived, and is owed to nobody`);
    if (last === undefined) return;
    // Once it is sent again, it may fail and be tried further.
    if (before.at(-1) === last) count(again, last.life);
    if (last.life === arrival.life) wrong.push(`${name} was sent twice within life ${arrival.life}`);
  };

  return {
    handOver: (id, type, sure) => {
      const known = events.get(id);
      if (known === undefined) events.set(id, { type, sure });
      else known.sure ||= sure;
    },
    begun: (life) => count(begun, life),
    recorded: (life) => count(recorded, life),
    arrived,
    unrecorded,
    sentAgain: (life) => again.get(life) ?? 0,
    hasArrived,
    missing,
    arrivals: of,
    delivered: () => [...arrivals].filter(([, all]) => all.some(isOk)).map(([name]) => name),
    totals: () => ({
      events: events.size,
      deliveries: arrivals.size,
      again: [...again.values()].reduce((sum, one) => sum + one, 0),
    }),
    violations: () => [
      ...wrong,
      ...[...again].flatMap(([life, sent]) =>
        sent > unrecorded(life)
          ? [
              `life ${life}: ${sent} were sent again, and ${unrecorded(life)} were in flight when it was killed`,
            ]
          : [],
      ),
    ],
  };
}
