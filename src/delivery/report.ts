/** Tells of what is durable. */
import type { Log } from "../lib/log.ts";
import type { DeliveryStatus, Health } from "../model/delivery.ts";
import type { AttemptResult, Release } from "../outbox/contract.ts";

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

export function report(
  results: readonly AttemptResult[],
  releases: readonly Release[],
  listeners: Listeners,
): void {
  for (const result of results) reportResult(result, listeners);
  for (const release of releases) reportRelease(release, listeners);
}

function reportResult(result: AttemptResult, { log, onSettled }: Listeners): void {
  const { attempt, status, health } = result;
  const fields = {
    delivery: attempt.deliveryId,
    attempt: attempt.number,
    status,
    code: attempt.response?.status,
    ms: attempt.durationMs,
    note: attempt.note,
  };
  if (attempt.outcome === "delivered") log.debug(fields, "delivered");
  else log.warn({ ...fields, error: attempt.errorClass }, "not delivered");
  onSettled?.({ deliveryId: attempt.deliveryId, status, ...(health === undefined ? {} : { health }) });
}

function reportRelease({ deliveryId, to }: Release, { log, onSettled }: Listeners): void {
  if (to === undefined) return;
  log.warn({ delivery: deliveryId, ...to }, "not sent");
  onSettled?.({ deliveryId, status: to.status });
}
