/** A clock that runs like the system's and can be put forward, so that what waits for days happens now. */
import type { Clock } from "../../src/lib/clock.ts";

export interface ShiftedClock extends Clock {
  /** Puts the clock forward; what is due by then runs before this resolves. */
  advance(ms: number): Promise<void>;
}

export function shiftedClock(start: number): ShiftedClock {
  const began = performance.now();
  let shift = start;
  const waiting = new Set<{ readonly at: number; readonly fire: () => void }>();
  const now = (): number => Math.floor(shift + performance.now() - began);
  const after = (ms: number, run: () => void): (() => void) => {
    const cancel = (): void => {
      clearTimeout(timer);
      waiting.delete(entry);
    };
    const fire = (): void => {
      cancel();
      run();
    };
    const entry = { at: now() + ms, fire };
    const timer = setTimeout(fire, Math.min(ms, 2 ** 31 - 1));
    waiting.add(entry);
    return cancel;
  };
  return {
    now,
    after,
    sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
    advance: async (ms) => {
      shift += ms;
      for (const entry of [...waiting].toSorted((a, b) => a.at - b.at))
        if (entry.at <= now() && waiting.has(entry)) entry.fire();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
