/**
 * Sends what is due. Claims deliveries in batches and keeps a bounded number in flight, in all and for each integration;
 * results are recorded in batches, so that the disk's latency overlaps sending.
 */
import { setMaxListeners } from "node:events";
import type { Log } from "../lib/log.ts";
import type { AttemptResult, ClaimedDelivery, Outbox } from "../outbox/contract.ts";
import { makeAttempt } from "./attempt.ts";
import type { AttemptContext } from "./attempt.ts";
import { createRecorder } from "./recorder.ts";

export interface Worker {
  /** Something may be due. Cheap; call it whenever something was accepted. */
  wake(): void;
  /**
   * Claims no more, waits up to `graceMs` for what is in flight, cuts the rest short (given back, no attempt counted), and
   * resolves once every result is durable.
   */
  stop(graceMs: number): Promise<void>;
}

export interface WorkerOptions extends Omit<AttemptContext, "abort"> {
  readonly outbox: Outbox;
  readonly log: Log;
  /** Requests in flight at once. */
  readonly concurrency: number;
  /** Of them, to one integration. */
  readonly perIntegration: number;
  /** Told of every result once it is durable. */
  readonly onResult?: (result: AttemptResult) => void;
}

/** How long to wait before asking again when the outbox failed. */
const OUTBOX_RETRY_MS = 1000;
/** How long a stop waits for results to be written when the outbox keeps failing. */
const RECORD_PATIENCE_MS = 5000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function startWorker(options: WorkerOptions): Worker {
  const { outbox, log, now } = options;
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  const context: AttemptContext = { ...options, abort: abort.signal };
  const recorder = createRecorder(outbox, log, (results) =>
    results.forEach((result) => report(result, options)),
  );
  const busy = createTally();
  const flights = new Set<Promise<void>>();
  let stopping = false;
  let wanted = false;
  let claiming: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const hasRoom = (): boolean => !stopping && flights.size < options.concurrency;

  const wake = (): void => {
    wanted = true;
    if (claiming !== undefined || !hasRoom()) return;
    claiming = claimWhileWanted().finally(() => {
      claiming = undefined;
      if (wanted && hasRoom()) wake();
    });
  };

  const claimWhileWanted = async (): Promise<void> => {
    while (wanted && hasRoom()) {
      wanted = false;
      try {
        await claimOnce();
      } catch (error) {
        log.error(
          { reason: error instanceof Error ? error.message : String(error) },
          "cannot claim deliveries",
        );
        wakeIn(OUTBOX_RETRY_MS);
      }
    }
  };

  const claimOnce = async (): Promise<void> => {
    const limit = options.concurrency - flights.size;
    const skip = busy.atLeast(options.perIntegration);
    const claimed = await outbox.claim({ now: now(), limit, perIntegration: options.perIntegration, skip });
    for (const delivery of claimed) launch(delivery);
    if (claimed.length > 0) {
      wanted = true;
      return;
    }
    // What is due now but was passed over waits for a flight to land, which wakes us.
    const due = await outbox.nextDue();
    if (due !== undefined && due > now()) wakeIn(due - now());
    else if (due !== undefined && flights.size === 0) wakeIn(1);
  };

  const wakeIn = (delayMs: number): void => {
    clearTimeout(timer);
    timer = setTimeout(wake, Math.min(delayMs, LONGEST_TIMER_MS));
  };

  const launch = (claimed: ClaimedDelivery): void => {
    const uid = claimed.delivery.integrationUid;
    busy.add(uid, 1);
    const flight = makeAttempt(claimed, context).then((result) => {
      flights.delete(flight);
      busy.add(uid, -1);
      if (result === undefined) recorder.giveBack(claimed.delivery.id);
      else recorder.add(result);
      if (result?.health !== undefined) options.health.set(result.health);
      wake();
    });
    flights.add(flight);
  };

  const stop = async (graceMs: number): Promise<void> => {
    stopping = true;
    clearTimeout(timer);
    await claiming;
    const cut = setTimeout(() => abort.abort(), graceMs);
    await Promise.all(flights);
    clearTimeout(cut);
    await recorder.settle(AbortSignal.timeout(RECORD_PATIENCE_MS));
  };

  wake();
  return { wake, stop };
}

/** How many requests each integration has in flight. */
function createTally(): { add(uid: string, by: number): void; atLeast(count: number): string[] } {
  const counts = new Map<string, number>();
  return {
    add: (uid, by) => {
      const count = (counts.get(uid) ?? 0) + by;
      if (count === 0) counts.delete(uid);
      else counts.set(uid, count);
    },
    atLeast: (limit) => [...counts].flatMap(([uid, count]) => (count >= limit ? [uid] : [])),
  };
}

function report(result: AttemptResult, { log, onResult }: WorkerOptions): void {
  const { attempt } = result;
  const fields = {
    delivery: attempt.deliveryId,
    attempt: attempt.number,
    status: result.status,
    code: attempt.response?.status,
    ms: attempt.durationMs,
    note: attempt.note,
  };
  if (attempt.outcome === "delivered") log.debug(fields, "delivered");
  else log.warn({ ...fields, error: attempt.errorClass }, "not delivered");
  onResult?.(result);
}
