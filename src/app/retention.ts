/** Keeps the log within its limits of age and size: removes a little at a time, so that nothing waits for it. */
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { DaemonConfig } from "../model/config.ts";
import type { Outbox } from "../outbox/contract.ts";

export interface Retention {
  /** The limits have changed: looks at once. */
  wake(): void;
  /** Resolves when nothing is being removed any more. */
  stop(): Promise<void>;
}

export interface RetentionOptions {
  readonly outbox: Pick<Outbox, "trim">;
  /** The limits of now; without any, everything is kept. */
  readonly limits: () => DaemonConfig["retention"];
  readonly clock: Clock;
  readonly log: Log;
}

/** How often it looks, and how long it lets others write between two removals. */
const EVERY_MS = 60_000;
const BETWEEN_MS = 50;
const AT_ONCE = 500;

export function startRetention({ outbox, limits, clock, log }: RetentionOptions): Retention {
  let stopped = false;
  let running: Promise<void> | undefined;
  let cancel = (): void => undefined;

  const sweep = async (): Promise<void> => {
    let removed = 0;
    for (let done = false; !done && !stopped;) {
      const { ageMs, bytes } = limits();
      if (ageMs === undefined && bytes === undefined) break;
      const result = await outbox.trim({
        ...(ageMs === undefined ? {} : { before: clock.now() - ageMs }),
        ...(bytes === undefined ? {} : { bytes }),
        limit: AT_ONCE,
      });
      removed += result.removed;
      done = result.done || result.removed === 0;
      if (!done) await clock.sleep(BETWEEN_MS);
    }
    if (removed > 0) log.info({ removed }, "removed what is older, or more, than retention keeps");
  };
  const run = (): void => {
    if (stopped || running !== undefined) return;
    cancel();
    running = sweep()
      .catch((error: unknown) =>
        log.error(
          { reason: error instanceof Error ? error.message : String(error) },
          "cannot remove old events; will try again",
        ),
      )
      .finally(() => {
        running = undefined;
        if (!stopped) cancel = clock.after(EVERY_MS, run);
      });
  };
  run();
  return {
    wake: run,
    stop: async () => {
      stopped = true;
      cancel();
      await running;
    },
  };
}
