/** When the next request to each integration may leave: its rate, and the pauses that answers asked for. */
import { createAlarm } from "../lib/alarm.ts";
import type { Clock } from "../lib/clock.ts";
import type { Pace } from "../formats/contract.ts";
import { createServices } from "./pace-service.ts";
import type { Pauses } from "./pause.ts";

export interface Pacer {
  /** When the next request may leave, in milliseconds since the epoch: now, or later. */
  opensAt(uid: string): number;
  /** How many requests may leave until then, were they there; Infinity where nothing limits them. */
  countUntil(uid: string, moment: number): number;
  /** One leaves. */
  spend(uid: string): void;
  /** What an answer says about the next ones; `status` is undefined when none came. Whether it is paused now. */
  answered(uid: string, status: number | undefined, pauses: Pauses): boolean;
  /** Integrations that may not be sent to now. */
  closed(): readonly string[];
  stop(): void;
}

/** What is known of one integration; dropped once it says nothing any more. */
interface Gate {
  /** When all that was sent is paid for at its rate. */
  paidAt: number;
  pausedUntil: number;
}

/** `onOpen` is called when an integration that was closed may be sent to again. */
export function createPacer(clock: Clock, paceOf: (uid: string) => Pace, onOpen: () => void): Pacer {
  const gates = new Map<string, Gate>();
  const services = createServices();

  const gateOf = (uid: string): Gate => {
    const gate = gates.get(uid) ?? { paidAt: 0, pausedUntil: 0 };
    gates.set(uid, gate);
    return gate;
  };
  const opensAt = (uid: string): number => {
    const { perSecond, burst = 1, service } = paceOf(uid);
    const gate = gates.get(uid);
    const now = clock.now();
    const paused = Math.max(now, gate?.pausedUntil ?? 0, services.pausedUntil(uid, service));
    if (gate === undefined || perSecond === undefined) return paused;
    const interval = 1000 / perSecond;
    // A clock that was put back must not make anybody wait for the time that it went back.
    gate.paidAt = Math.min(gate.paidAt, now + burst * interval);
    return Math.max(paused, Math.ceil(gate.paidAt - (burst - 1) * interval));
  };
  const open = (): void => {
    const now = clock.now();
    for (const [uid, gate] of gates) {
      if (Math.max(gate.paidAt, gate.pausedUntil) <= now) gates.delete(uid);
      else watch(uid);
    }
    for (const end of services.ends(now)) alarm.at(end);
    onOpen();
  };
  const alarm = createAlarm(clock, open);
  const watch = (uid: string): void => {
    const at = opensAt(uid);
    if (at > clock.now()) alarm.at(at);
  };

  return {
    opensAt,
    countUntil: (uid, moment) => {
      const at = opensAt(uid);
      if (at > moment) return 0;
      const { perSecond, burst = 1 } = paceOf(uid);
      if (perSecond === undefined) return Infinity;
      const paidAt = Math.max(gates.get(uid)?.paidAt ?? 0, at);
      return Math.max(1, Math.floor(((moment - paidAt) * perSecond) / 1000 + burst));
    },
    spend: (uid) => {
      const { perSecond } = paceOf(uid);
      if (perSecond === undefined) return;
      const gate = gateOf(uid);
      gate.paidAt = Math.max(gate.paidAt, clock.now()) + 1000 / perSecond;
      watch(uid);
    },
    answered: (uid, status, { pauseUntil = 0, pauseAllUntil }) => {
      const now = clock.now();
      const { service } = paceOf(uid);
      services.answered(uid, service, { now, status, pauseAllUntil });
      if (pauseUntil > now) {
        const gate = gateOf(uid);
        gate.pausedUntil = Math.max(gate.pausedUntil, pauseUntil);
      }
      watch(uid);
      return Math.max(gates.get(uid)?.pausedUntil ?? 0, services.pausedUntil(uid, service)) > now;
    },
    closed: () => {
      const now = clock.now();
      const uids = new Set([...gates.keys(), ...services.paused(now)]);
      return [...uids].filter((uid) => opensAt(uid) > now);
    },
    stop: () => alarm.cancel(),
  };
}
