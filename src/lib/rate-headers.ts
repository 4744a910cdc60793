/** What response headers tell about a rate budget: `X-RateLimit-*`, the structured `RateLimit` fields, `Retry-After`. */
import type { RateReport } from "./rate-budget.ts";

type Headers = readonly (readonly [string, string])[];

/** Above this, a reset is a moment in seconds since the epoch; below, a number of seconds. */
const EPOCH_SECONDS = 1_000_000_000;

/** `headers` have lower-case names; `now` is in milliseconds since the epoch. */
export function readRateHeaders(headers: Headers, now: number): RateReport {
  const value = (name: string): string | undefined => headers.find(([header]) => header === name)?.[1].trim();
  return {
    ...readPlain(value, now),
    ...readStructured(value("ratelimit"), value("ratelimit-policy")),
    ...optional("retryAfterMs", readRetryAfter(value("retry-after"), now)),
  };
}

function readPlain(value: (name: string) => string | undefined, now: number): RateReport {
  const reset = readNumber(value("x-ratelimit-reset"));
  const resetMs = reset === undefined ? undefined : reset > EPOCH_SECONDS ? reset * 1000 - now : reset * 1000;
  return {
    ...optional("limit", readNumber(value("x-ratelimit-limit"))),
    ...optional("remaining", readNumber(value("x-ratelimit-remaining"))),
    ...optional("resetMs", resetMs),
  };
}

/**
 * `RateLimit: "default";r=50;t=30` says what is left of a policy for how long; the quota of `RateLimit-Policy` is not taken over,
 * since it may be of a shorter window than the documented one. Of several, the scarcest counts.
 */
function readStructured(limit: string | undefined, policy: string | undefined): RateReport {
  const items = (limit ?? "").split(",").flatMap((item) => {
    const remaining = readNumber(/;\s*r=(\d+)/.exec(item)?.[1]);
    if (remaining === undefined) return [];
    const seconds = readNumber(/;\s*t=(\d+)/.exec(item)?.[1]) ?? windowOf(policy, nameOf(item)) ?? 1;
    return [{ remaining, resetMs: seconds * 1000 }];
  });
  return items.toSorted((left, right) => left.remaining - right.remaining)[0] ?? {};
}

function windowOf(policy: string | undefined, name: string | undefined): number | undefined {
  const found = (policy ?? "").split(",").find((item) => nameOf(item) === name);
  return readNumber(/;\s*w=(\d+)/.exec(found ?? "")?.[1]);
}

const nameOf = (item: string): string | undefined => /^\s*"?([^";]+)"?/.exec(item)?.[1];

/** Seconds or an HTTP date, as milliseconds from now. */
function readRetryAfter(value: string | undefined, now: number): number | undefined {
  const seconds = readNumber(value);
  if (seconds !== undefined) return seconds * 1000;
  const moment = value === undefined ? Number.NaN : Date.parse(value);
  return Number.isNaN(moment) ? undefined : Math.max(0, moment - now);
}

function readNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

const optional = <Name extends keyof RateReport>(name: Name, value: number | undefined): RateReport =>
  value === undefined ? {} : { [name]: value };
