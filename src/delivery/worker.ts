/**
 * Sends what is due. Claims deliveries in batches ahead of sending them, keeps a bounded number in flight in all and for each
 * integration, and records results in batches, so that the disk's latency overlaps sending.
 */
import { setMaxListeners } from "node:events";
import type { Log } from "../lib/log.ts";
import type { AttemptResult, ClaimedDelivery, Outbox } from "../outbox/contract.ts";
import { makeAttempt } from "./attempt.ts";
import type { AttemptContext } from "./attempt.ts";
import { createClaimer } from "./claimer.ts";
import { createReady } from "./ready.ts";
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
  /** Requests in flight at once, or answered but not durable yet: no more are sent twice after a crash. */
  readonly concurrency: number;
  /** Of them, to one integration. */
  readonly perIntegration: number;
  /** Told of every result once it is durable. */
  readonly onResult?: (result: AttemptResult) => void;
}

/** How long a stop waits for results to be written when the outbox keeps failing. */
const RECORD_PATIENCE_MS = 5000;
/**
 * How many times what may be in flight is claimed ahead, so that sending does not wait for the disk. What a crash or a stop
 * finds claimed but unsent goes back unsent.
 */
const AHEAD = 2;

export function startWorker(options: WorkerOptions): Worker {
  const { outbox, log, concurrency, perIntegration } = options;
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  const context: AttemptContext = { ...options, abort: abort.signal };
  const recorder = createRecorder(outbox, log, options.clock, (results) => {
    results.forEach((result) => report(result, options));
    launchAll();
    claimer.wake();
  });
  const ready = createReady();
  const busy = createTally();
  const flights = new Set<Promise<void>>();
  let stopping = false;
  const share = AHEAD * perIntegration;
  const claimer = createClaimer({
    outbox,
    log,
    clock: options.clock,
    room: () => (ready.size() < AHEAD * concurrency ? 2 * AHEAD * concurrency - ready.size() : 0),
    perIntegration: share,
    skip: () => busy.uids().filter((uid) => busy.count(uid) + ready.count(uid) >= share),
    isBusy: () => flights.size > 0,
    onClaimed: (claimed) => {
      for (const one of claimed) ready.add(one);
      launchAll();
    },
  });

  const launchAll = (): void => {
    // What was sent keeps its place until that is durable: a crash before sends it again.
    while (!stopping && flights.size + recorder.waiting() < concurrency) {
      const claimed = ready.take((uid) => busy.count(uid) < perIntegration);
      if (claimed === undefined) return;
      launch(claimed);
    }
  };

  const launch = (claimed: ClaimedDelivery): void => {
    const uid = claimed.delivery.integrationUid;
    busy.add(uid, 1);
    const flight = makeAttempt(claimed, context).then(({ result }) => {
      flights.delete(flight);
      busy.add(uid, -1);
      if (result === undefined) recorder.giveBack(claimed.delivery.id);
      else recorder.add(result);
      if (result?.health !== undefined) options.health.set(result.health);
      launchAll();
      claimer.wake();
    });
    flights.add(flight);
  };

  const stop = async (graceMs: number): Promise<void> => {
    stopping = true;
    await claimer.stop();
    for (const { delivery } of ready.drain()) recorder.giveBack(delivery.id);
    const keep = options.clock.after(graceMs, () => abort.abort());
    await Promise.all(flights);
    keep();
    const patience = new AbortController();
    const settled = options.clock.after(RECORD_PATIENCE_MS, () => patience.abort());
    await recorder.settle(patience.signal);
    settled();
  };

  claimer.wake();
  return { wake: () => claimer.wake(), stop };
}

/** How many requests each integration has in flight. */
interface Tally {
  add(uid: string, by: number): void;
  count(uid: string): number;
  uids(): readonly string[];
}

function createTally(): Tally {
  const counts = new Map<string, number>();
  return {
    add: (uid, by) => {
      const count = (counts.get(uid) ?? 0) + by;
      if (count === 0) counts.delete(uid);
      else counts.set(uid, count);
    },
    count: (uid) => counts.get(uid) ?? 0,
    uids: () => [...counts.keys()],
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
