/** A second opinion on the documented health fields: the rules again, written from their documentation alone. */
import type { Health } from "../../src/model/delivery.ts";
import type { Meaning } from "./network.ts";

export interface Fields {
  disabled: boolean;
  first: number | undefined;
  failures: number;
  lastSuccess: number | undefined;
  lastFailure: number | undefined;
}

export const healthy = (): Fields => ({
  disabled: false,
  first: undefined,
  failures: 0,
  lastSuccess: undefined,
  lastFailure: undefined,
});

/** What one attempt that was made and recorded means for the fields of its integration. */
export function afterAttempt(fields: Fields, meaning: Meaning, at: number): void {
  if (meaning === "ours" || meaning === "invalid") return;
  if (meaning === "delivered") {
    fields.first = undefined;
    fields.failures = 0;
    fields.lastSuccess = at;
    return;
  }
  fields.first ??= at;
  fields.failures += 1;
  fields.lastFailure = at;
  if (meaning === "gone") fields.disabled = true;
}

/** In words, where the outbox says something else. */
export function differences(fields: Fields, health: Health | undefined): readonly string[] {
  const found: string[] = [];
  const compare = (name: string, expected: unknown, actual: unknown): void => {
    if (expected !== actual) found.push(`${name} is ${String(actual)}, not ${String(expected)}`);
  };
  compare("disabled", fields.disabled, health?.disabled ?? false);
  compare("numberOfFailedRequests", fields.failures, health?.numberOfFailedRequests ?? 0);
  compare("timeOfFirstFailedRequest", fields.first, health?.timeOfFirstFailedRequest);
  compare("lastFailure", fields.lastFailure, health?.lastFailure);
  // A success soon after another one need not be written.
  const late = (fields.lastSuccess ?? 0) - (health?.lastSuccess ?? 0);
  if (late < 0 || late > 1000) compare("lastSuccess", fields.lastSuccess, health?.lastSuccess);
  return found;
}
