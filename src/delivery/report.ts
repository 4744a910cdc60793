/** Tells of what is durable: in the log, by the names that users know, and to whoever listens. */
import type { Log } from "../lib/log.ts";
import type { DeliveryStatus, Health } from "../model/delivery.ts";
import type { AttemptResult, Release } from "../outbox/contract.ts";
import type { Names } from "./hand.ts";

/** What has become of a claimed delivery. */
export interface Settled {
  readonly deliveryId: string;
  readonly status: Exclude<DeliveryStatus, "delivering">;
  /** The integration's, where it changed. */
  readonly health?: Health;
}

export interface Listeners {
  readonly log: Log;
  /** Told once it is durable what has become of a claimed delivery, sent or not; what is only given back for later says nothing. */
  readonly onSettled?: (settled: Settled) => void;
}

/** `names` are those of the deliveries, by their id. */
export function report(
  results: readonly AttemptResult[],
  releases: readonly Release[],
  names: ReadonlyMap<string, Names>,
  listeners: Listeners,
): void {
  for (const result of results) reportResult(result, names.get(result.attempt.deliveryId), listeners);
  for (const release of releases) reportRelease(release, names.get(release.deliveryId), listeners);
}

function reportResult(result: AttemptResult, names: Names | undefined, { log, onSettled }: Listeners): void {
  const { attempt, status, health, nextAttemptAt } = result;
  const fields = {
    delivery: attempt.deliveryId,
    ...names,
    attempt: attempt.number,
    status,
    code: attempt.response?.status,
    ms: attempt.durationMs,
    note: attempt.note,
  };
  if (attempt.outcome === "delivered") log.debug(fields, "delivered");
  else log.warn({ ...fields, error: attempt.errorClass, nextAttemptAt: iso(nextAttemptAt) }, "not delivered");
  onSettled?.({ deliveryId: attempt.deliveryId, status, ...(health === undefined ? {} : { health }) });
}

function reportRelease(
  { deliveryId, to }: Release,
  names: Names | undefined,
  { log, onSettled }: Listeners,
): void {
  if (to === undefined) return;
  log.warn({ delivery: deliveryId, ...names, ...to }, "not sent");
  onSettled?.({ deliveryId, status: to.status });
}

const iso = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString();
