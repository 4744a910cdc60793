/** Whether the outbox can be written. While it cannot, it is tried again and again, so that the daemon recovers by itself. */
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Outbox } from "../outbox/contract.ts";

export interface WatchedOutbox {
  /** The outbox, with every write looked at. */
  readonly outbox: Outbox;
  /** Why nothing can be written, or undefined. */
  readonly trouble: () => string | undefined;
  stop(): void;
}

/** How often a failing outbox is tried. */
const TRY_MS = 500;
/** The position of no source: written to see whether it can be. */
const TRIAL = "daemon:trial";

export function watchOutbox(outbox: Outbox, clock: Clock, log: Log): WatchedOutbox {
  let trouble: string | undefined;
  let since = 0;
  let cancel: (() => void) | undefined;

  const failed = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error);
    if (trouble === undefined) {
      since = clock.now();
      log.error(
        { reason },
        "the outbox cannot be written; nothing is taken until it can, and nothing is lost",
      );
    }
    trouble = reason;
    cancel ??= clock.after(TRY_MS, tryAgain);
  };
  const worked = (): void => {
    cancel?.();
    cancel = undefined;
    if (trouble === undefined) return;
    trouble = undefined;
    log.info({ seconds: Math.round((clock.now() - since) / 1000) }, "the outbox can be written again");
  };
  const tryAgain = (): void => {
    cancel = undefined;
    const nothing = { events: [], rejected: [], positions: { [TRIAL]: clock.now() } };
    outbox.accept(nothing).then(worked, failed);
  };
  const looked = async <T>(writing: Promise<T>): Promise<T> => {
    try {
      const result = await writing;
      worked();
      return result;
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  return {
    outbox: {
      ...outbox,
      accept: (batch) => looked(outbox.accept(batch)),
      record: (results) => looked(outbox.record(results)),
    },
    trouble: () => trouble,
    stop: () => cancel?.(),
  };
}
