/** The rate budget on a clock that only moves when it is slept on. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRateBudget, createRateBudgets } from "../../src/lib/rate-budget.ts";
import { readRateHeaders } from "../../src/lib/rate-headers.ts";
import { fakeClock } from "../providers/exchanges.ts";

const LIMIT = { requests: 3, windowMs: 1000 };

describe("a budget", () => {
  it("lets a burst through and then keeps to any window", async () => {
    const clock = fakeClock(0);
    const budget = createRateBudget(LIMIT, clock);
    const times: number[] = [];
    await Promise.all(Array.from({ length: 7 }, () => budget.spend().then(() => times.push(clock.now()))));
    expect(times).toEqual([0, 0, 0, 1000, 1000, 1000, 2000]);
  });

  it("never spends more than its limit in any window", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 40 }), async (pauses) => {
        const clock = fakeClock(0);
        const budget = createRateBudget(LIMIT, clock);
        const times: number[] = [];
        for (const pause of pauses) {
          clock.advance(pause);
          await budget.spend();
          times.push(clock.now());
        }
        const gaps = times.slice(LIMIT.requests).map((time, index) => time - (times[index] ?? 0));
        expect(gaps.filter((gap) => gap < LIMIT.windowMs)).toEqual([]);
      }),
    );
  });

  it("takes the other side's word when that is less", async () => {
    const clock = fakeClock(0);
    const budget = createRateBudget({ requests: 100, windowMs: 60_000 }, clock);
    await budget.spend();
    budget.correct({ remaining: 1, resetMs: 5000 });
    await budget.spend();
    await budget.spend();
    expect(clock.slept).toEqual([5000]);
  });

  it("does not take the other side's word when that is more", async () => {
    const clock = fakeClock(0);
    const budget = createRateBudget(LIMIT, clock);
    for (let count = 0; count < 3; count += 1) await budget.spend();
    budget.correct({ remaining: 50, resetMs: 5000 });
    await budget.spend();
    expect(clock.slept).toEqual([1000]);
  });

  it("counts requests that are under way against what is left", async () => {
    const clock = fakeClock(0);
    const budget = createRateBudget({ requests: 100, windowMs: 60_000 }, clock);
    for (let count = 0; count < 3; count += 1) await budget.spend();
    budget.correct({ remaining: 3, resetMs: 5000 });
    await budget.spend();
    expect(clock.slept).toEqual([]);
    await budget.spend();
    expect(clock.slept).toEqual([5000]);
  });

  it("takes what is left for a window where nobody says for how long", async () => {
    const clock = fakeClock(0);
    const budget = createRateBudget({ requests: 100, windowMs: 60_000 }, clock);
    await budget.spend();
    budget.correct({ remaining: 0 });
    await budget.spend();
    expect(clock.slept).toEqual([60_000]);
  });

  it("takes a limit that the other side states", async () => {
    const clock = fakeClock(0);
    const budget = createRateBudget(LIMIT, clock);
    budget.correct({ limit: 5, remaining: 5, resetMs: 1000 });
    for (let count = 0; count < 5; count += 1) await budget.spend();
    expect(clock.slept).toEqual([]);
  });

  it("waits out a pause, and tells", async () => {
    const clock = fakeClock(0);
    const budget = createRateBudget(LIMIT, clock);
    budget.correct({ retryAfterMs: 2500 });
    const told: number[] = [];
    await budget.spend((ms) => told.push(ms));
    expect([clock.slept, told]).toEqual([[2500], [2500]]);
  });

  it("goes on after somebody who waited was interrupted", async () => {
    const clock = { ...fakeClock(0), sleep: () => Promise.reject(new Error("interrupted")) };
    const budget = createRateBudget(LIMIT, clock);
    budget.correct({ retryAfterMs: 10 });
    await expect(budget.spend()).rejects.toThrow("interrupted");
    clock.advance(10);
    await expect(budget.spend()).resolves.toBeUndefined();
  });

  it("is one per account", () => {
    const budgets = createRateBudgets(fakeClock());
    expect(budgets.of("a", LIMIT)).toBe(budgets.of("a", LIMIT));
    expect(budgets.of("a", LIMIT)).not.toBe(budgets.of("b", LIMIT));
  });
});

describe("rate headers", () => {
  const NOW = Date.parse("2026-11-20T12:00:00Z");

  it.each<[string, Record<string, string>, object]>([
    ["none", {}, {}],
    [
      "seconds until the reset",
      { "x-ratelimit-limit": "1000", "x-ratelimit-remaining": "7", "x-ratelimit-reset": "60" },
      { limit: 1000, remaining: 7, resetMs: 60_000 },
    ],
    [
      "a reset in seconds since the epoch",
      { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW / 1000 + 30) },
      { remaining: 0, resetMs: 30_000 },
    ],
    ["one structured policy", { ratelimit: '"default";r=50;t=30' }, { remaining: 50, resetMs: 30_000 }],
    [
      "the scarcest of two",
      { ratelimit: '"default";r=50;t=30, "burst";r=2;t=5' },
      { remaining: 2, resetMs: 5000 },
    ],
    [
      "the window where no time is given",
      { ratelimit: '"burst";r=2', "ratelimit-policy": '"burst";q=100;w=60' },
      { remaining: 2, resetMs: 60_000 },
    ],
    ["seconds to wait", { "retry-after": "12" }, { retryAfterMs: 12_000 }],
    ["a date to wait for", { "retry-after": "Fri, 20 Nov 2026 12:00:09 GMT" }, { retryAfterMs: 9000 }],
    ["a date that is past", { "retry-after": "Fri, 20 Nov 2026 11:00:00 GMT" }, { retryAfterMs: 0 }],
    ["nonsense", { "retry-after": "soon", "x-ratelimit-remaining": "many", ratelimit: "?" }, {}],
  ])("that say %s", (_what, headers, expected) => {
    expect(readRateHeaders(Object.entries(headers), NOW)).toEqual(expected);
  });
});
