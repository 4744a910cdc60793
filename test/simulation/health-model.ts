/** A second opinion on the documented health fields: the rules again, written from their documentation alone. */
import type { DisableConfig } from "../../src/model/config.ts";
import type { AttemptTrigger, Health } from "../../src/model/delivery.ts";
import type { Meaning } from "./network.ts";

export interface Fields {
  readonly disabled: boolean;
  readonly cause: Health["cause"];
  readonly first: number | undefined;
  readonly failures: number;
  readonly lastSuccess: number | undefined;
  readonly lastFailure: number | undefined;
}

export const fieldsOf = (health: Health | undefined): Fields => ({
  disabled: health?.disabled ?? false,
  cause: health?.cause,
  first: health?.timeOfFirstFailedRequest,
  failures: health?.numberOfFailedRequests ?? 0,
  lastSuccess: health?.lastSuccess,
  lastFailure: health?.lastFailure,
});

/** What one attempt means for the fields of its integration. */
export function afterAttempt(
  fields: Fields,
  { meaning, at, trigger }: { meaning: Meaning; at: number; trigger: AttemptTrigger },
  rules: DisableConfig,
): Fields {
  if (meaning === "ours" || meaning === "invalid") return fields;
  if (meaning === "delivered") {
    const enough = fields.cause === "failures" || ["test", "probe", "recover"].includes(trigger);
    return fields.disabled && !enough
      ? { ...fields, lastSuccess: at }
      : { ...fields, disabled: false, cause: undefined, first: undefined, failures: 0, lastSuccess: at };
  }
  const [first, failures] = [fields.first ?? at, fields.failures + 1];
  const counted = { ...fields, first, failures, lastFailure: at };
  if (meaning === "gone")
    return { ...counted, disabled: true, cause: fields.cause === "request" ? "request" : "gone" };
  const tooMany = failures >= rules.failures && at - first >= rules.afterMs;
  return !fields.disabled && tooMany ? { ...counted, disabled: true, cause: "failures" } : counted;
}

/** In words, where the outbox says something else. */
export function differences(expected: Fields, health: Health | undefined): readonly string[] {
  const actual = fieldsOf(health);
  const found = (["disabled", "cause", "first", "failures"] as const).flatMap((name) =>
    expected[name] === actual[name] ? [] : [`${name} is ${actual[name]}, not ${expected[name]}`],
  );
  // A success soon after another one need not be written; of requests that end together any may be the last.
  const apart = (name: "lastSuccess" | "lastFailure"): number => (expected[name] ?? 0) - (actual[name] ?? 0);
  if (apart("lastSuccess") < -50 || apart("lastSuccess") > 1000)
    found.push(`lastSuccess is ${actual.lastSuccess}, not ${expected.lastSuccess}`);
  if (Math.abs(apart("lastFailure")) > 50)
    found.push(`lastFailure is ${actual.lastFailure}, not ${expected.lastFailure}`);
  return found;
}
