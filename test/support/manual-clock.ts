/** A clock that stands still until it is told to go on: then everything that was to run by then runs, in order. */
import type { Clock } from "../../src/lib/clock.ts";

export interface ManualClock extends Clock {
  /** Goes on to that moment; runs what falls due, what that schedules included. */
  goTo(moment: number): void;
  /** When something is to run next, or undefined. */
  next(): number | undefined;
  /** Sets the time without running anything, as an operator does who puts a clock right. */
  set(moment: number): void;
}

export function manualClock(start: number): ManualClock {
  interface Timer {
    readonly at: number;
    readonly order: number;
    readonly run: () => void;
  }
  let now = start;
  let made = 0;
  const timers = new Set<Timer>();
  const first = (): Timer | undefined => [...timers].toSorted((a, b) => a.at - b.at || a.order - b.order)[0];
  const after = (ms: number, run: () => void): (() => void) => {
    const timer: Timer = { at: now + Math.max(1, Math.trunc(ms)), order: (made += 1), run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  return {
    now: () => now,
    after,
    sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
    goTo: (moment) => {
      for (let timer = first(); timer !== undefined && timer.at <= moment; timer = first()) {
        timers.delete(timer);
        now = Math.max(now, timer.at);
        timer.run();
      }
      now = moment;
    },
    next: () => first()?.at,
    set: (moment) => void (now = moment),
  };
}
