/** Simulated time: it stands still while anything is being done, and then jumps to whatever is next. */
import type { Clock } from "../../src/lib/clock.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

export interface SimulatedClock extends Clock {
  /** Runs everything that falls due until then, one after another; what each leads to is done before the next. */
  runUntil(moment: number): Promise<void>;
}

export function simulatedClock(start: number): SimulatedClock {
  let now = start;
  let made = 0;
  const heap: Timer[] = [];

  const after = (ms: number, run: () => void): (() => void) => {
    // Real timers count whole milliseconds as well.
    const timer: Timer = { at: now + Math.max(1, Math.trunc(ms)), order: (made += 1), run };
    push(heap, timer);
    return () => void (timer.run = undefined);
  };
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void after(ms, resolve));
  return {
    now: () => now,
    after,
    sleep,
    runUntil: async (moment) => {
      await settled();
      for (let timer = heap[0]; timer !== undefined && timer.at <= moment; timer = heap[0]) {
        pop(heap);
        if (timer.run === undefined) continue;
        now = timer.at;
        timer.run();
        await settled();
      }
      now = moment;
    },
  };
}

/** Every promise that can go on has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const isBefore = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Timer[], timer: Timer): void {
  let at = heap.length;
  heap.push(timer);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !isBefore(timer, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = timer;
}

function pop(heap: Timer[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const [one, other] = [heap[left], heap[left + 1]];
    if (one === undefined) break;
    const child = other !== undefined && isBefore(other, one) ? left + 1 : left;
    const least = heap[child];
    if (least === undefined || !isBefore(least, last)) break;
    heap[at] = least;
    at = child;
  }
  heap[at] = last;
}
