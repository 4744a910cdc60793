/** When the next attempt is made. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Delay before each attempt, in milliseconds: the first at once, the last after three days in all. */
export const DEFAULT_SCHEDULE: readonly number[] = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

const JITTER = 0.2;

/**
 * When to try again after attempt `made` (from 1) failed at `now`: the schedule's delay with ±20 % jitter, or `notBefore` where
 * that is later. A receiver that asks for little time does not get all attempts within it. Undefined when no attempt is left.
 * `random` is in [0, 1).
 */
export function nextAttempt(options: {
  schedule: readonly number[];
  made: number;
  now: number;
  notBefore: number | undefined;
  random: number;
}): number | undefined {
  const delay = options.schedule[options.made];
  if (delay === undefined) return undefined;
  const scheduled = Math.round(options.now + delay * (1 + JITTER * (2 * options.random - 1)));
  return Math.max(scheduled, Math.ceil(options.notBefore ?? 0));
}
