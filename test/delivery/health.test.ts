/** The rules of health: when an integration is disabled, what is told on the way, and what brings it back. */
import { describe, expect, it } from "vitest";
import {
  afterFailure,
  afterOurFault,
  afterSuccess,
  createHealthBook,
  disable,
  enabled,
} from "../../src/delivery/health.ts";
import type { Health } from "../../src/model/delivery.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T = Date.parse("2026-11-20T12:00:00Z");
const RULES = { failures: 20, afterMs: DAY, probeMs: HOUR };
const FRESH: Health = {
  integrationUid: "u",
  disabled: false,
  warned: 0,
  numberOfFailedRequests: 0,
  confirmed: true,
};

const failure = (at: number, trigger: "schedule" | "probe" | "recover" | "test" = "schedule") => ({
  at,
  note: "answered 503",
  trigger,
});

/** Failures at these moments, one after another. */
const failing = (moments: readonly number[], rules = RULES): Health =>
  moments.reduce((health, at) => afterFailure(health, failure(at), rules), FRESH);

const every = (count: number, ms: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => T + index * ms);

describe("an integration is disabled once it has failed often enough for long enough", () => {
  it.for([
    ["often enough, but not for long enough", every(500, MINUTE), false, 0],
    ["for long enough, but not often enough", every(19, 3 * HOUR), false, 75],
    ["both", every(20, 2 * HOUR), true, 100],
    ["halfway on both", every(13, HOUR), false, 50],
    ["three quarters on both", every(19, HOUR), false, 75],
    ["half of the failures, a quarter of the time", every(10, 0.5 * HOUR), false, 0],
    ["once", [T], false, 0],
  ] as const)("%s", ([, moments, disabled, warned]) => {
    expect(failing(moments)).toMatchObject({
      disabled,
      warned,
      numberOfFailedRequests: disabled ? 20 : moments.length,
      timeOfFirstFailedRequest: T,
    });
  });

  it("says why, since when, and when it is tried again", () => {
    const last = T + 19 * 2 * HOUR;
    expect(failing(every(20, 2 * HOUR))).toMatchObject({
      cause: "failures",
      reason: "20 requests failed in a row since 2026-11-20 12:00Z; the last: answered 503",
      disabledAt: last,
      probeAt: last + HOUR,
    });
  });

  it("at the first failure, when the rules say so", () => {
    expect(failing([T], { failures: 1, afterMs: 0, probeMs: HOUR })).toMatchObject({
      disabled: true,
      reason: "1 request failed in a row since 2026-11-20 12:00Z; the last: answered 503",
    });
  });

  it("tells of every stage once, and of the highest when several are passed at once", () => {
    const stages = every(18, 1.3 * HOUR).map((_, index, all) => failing(all.slice(0, index + 1)).warned);
    expect(stages).toEqual([
      ...Array.from({ length: 10 }, () => 0),
      ...Array.from({ length: 4 }, () => 50),
      75,
      75,
      75,
      75,
    ]);
    const late = { ...FRESH, numberOfFailedRequests: 18, timeOfFirstFailedRequest: T };
    expect(afterFailure(late, failure(T + DAY), RULES)).toMatchObject({ warned: 75, disabled: false });
  });

  it("never because of a clock that was put back", () => {
    const before = { ...FRESH, numberOfFailedRequests: 100, timeOfFirstFailedRequest: T };
    expect(afterFailure(before, failure(T - DAY), RULES)).toMatchObject({ disabled: false, warned: 0 });
  });
});

describe("a success", () => {
  const off = disable(
    { ...FRESH, numberOfFailedRequests: 3, timeOfFirstFailedRequest: T },
    "failures",
    "many",
    T,
  );

  it("forgets failures and warnings", () => {
    const { lastFailure: _last, ...health } = afterSuccess(failing(every(13, HOUR)), T + DAY, "schedule");
    expect(health).toEqual({ ...FRESH, lastSuccess: T + DAY });
  });

  it.for([
    ["failures", "schedule", true],
    ["failures", "probe", true],
    ["failures", "test", true],
    ["gone", "schedule", false],
    ["gone", "resend", false],
    ["gone", "test", true],
    ["gone", "recover", true],
    ["request", "schedule", false],
    ["request", "test", true],
    ["request", "recover", true],
  ] as const)("after cause %s by trigger %s enables: %s", ([cause, trigger, enables]) => {
    const after = afterSuccess(disable(FRESH, cause, "why", T), T + 1, trigger);
    expect(after.disabled).toBe(!enables);
    if (enables) expect(after).toEqual({ ...FRESH, lastSuccess: T + 1 });
  });

  it.for(["probe", "recover", "test"] as const)(
    "of a %s that was under way when somebody disabled it leaves it disabled",
    (trigger) => {
      const asked = disable(off, "request", "maintenance", T + 10);
      expect(afterSuccess(asked, T + 20, trigger, T + 5)).toEqual({ ...asked, lastSuccess: T + 20 });
      expect(afterSuccess(asked, T + 20, trigger, T + 10).disabled).toBe(false);
    },
  );

  it("leaves clean status fields, and takes what was held until now into the recovery", () => {
    const after = afterSuccess({ ...off, recoverUntil: T }, T + HOUR, "recover");
    expect(after).toEqual({ ...FRESH, lastSuccess: T + HOUR, recoverUntil: T + HOUR });
  });
});

describe("probes", () => {
  const off = failing(every(20, 2 * HOUR));
  const at = off.disabledAt ?? 0;

  it("wait twice as long after every failure, a day at most", () => {
    const waits: number[] = [];
    let health = off;
    for (let count = 0; count < 8; count += 1) {
      const probed = health.probeAt ?? 0;
      health = afterFailure(health, failure(probed, "probe"), RULES);
      waits.push(((health.probeAt ?? 0) - probed) / HOUR);
    }
    expect(waits).toEqual([2, 4, 8, 16, 24, 24, 24, 24]);
    expect(health).toMatchObject({
      disabled: true,
      disabledAt: at,
      reason: off.reason,
      numberOfFailedRequests: 28,
    });
  });

  it("come no earlier than the endpoint asks for", () => {
    const asked = at + 9 * HOUR + 0.5;
    const after = afterFailure(off, { ...failure(at + HOUR, "probe"), notBefore: asked }, RULES);
    expect(after.probeAt).toBe(Math.ceil(asked));
  });

  it("are not put off by a test, nor counted when the fault is ours", () => {
    expect(afterFailure(off, failure(at + 1, "test"), RULES).probeAt).toBe(off.probeAt);
    expect(afterOurFault(off, at + HOUR, "probe", RULES)).toEqual({ ...off, probeAt: at + 2 * HOUR });
    expect(afterOurFault(FRESH, at, "schedule", RULES)).toBe(FRESH);
  });

  it("are not made of what is gone for good or was turned off", () => {
    expect(disable(off, "gone", "answered 410 Gone", at + 1)).toMatchObject({
      cause: "gone",
      disabledAt: at,
    });
    expect(disable(off, "gone", "answered 410 Gone", at + 1)).not.toHaveProperty("probeAt");
    const asked = disable(off, "request", "maintenance", at + 5);
    expect(asked).toMatchObject({ cause: "request", reason: "maintenance", disabledAt: at + 5 });
    expect(asked).not.toHaveProperty("probeAt");
    expect(disable(asked, "gone", "answered 410 Gone", at + 9)).toEqual(asked);
  });
});

describe("a recovery", () => {
  const off = { ...failing(every(20, 2 * HOUR)), recoverUntil: T + 3 * DAY };

  it("ends when its first delivery fails, and when the integration is disabled", () => {
    expect(afterFailure(off, failure(T + 2 * DAY, "recover"), RULES)).not.toHaveProperty("recoverUntil");
    expect(afterOurFault(off, T + 2 * DAY, "recover", RULES)).not.toHaveProperty("recoverUntil");
    expect(disable({ ...FRESH, recoverUntil: T }, "gone", "410", T)).not.toHaveProperty("recoverUntil");
  });

  it("goes on when the integration is enabled", () => {
    expect(enabled(off)).toEqual({ ...FRESH, lastFailure: off.lastFailure, recoverUntil: T + 3 * DAY });
  });
});

describe("the book", () => {
  it("has nothing bad to say of an integration that it does not know", () => {
    expect(createHealthBook([]).of("new")).toEqual({ ...FRESH, integrationUid: "new", confirmed: false });
  });

  it("lets what was asked for outlast what attempts said before", () => {
    const book = createHealthBook([]);
    const before = { ...FRESH, numberOfFailedRequests: 1 };
    book.set(before);
    expect(book.isCurrent(before)).toBe(true);
    book.replace(disable(before, "request", "maintenance", T));
    expect([book.isCurrent(before), book.of("u").disabled]).toEqual([false, true]);
    const after = { ...book.of("u"), numberOfFailedRequests: 2 };
    book.set(after);
    expect(book.isCurrent(after)).toBe(true);
  });

  it("knows which are disabled or recovered", () => {
    const book = createHealthBook([FRESH]);
    expect(book.special()).toEqual([]);
    const off = disable(FRESH, "gone", "410", T);
    book.set(off);
    expect(book.special()).toEqual([off]);
    book.replace(enabled(off));
    expect(book.special()).toEqual([]);
  });
});
