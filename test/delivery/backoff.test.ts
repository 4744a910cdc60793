import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_SCHEDULE, nextAttempt } from "../../src/delivery/backoff.ts";
import { retryAfter } from "../../src/delivery/retry-after.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");

describe("nextAttempt", () => {
  it("follows the schedule: 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, then gives up", () => {
    const delays = DEFAULT_SCHEDULE.map((_delay, index) =>
      nextAttempt({ schedule: DEFAULT_SCHEDULE, made: index + 1, now: 0, notBefore: undefined, random: 0.5 }),
    );
    const hours = 3_600_000;
    expect(delays).toEqual([
      5_000,
      300_000,
      1_800_000,
      2 * hours,
      5 * hours,
      10 * hours,
      14 * hours,
      20 * hours,
      24 * hours,
      undefined,
    ]);
  });

  it("keeps within 20 % of the schedule, whatever the dice say", () => {
    const made = fc.integer({ min: 1, max: DEFAULT_SCHEDULE.length - 1 });
    const random = fc.double({ min: 0, max: 0.999999, noNaN: true });
    fc.assert(
      fc.property(made, random, (attempts, dice) => {
        const delay = DEFAULT_SCHEDULE[attempts] ?? 0;
        const next = nextAttempt({
          schedule: DEFAULT_SCHEDULE,
          made: attempts,
          now: NOW,
          notBefore: undefined,
          random: dice,
        });
        expect(next).toBeGreaterThanOrEqual(Math.floor(NOW + delay * 0.8));
        expect(next).toBeLessThanOrEqual(Math.ceil(NOW + delay * 1.2));
      }),
    );
  });

  it("takes the receiver's moment where that is later than the schedule's, and never undercuts it", () => {
    const at = (notBefore: number): number | undefined =>
      nextAttempt({ schedule: [0, 5000], made: 1, now: NOW, notBefore, random: 0 });
    expect(at(NOW + 12_345.4)).toBe(NOW + 12_346);
    expect(at(NOW + 1234.4)).toBe(NOW + 4000);
  });

  it("does not prolong the schedule because of a Retry-After", () => {
    expect(
      nextAttempt({ schedule: [0], made: 1, now: NOW, notBefore: NOW + 1000, random: 0 }),
    ).toBeUndefined();
  });
});

describe("retryAfter", () => {
  it.each([
    ["seconds", 429, "30", "", NOW + 30_000],
    ["a date", 503, "Fri, 20 Nov 2026 12:00:10 GMT", "", NOW + 10_000],
    ["Slack's body", 429, undefined, '{"retry_after":1,"ok":false,"error":"rate_limited"}', NOW + 1000],
    [
      "Discord's fraction",
      429,
      undefined,
      '{"message":"limited","retry_after":0.35,"global":false}',
      NOW + 350,
    ],
    ["the later of header and body", 429, "2", '{"retry_after":2.5}', NOW + 2500],
    ["nothing", 500, undefined, "", undefined],
    ["nonsense", 429, "soon", "{", undefined],
    ["no seconds as nothing, so that attempts are not all made at once", 503, "0", "", undefined],
    ["a date in the past as nothing", 503, "Wed, 21 Oct 2015 07:28:00 GMT", "", undefined],
    ["more than a year as nothing", 503, "99999999999999999999", "", undefined],
    ["more than any number as nothing", 429, "9".repeat(400), '{"retry_after":1e300}', undefined],
    ["a body that is no 429", 500, undefined, '{"retry_after":9}', undefined],
  ])("reads %s", (_what, status, header, body, expected) => {
    const headers = header === undefined ? [] : ([["retry-after", header]] as const);
    expect(retryAfter({ status, headers, body, truncated: false }, NOW)).toBe(expected);
  });
});
