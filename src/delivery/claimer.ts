/** Fetches what is due whenever there is room for it, and wakes itself when the next delivery comes due. */
import type { Log } from "../lib/log.ts";
import type { ClaimedDelivery, Outbox } from "../outbox/contract.ts";
import { demandNow, hasRoom } from "./demand.ts";
import type { Supply } from "./demand.ts";
import { createTrouble } from "./trouble.ts";

export interface Claimer {
  /** Something may be due, or there may be room again. Cheap. */
  wake(): void;
  /** Claims no more; resolves when nothing is being claimed. */
  stop(): Promise<void>;
}

export interface ClaimerOptions {
  readonly outbox: Pick<Outbox, "claim" | "nextDue">;
  readonly log: Log;
  readonly supply: Supply;
  readonly onClaimed: (claimed: readonly ClaimedDelivery[]) => void;
}

/** How long to wait before asking again when the outbox failed. */
const OUTBOX_RETRY_MS = 1000;
/** The same when something is due that was not given: it came in between, or waits for its integration to become known. */
const NOT_GIVEN_MS = 20;

export function createClaimer(options: ClaimerOptions): Claimer {
  const { outbox, log, supply } = options;
  const { clock } = supply;
  const trouble = createTrouble(log);
  let stopped = false;
  let wanted = false;
  let claiming: Promise<void> | undefined;
  let cancelTimer = (): void => undefined;

  const mayClaim = (): boolean => wanted && !stopped && hasRoom(supply);

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
        trouble.over();
      } catch (error) {
        trouble.say(error, "cannot claim deliveries; will try again");
        wakeIn(OUTBOX_RETRY_MS);
      }
    }
  };

  const claimOnce = async (): Promise<void> => {
    const claimed = await outbox.claim({ now: clock.now(), ...demandNow(supply) });
    options.onClaimed(claimed);
    if (claimed.length > 0) {
      wanted = true;
      return;
    }
    const due = await outbox.nextDue({ skip: demandNow(supply).skip });
    if (due === undefined) cancelTimer();
    else wakeIn(Math.max(due - clock.now(), NOT_GIVEN_MS));
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
