/** Tells of a result that is durable. */
import type { Log } from "../lib/log.ts";
import type { AttemptResult } from "../outbox/contract.ts";

export interface Listeners {
  readonly log: Log;
  /** Told of every result once it is durable. */
  readonly onResult?: (result: AttemptResult) => void;
}

export function reportResult(result: AttemptResult, { log, onResult }: Listeners): void {
  const { attempt, status } = result;
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
  onResult?.(result);
}
