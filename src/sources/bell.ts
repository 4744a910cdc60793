/** Wakes a loop that waits for something to do. */
export interface Bell {
  ring(): void;
  /** Rings, and makes every wait end at once from now on. */
  stop(): void;
  readonly stopped: () => boolean;
  /** Resolves once it is stopped. */
  readonly whenStopped: Promise<void>;
  /** Until it rings, also when it has since the last wait, or for so long. */
  wait(ms: number): Promise<void>;
  /** For so long, whatever rings, unless it is stopped. */
  pause(ms: number): Promise<void>;
}

export function createBell(): Bell {
  let [rung, stopped] = [false, false];
  let wakeOnRing = (): void => {};
  let wakeOnStop = (): void => {};
  let end = (): void => {};
  const whenStopped = new Promise<void>((resolve) => (end = resolve));
  const sleep = (ms: number, hear: (wake: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      hear(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  return {
    ring: () => {
      rung = true;
      wakeOnRing();
    },
    stop: () => {
      stopped = true;
      wakeOnRing();
      wakeOnStop();
      end();
    },
    whenStopped,
    stopped: () => stopped,
    wait: async (ms) => {
      if (!rung && !stopped) await sleep(ms, (wake) => (wakeOnRing = wake));
      rung = false;
    },
    pause: async (ms) => {
      if (!stopped) await sleep(ms, (wake) => (wakeOnStop = wake));
    },
  };
}
