/**
 * Sends what is due. Claims deliveries in batches ahead of sending them, keeps a bounded number in flight in all and for each
 * integration, each at its pace, and records results in batches, so that the disk's latency overlaps sending.
 */
import { setMaxListeners } from "node:events";
import type { AttemptResult, ClaimedDelivery, Outbox, Release } from "../outbox/contract.ts";
import { makeAttempt } from "./attempt.ts";
import type { AttemptContext, Attempted } from "./attempt.ts";
import { createClaimer } from "./claimer.ts";
import { mayWait } from "./demand.ts";
import type { Supply } from "./demand.ts";
import { createHand } from "./hand.ts";
import { createLanes } from "./lanes.ts";
import type { Flight, LaneOptions } from "./lanes.ts";
import { createPacer } from "./pace.ts";
import { createReady } from "./ready.ts";
import { createRecorder } from "./recorder.ts";
import { report } from "./report.ts";
import type { Listeners } from "./report.ts";
import type { Ending } from "./window.ts";

export interface Worker {
  /** Something may be due. Cheap; call it whenever something was accepted. */
  wake(): void;
  /**
   * Claims no more, waits up to `graceMs` for what is in flight, cuts the rest short (given back, no attempt counted), and
   * resolves once every result is durable.
   */
  stop(graceMs: number): Promise<void>;
}

export interface WorkerOptions extends Omit<AttemptContext, "abort">, Listeners {
  readonly outbox: Outbox;
  /** Requests in flight at once, or answered but not durable yet. A crash sends no more than these and the slow ones twice. */
  readonly concurrency: number;
  /** As many more may be under way that take longer than a second: they take no place of the others. */
  readonly slow: number;
  /** Of all of them, to one integration. */
  readonly perIntegration: number;
}

/** How long a stop waits for results to be written when the outbox keeps failing. */
const RECORD_PATIENCE_MS = 5000;

export function startWorker(options: WorkerOptions): Worker {
  const { outbox, log, clock } = options;
  const { abort, context } = abortable(options);
  const goOn = (): void => {
    launchAll();
    claimer.wake();
  };
  const recorder = createRecorder(outbox, log, clock, (results, releases) => {
    report(results, releases, hand.letGo(idsOf(results, releases)), options);
    goOn();
  });
  const supply = createSupply(options, {
    taken: () => recorder.waiting(),
    onOpen: goOn,
    onSlow: (uid) => {
      giveBackBeyond(uid);
      goOn();
    },
  });
  const { lanes, pacer, ready, hand } = supply;
  const claimer = createClaimer({
    outbox,
    log,
    supply,
    onClaimed: (claimed) => {
      hand.take(claimed);
      // The outbox may have given back what it said that it had not.
      hand.letGo(recorder.claimedAgain(claimed.map(({ delivery }) => delivery.id)));
      for (const one of claimed) ready.add(one);
      for (const uid of ready.uids()) giveBackBeyond(uid);
      launchAll();
    },
  });
  const flights = new Set<Promise<void>>();
  let stopping = false;

  const giveBackBeyond = (uid: string): void => {
    for (const { delivery } of ready.cut(uid, mayWait(supply, uid)))
      recorder.giveBack({ deliveryId: delivery.id });
  };
  const launchAll = (): void => {
    let goes = !stopping;
    while (goes) goes = launchNext();
  };
  const launchNext = (): boolean => {
    const claimed = ready.take((one) => mayLaunch(supply, one));
    if (claimed === undefined) return false;
    const { delivery } = claimed;
    pacer.spend(delivery.integrationUid);
    const place = lanes.start(delivery.integrationUid, isRetry(delivery));
    const flight = makeAttempt(claimed, context).then((attempted) => {
      flights.delete(flight);
      land(place, attempted);
    });
    flights.add(flight);
    return true;
  };
  const land = (place: Flight, attempted: Attempted): void => {
    const { result, release } = attempted;
    lanes.end(place, verdictOn(result));
    const paused = pacer.answered(place.uid, result?.attempt.response?.status, attempted);
    // Others of the same service may be paused too, and must not keep what may be sent from being claimed.
    if (paused) for (const uid of ready.uids()) giveBackBeyond(uid);
    // What was sent keeps its place until that is durable: a crash before sends it again.
    if (result === undefined) recorder.giveBack(release);
    else recorder.add(result);
    goOn();
  };

  const stop = async (graceMs: number): Promise<void> => {
    stopping = true;
    await claimer.stop();
    for (const { delivery } of ready.drain()) recorder.giveBack({ deliveryId: delivery.id });
    const inTime = clock.after(graceMs, () => abort.abort());
    await Promise.all(flights);
    inTime();
    pacer.stop();
    lanes.stop();
    await recorder.settle(RECORD_PATIENCE_MS);
  };

  claimer.wake();
  return { wake: () => claimer.wake(), stop };
}

function abortable(options: WorkerOptions): { abort: AbortController; context: AttemptContext } {
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  return { abort, context: { ...options, abort: abort.signal } };
}

function createSupply(
  { clock, concurrency, slow, perIntegration, policy }: WorkerOptions,
  on: Pick<LaneOptions, "taken" | "onSlow"> & { readonly onOpen: () => void },
): Supply {
  return {
    clock,
    places: concurrency,
    ready: createReady(),
    hand: createHand(),
    pacer: createPacer(clock, (uid) => policy(uid).pace, on.onOpen),
    lanes: createLanes({ clock, main: concurrency, slow, perIntegration, ...on }),
  };
}

const idsOf = (results: readonly AttemptResult[], releases: readonly Release[]): readonly string[] => [
  ...results.map(({ attempt }) => attempt.deliveryId),
  ...releases.map(({ deliveryId }) => deliveryId),
];

const mayLaunch = ({ lanes, pacer, clock }: Supply, { delivery }: ClaimedDelivery): boolean =>
  lanes.mayStart(delivery.integrationUid, isRetry(delivery)) &&
  pacer.opensAt(delivery.integrationUid) <= clock.now();

const isRetry = ({ attemptsInRound }: ClaimedDelivery["delivery"]): boolean => attemptsInRound > 0;

/** What the receiver itself did wrong; the rest is our own fault, or says nothing of how it answers. */
const FAILED = new Set(["timeout", "connection-refused", "connection-reset", "tls", "bad-response"]);

function verdictOn(result: AttemptResult | undefined): Ending {
  if (result === undefined) return "cut";
  const { outcome, response, errorClass } = result.attempt;
  if (outcome === "delivered") return "delivered";
  return response !== undefined || FAILED.has(errorClass ?? "") ? "failed" : "cut";
}
