/** How attempts of a `bellhop/integration` are made, as its `timeout`, `retry` and `rateLimit` say. */
import type { BellhopIntegration } from "../../generated/types/bellhop-integration.ts";
import { parseDuration } from "../../lib/duration.ts";
import { specAs } from "../../model/record.ts";
import type { StoreRecord } from "../../model/record.ts";
import type { AttemptPolicy } from "../contract.ts";

export function policy(record: StoreRecord): AttemptPolicy {
  const { timeout, retry, rateLimit } = specAs<BellhopIntegration>(record);
  const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout);
  const schedule = retry?.schedule?.flatMap((delay) => parseDuration(delay) ?? []);
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(schedule === undefined || schedule.length === 0 ? {} : { schedule }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
  };
}
