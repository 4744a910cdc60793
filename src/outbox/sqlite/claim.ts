/** Takes due deliveries for sending: the longest due first, a bounded number of any one integration, bounded bytes in all. */
import { createClaimEvents } from "./claim-events.ts";
import type { ClaimedEvent, ClaimEvents } from "./claim-events.ts";
import type { Claimed, ClaimOptions, DeliveryRecord, Writes } from "./protocol.ts";
import type { Statement } from "./driver.ts";
import type { Shared } from "./shared.ts";

interface Candidate {
  readonly id: number;
  readonly due_at: number;
  readonly integration: number;
  readonly event: number;
  readonly via: number;
  readonly attempts: number;
  readonly attempts_before: number;
  readonly last_status_code: number | null;
  readonly trigger: string;
  readonly reason: string | null;
}

const CANDIDATES = `
  SELECT id, due_at, integration, event, via, attempts, attempts_before, last_status_code, trigger, reason FROM deliveries
  WHERE status = 'pending' AND integration = ? AND (due_at, id) > (?, ?) ORDER BY due_at, id LIMIT ?`;
const CANDIDATE = `
  SELECT id, due_at, integration, event, via, attempts, attempts_before, last_status_code, trigger, reason FROM deliveries
  WHERE status = 'pending' AND id = ?`;
const TAKE = `
  UPDATE deliveries SET status = 'delivering' WHERE id IN (SELECT value FROM json_each(?))`;
/** The pending deliveries of one integration, the longest due first, read a few at a time. */
interface Queue {
  readonly integration: number;
  /** As many may be taken. */
  readonly most: number;
  peek(): Candidate | undefined;
  take(): Candidate;
  taken(): number;
}

function createQueue(select: Statement<Candidate>, integration: number, most: number, chunk: number): Queue {
  let rows = select.all(integration, -1, -1, chunk);
  let [at, taken] = [0, 0];
  const peek = (): Candidate | undefined => {
    const last = rows.at(-1);
    if (at === rows.length && at === chunk && last !== undefined) {
      rows = select.all(integration, last.due_at, last.id, chunk);
      at = 0;
    }
    return rows[at];
  };
  return {
    integration,
    most,
    peek,
    take: () => {
      const next = peek();
      if (next === undefined) throw new Error("nothing is left to take");
      at += 1;
      taken += 1;
      return next;
    },
    taken: () => taken,
  };
}

function longestDue(queues: readonly Queue[], now: number): Queue | undefined {
  let best: Queue | undefined;
  let first: Candidate | undefined;
  for (const queue of queues) {
    const head = queue.taken() < queue.most ? queue.peek() : undefined;
    if (head === undefined || head.due_at > now) continue;
    if (first !== undefined && (head.due_at - first.due_at || head.id - first.id) > 0) continue;
    [best, first] = [queue, head];
  }
  return best;
}

/** How many of an integration may be taken. */
function mostOf(
  { perIntegration, limits = {}, skip }: ClaimOptions,
  integrations: Shared["integrations"],
): (integration: number) => number {
  const named = new Map<number | undefined, number>();
  for (const [uid, limit] of Object.entries(limits)) named.set(integrations.byUid(uid)?.n, limit);
  for (const uid of skip) named.set(integrations.byUid(uid)?.n, 0);
  return (integration) => named.get(integration) ?? perIntegration;
}

export function createClaim({ db, integrations, due, tally }: Shared): Writes["claim"] {
  const select = db.prepare<Candidate>(CANDIDATES);
  const selectOne = db.prepare<Candidate>(CANDIDATE);
  const take = db.prepare(TAKE);
  const eventsOf = createClaimEvents(db);

  /** No integration beyond the first `limit` can have one of the `limit` longest due. */
  const choose = (options: ClaimOptions, fits: ClaimEvents["fits"]): Candidate[] => {
    const most = mostOf(options, integrations);
    const heads = due.until(options.now).filter(([integration]) => most(integration) > 0);
    const queues = heads
      .slice(0, options.limit)
      .map(([integration]) =>
        createQueue(
          select,
          integration,
          most(integration),
          Math.ceil((1.2 * options.limit) / heads.length) + 1,
        ),
      );
    const chosen: Candidate[] = [];
    while (chosen.length < options.limit) {
      const next = longestDue(queues, options.now);
      const head = next?.peek();
      if (next === undefined || head === undefined || !fits(head.event)) break;
      chosen.push(next.take());
    }
    for (const queue of queues) due.set(queue.integration, queue.peek()?.due_at);
    return chosen;
  };

  /** Named deliveries are taken whatever else is due before them, so what is known of the earliest no longer holds. */
  const chooseNamed = (
    ids: readonly number[],
    { now, limit }: ClaimOptions,
    fits: ClaimEvents["fits"],
  ): Candidate[] => {
    due.forget();
    const pending = ids.flatMap((id) => selectOne.get(id) ?? []);
    const most = pending.filter((row) => row.due_at <= now).slice(0, limit);
    const end = most.findIndex((row) => !fits(row.event));
    return end === -1 ? most : most.slice(0, end);
  };

  return (options): Claimed => {
    const { read, fits } = eventsOf(options);
    const { only } = options;
    const chosen = only === undefined ? choose(options, fits) : chooseNamed(only, options, fits);
    const indexes = new Map([...new Set(chosen.map(({ event }) => event))].map((event, at) => [event, at]));
    const events = [...indexes.keys()].map(read);
    if (chosen.length > 0) take.run(JSON.stringify(chosen.map((row) => row.id)));
    const deliveries = chosen.map((row): readonly [DeliveryRecord, number] => {
      tally.move(row, "pending", "delivering");
      const index = indexes.get(row.event) ?? -1;
      return [recordOf(row, read(row.event), integrations), index];
    });
    return { deliveries, events: events.map(({ rest, data, bytes }) => ({ rest, data, bytes })) };
  };
}

function recordOf(row: Candidate, event: ClaimedEvent, integrations: Shared["integrations"]): DeliveryRecord {
  const integration = integrations.byNumber(row.integration);
  const through = row.via === 0 ? undefined : integrations.byNumber(row.via);
  return {
    id: row.id,
    event_id: event.id,
    event_type: event.type,
    uid: integration.uid,
    name: integration.name,
    via_uid: through?.uid ?? null,
    via_name: through?.name ?? null,
    kind: integration.kind,
    status: "delivering",
    reason: row.reason,
    attempts: row.attempts,
    attempts_before: row.attempts_before,
    last_status_code: row.last_status_code,
    due_at: null,
    trigger: row.trigger,
  };
}
