/** How deliveries of one integration are attempted. */
import type { StoreRecord } from "../model/record.ts";
import { parseDuration } from "../lib/duration.ts";
import { DEFAULT_SCHEDULE } from "./backoff.ts";

export interface Policy {
  /** Of the whole attempt. */
  readonly timeoutMs: number;
  /** Delay before each attempt. */
  readonly schedule: readonly number[];
}

export const DEFAULT_POLICY: Policy = { timeoutMs: 15_000, schedule: DEFAULT_SCHEDULE };

/** What `timeout` and `retry` of a `bellhop/integration` say; the other kinds document neither and use the defaults. */
export function policyOf(record: StoreRecord | undefined): Policy {
  if (record?.kind !== "bellhop/integration") return DEFAULT_POLICY;
  const { timeout, retry } = record.spec;
  return {
    timeoutMs: (typeof timeout === "string" ? parseDuration(timeout) : undefined) ?? DEFAULT_POLICY.timeoutMs,
    schedule: readSchedule(retry) ?? DEFAULT_SCHEDULE,
  };
}

function readSchedule(retry: unknown): readonly number[] | undefined {
  if (typeof retry !== "object" || retry === null || !("schedule" in retry)) return undefined;
  if (!Array.isArray(retry.schedule) || retry.schedule.length === 0) return undefined;
  return retry.schedule.map((delay) => (typeof delay === "string" ? (parseDuration(delay) ?? 0) : 0));
}
