/** A timer that is set to the earliest of the moments it is asked for. */
import type { Clock } from "./clock.ts";

export interface Alarm {
  /** Runs at that moment (milliseconds since the epoch), unless it is set to an earlier one; never at once. */
  at(moment: number): void;
  cancel(): void;
}

export function createAlarm(clock: Clock, run: () => void): Alarm {
  let set = Infinity;
  let cancelTimer = (): void => undefined;
  const cancel = (): void => {
    cancelTimer();
    set = Infinity;
  };
  return {
    at: (moment) => {
      if (moment >= set) return;
      cancelTimer();
      set = moment;
      cancelTimer = clock.after(Math.max(1, Math.ceil(moment - clock.now())), () => {
        set = Infinity;
        run();
      });
    },
    cancel,
  };
}
