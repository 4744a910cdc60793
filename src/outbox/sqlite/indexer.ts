/** When the index of texts is added to: soon after something was written, a little at a time, and next to never under load. */

export interface Indexer {
  /** Something was written. Cheap. */
  note(): void;
  stop(): Promise<void>;
}

/** How long what was written waits, so that a few events make one step. */
const WAIT_MS = 1000;
const LONGEST_PAUSE_MS = 5000;
/** Pauses between steps, as a multiple of what a step took: when nothing is written, when something is, in a busy process. */
const PAUSES = { idle: 1, writing: 24, busy: 60 } as const;
/** Part of the time that the main thread works, from which on it counts as busy. */
const BUSY = 0.5;

/** `step` answers whether everything is in the index; a step that fails is tried again after the longest pause. */
export function createIndexer(step: () => Promise<boolean>): Indexer {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let wanted = false;
  let stopped = false;
  let seen = performance.eventLoopUtilization();

  const after = (ms: number): void => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => void (running = run()), ms).unref();
  };
  const run = async (): Promise<void> => {
    const writing = wanted;
    wanted = false;
    const started = performance.now();
    const before = seen;
    seen = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(seen, before);
    const done = await step().catch(() => undefined);
    const took = performance.now() - started;
    timer = undefined;
    if (done === undefined) after(LONGEST_PAUSE_MS);
    else if (!done) {
      const state = utilization > BUSY ? "busy" : writing ? "writing" : "idle";
      after(Math.min(took * PAUSES[state], LONGEST_PAUSE_MS));
    } else if (wanted) after(WAIT_MS);
    running = undefined;
  };
  return {
    note: () => {
      wanted = true;
      if (timer === undefined && running === undefined) after(WAIT_MS);
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
