/** What a disabled integration is owed is held. */
import type { NewDelivery } from "../outbox/contract.ts";
import type { HealthBook } from "./health.ts";

/** Why a delivery of a disabled integration is held; the outbox says the same of those that it holds. */
export const heldReason = (reason = "the integration is disabled"): string => reason;

export function holdIfDisabled(delivery: NewDelivery, health: HealthBook): NewDelivery {
  const { disabled, reason } = health.of(delivery.integrationUid);
  return disabled ? { ...delivery, status: "held", reason: heldReason(reason) } : delivery;
}
