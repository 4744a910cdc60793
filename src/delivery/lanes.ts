/**
 * Places for requests under way. Quick integrations have the main lane to themselves: whatever has been under way for longer than a
 * second, and whatever goes to an integration that kept a request waiting so long, has places of its own. So endpoints that hang,
 * however many, never take the places of those that answer.
 */
import { createAlarm } from "../lib/alarm.ts";
import type { Clock } from "../lib/clock.ts";
import { createWindows, OLD_MS } from "./window.ts";
import type { Ending, Windows } from "./window.ts";

export interface LaneOptions {
  readonly clock: Clock;
  /** Places of the main lane; `slow` more are for slow requests. */
  readonly main: number;
  readonly slow: number;
  /** The most of one integration. */
  readonly perIntegration: number;
  /** Places of the main lane that are taken by something else (answered, but not durable yet). */
  readonly taken: () => number;
  /** A request has become old: its integration is slow now. */
  readonly onSlow: (uid: string) => void;
}

export interface Flight {
  readonly uid: string;
  readonly isRetry: boolean;
  readonly isNew: boolean;
  readonly startedAt: number;
  lane: "main" | "slow";
  isOld: boolean;
}

export interface Lanes {
  mayStart(uid: string, isRetry: boolean): boolean;
  start(uid: string, isRetry: boolean): Flight;
  end(flight: Flight, how: Ending): void;
  /** How many more deliveries of an integration are worth having at hand, besides those under way; may be negative. */
  appetite(uid: string): number;
  readonly windows: Pick<Windows, "find" | "active" | "proven">;
  stop(): void;
}

/** How many times what may be under way is claimed ahead, so that sending does not wait for the disk. */
export const AHEAD = 2;
/** Of the main lane: at most this part for retries, and this for integrations of which nothing is known yet. */
const RETRIES = 0.75;
const NEW = 0.5;

export function createLanes(options: LaneOptions): Lanes {
  const { clock } = options;
  const windows = createWindows(options.perIntegration);
  /** Those that are not old, the longest under way first. */
  const young = new Set<Flight>();
  const count = { main: 0, slow: 0, retries: 0, new: 0 };

  const enter = (flight: Flight, by: 1 | -1): void => {
    count[flight.lane] += by;
    if (flight.lane === "main" && flight.isRetry) count.retries += by;
    if (flight.lane === "main" && flight.isNew) count.new += by;
  };
  const sweep = (): void => {
    const now = clock.now();
    for (const flight of young) {
      const age = now - flight.startedAt;
      if (age >= 0 && age < OLD_MS) break;
      growOld(flight);
    }
    watch();
  };
  const growOld = (flight: Flight): void => {
    young.delete(flight);
    flight.isOld = true;
    windows.of(flight.uid).grewOld();
    // When there are too many slow ones, they keep their places in the main lane: memory is bounded.
    if (flight.lane === "main" && count.slow < options.slow) {
      enter(flight, -1);
      flight.lane = "slow";
      enter(flight, 1);
    }
    options.onSlow(flight.uid);
  };
  const alarm = createAlarm(clock, sweep);
  const watch = (): void => {
    const [oldest] = young;
    // A clock that was put back must not keep this waiting.
    if (oldest !== undefined) alarm.at(Math.min(oldest.startedAt, clock.now()) + OLD_MS);
  };

  return {
    mayStart: (uid, isRetry) => {
      const window = windows.of(uid);
      if (window.underWay() >= window.size()) return false;
      // The first request of each comes before the second of any.
      if (window.isSlow()) return count.slow < (window.underWay() === 0 ? options.slow : options.slow / 2);
      if (count.main + options.taken() >= options.main) return false;
      if (isRetry && count.retries >= options.main * RETRIES) return false;
      return !window.isNew() || count.new < options.main * NEW;
    },
    start: (uid, isRetry) => {
      const window = windows.of(uid);
      const flight: Flight = {
        uid,
        isRetry,
        isNew: window.isNew(),
        startedAt: clock.now(),
        lane: window.isSlow() ? "slow" : "main",
        isOld: false,
      };
      window.started();
      enter(flight, 1);
      young.add(flight);
      windows.touch(uid);
      watch();
      return flight;
    },
    end: (flight, how) => {
      young.delete(flight);
      enter(flight, -1);
      windows.of(flight.uid).ended(how, flight.isOld);
      windows.touch(flight.uid);
    },
    appetite: (uid) => {
      const window = windows.find(uid);
      if (window === undefined) return AHEAD;
      return (window.isSlow() ? 1 : AHEAD) * window.size() - window.underWay();
    },
    windows,
    stop: () => alarm.cancel(),
  };
}
