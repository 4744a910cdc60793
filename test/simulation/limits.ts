/** When a receiver may be sent to, and since when nothing has kept it from being sent to. */
import type { Exchange } from "./network.ts";
import type { Receiver } from "./world.ts";

export interface Limits {
  sent(exchange: Exchange): void;
  answered(exchange: Exchange): void;
  /** In words, which limits this request breaks. */
  broken(exchange: Exchange): readonly string[];
  /** Since when the receiver could have been sent to. */
  freeSince(receiver: string): number;
  /** A write was refused: the next try may take a second. */
  disturbed(): void;
  began(): void;
}

const MOST_UNDER_WAY = 16;
/** How long a burst may be, by type. */
const SLACK_BURST = 3;

interface Gate {
  underWay: number;
  pausedUntil: number;
  /** When all that was sent is paid for at its rate. */
  paidAt: number;
  lastMoved: number;
}

/** What a process does not remember of the one before it is not held against it. */
export function createLimits(now: () => number): Limits {
  let gates = new Map<string, Gate>();
  let [discordUntil, disturbedUntil, beganAt] = [0, 0, 0];
  const gateOf = (name: string): Gate => {
    const gate = gates.get(name) ?? { underWay: 0, pausedUntil: 0, paidAt: 0, lastMoved: 0 };
    gates.set(name, gate);
    return gate;
  };
  const opensAt = ({ name, type }: Receiver): number => {
    const { pausedUntil } = gateOf(name);
    return Math.max(pausedUntil, type === "DISCORD" ? discordUntil : 0);
  };
  const rateOpens = (receiver: Receiver): number => {
    const { perSecond, burst } = paceOf(receiver);
    return gateOf(receiver.name).paidAt - ((burst - 1) * 1000) / perSecond;
  };
  const receivers = new Map<string, Receiver>();
  return {
    sent: ({ receiver, sentAt }) => {
      receivers.set(receiver.name, receiver);
      const gate = gateOf(receiver.name);
      gate.underWay += 1;
      gate.lastMoved = sentAt;
      gate.paidAt = Math.max(gate.paidAt, sentAt) + 1000 / paceOf(receiver).perSecond;
    },
    answered: ({ receiver, pauseUntil = 0, everywhere, wasCut }) => {
      const gate = gateOf(receiver.name);
      gate.underWay -= 1;
      gate.lastMoved = now();
      if (wasCut === true) return;
      gate.pausedUntil = Math.max(gate.pausedUntil, pauseUntil);
      if (everywhere === true) discordUntil = Math.max(discordUntil, pauseUntil);
    },
    broken: ({ receiver, sentAt }) => [
      ...(sentAt < opensAt(receiver) ? [`${opensAt(receiver) - sentAt} ms before its receiver allows`] : []),
      ...(sentAt + 1 < rateOpens(receiver) ? [`${rateOpens(receiver) - sentAt} ms too fast`] : []),
      ...(gateOf(receiver.name).underWay >= MOST_UNDER_WAY ? ["beside too many others"] : []),
    ],
    freeSince: (name) => {
      const receiver = receivers.get(name);
      const open = receiver === undefined ? discordUntil : Math.max(opensAt(receiver), rateOpens(receiver));
      return Math.max(beganAt, disturbedUntil, gateOf(name).lastMoved, open);
    },
    disturbed: () => void (disturbedUntil = now() + 1000),
    began: () => {
      gates = new Map();
      [discordUntil, beganAt] = [0, now()];
    },
  };
}

function paceOf(receiver: Receiver): { perSecond: number; burst: number } {
  const own = receiver.rateLimit ?? Infinity;
  if (receiver.type === "SLACK" && own >= 1) return { perSecond: 1, burst: SLACK_BURST };
  const documented = receiver.type === "TEAMS" ? 4 : Infinity;
  return { perSecond: Math.min(own, documented), burst: 1 };
}

const [S, M, H] = [1000, 60_000, 3_600_000];
const DOCUMENTED = [0, 5 * S, 5 * M, 30 * M, 2 * H, 5 * H, 10 * H, 14 * H, 20 * H, 24 * H];

/** Delays before each attempt, in milliseconds; a message that checks the way is given up sooner. */
export function scheduleOf(receiver: Receiver, event: string): readonly number[] {
  if (event.startsWith("test-")) return [0];
  const schedule = ownSchedule(receiver);
  return event.startsWith("confirm-") ? schedule.slice(0, 4) : schedule;
}

const ownSchedule = (receiver: Receiver): readonly number[] =>
  receiver.schedule?.map((delay) => delay * S) ?? DOCUMENTED;
