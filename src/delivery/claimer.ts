/** Fetches what is due whenever there is room for it, and wakes itself when the next delivery comes due. */
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { ClaimedDelivery, Outbox } from "../outbox/contract.ts";

export interface Claimer {
  /** Something may be due, or there may be room again. Cheap. */
  wake(): void;
  /** Claims no more; resolves when nothing is being claimed. */
  stop(): Promise<void>;
}

export interface ClaimerOptions {
  readonly outbox: Outbox;
  readonly log: Log;
  readonly clock: Clock;
  /** How many may be claimed now; 0 for none. */
  readonly room: () => number;
  /** How many of one integration, and which integrations not at all. */
  readonly perIntegration: number;
  readonly skip: () => readonly string[];
  /** Whether something is on its way whose end will wake this. */
  readonly isBusy: () => boolean;
  readonly onClaimed: (claimed: readonly ClaimedDelivery[]) => void;
}

/** How long to wait before asking again when the outbox failed. */
const OUTBOX_RETRY_MS = 1000;

export function createClaimer(options: ClaimerOptions): Claimer {
  const { outbox, log, clock } = options;
  let stopped = false;
  let wanted = false;
  let claiming: Promise<void> | undefined;
  let cancelTimer = (): void => undefined;

  const mayClaim = (): boolean => wanted && !stopped && options.room() > 0;

  const wake = (): void => {
    wanted = true;
    if (claiming !== undefined || !mayClaim()) return;
    claiming = claimAll().finally(() => {
      claiming = undefined;
      if (mayClaim()) wake();
    });
  };

  const wakeIn = (delayMs: number): void => {
    cancelTimer();
    if (!stopped) cancelTimer = clock.after(delayMs, wake);
  };

  const claimAll = async (): Promise<void> => {
    while (mayClaim()) {
      wanted = false;
      try {
        await claimOnce();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.error({ reason }, "cannot claim deliveries; will try again");
        wakeIn(OUTBOX_RETRY_MS);
      }
    }
  };

  const claimOnce = async (): Promise<void> => {
    const { perIntegration } = options;
    const claimed = await outbox.claim({
      now: clock.now(),
      limit: options.room(),
      perIntegration,
      skip: options.skip(),
    });
    options.onClaimed(claimed);
    if (claimed.length > 0) {
      wanted = true;
      return;
    }
    // What is due now but was passed over waits for a request to end, which wakes this.
    const due = await outbox.nextDue();
    if (due !== undefined && due > clock.now()) wakeIn(due - clock.now());
    else if (due !== undefined && !options.isBusy()) wakeIn(1);
  };

  return {
    wake,
    stop: async () => {
      stopped = true;
      cancelTimer();
      await claiming;
    },
  };
}
