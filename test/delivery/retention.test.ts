/** The loop that keeps the log within its limits, on a clock that the test moves. */
import { describe, expect, test } from "vitest";
import { startRetention } from "../../src/delivery/retention.ts";
import { createLog } from "../../src/lib/log.ts";
import { accepted, batchOf, owed, START } from "../conformance/outbox/fixtures.ts";
import { memoryOutbox } from "../support/memory-outbox.ts";

const HOUR = 3_600_000;

function setup(retention: { ageMs?: number; bytes?: number }) {
  let now = START;
  let wanted: { at: number; run: () => void } | undefined;
  const lines: string[] = [];
  const outbox = memoryOutbox({ now: () => now });
  const clock = {
    now: () => now,
    after: (ms: number, run: () => void) => {
      wanted = { at: now + ms, run };
      return () => (wanted = undefined);
    },
  };
  const log = createLog({ level: "warn", pretty: false, write: (line) => void lines.push(line) });
  const keeper = startRetention({ outbox, clock, retention, log });
  return {
    outbox,
    keeper,
    lines,
    waits: () => wanted !== undefined,
    /** Moves the clock to when something is to be done, and lets that happen; answers with how long it waited. */
    step: async (): Promise<number> => {
      const next = wanted;
      if (next === undefined) throw new Error("nothing is waiting");
      const waited = next.at - now;
      now = Math.max(now, next.at);
      wanted = undefined;
      next.run();
      await expect.poll(() => wanted !== undefined).toBe(true);
      return waited;
    },
    pass: (ms: number) => void (now += ms),
    fill: (from: number, count: number) =>
      outbox.accept(batchOf(Array.from({ length: count }, (_, at) => accepted(`e${from + at}`, [])))),
    left: async () => (await outbox.events({ limit: 1000 })).events.length,
  };
}

describe("retention", () => {
  test("removes what is too old, a hundred at a time, and then looks once a minute", async () => {
    const on = setup({ ageMs: HOUR });
    await on.fill(0, 250);
    on.pass(2 * HOUR);
    await on.fill(1000, 5);
    const left: number[] = [];
    const waits: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      waits.push(await on.step());
      left.push(await on.left());
    }
    expect(left).toEqual([155, 55, 5, 5]);
    expect(waits.slice(1, 3).every((ms) => ms < 1000)).toBe(true);
    expect(waits[3]).toBe(60_000);
    on.pass(HOUR);
    await on.step();
    expect(await on.left()).toBe(0);
    await on.keeper.stop();
    expect(on.waits()).toBe(false);
  });

  test("warns of held deliveries that go with it, and of nothing else", async () => {
    const on = setup({ ageMs: HOUR });
    const held = owed("a", { status: "held", reason: "no" });
    await on.outbox.accept(batchOf([accepted("h1", [held]), accepted("h2", [held]), accepted("done", [])]));
    on.pass(2 * HOUR);
    await on.step();
    await on.step();
    expect(on.lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { level: "warn", held: 2, msg: expect.stringContaining("removed held deliveries") },
    ]);
    await on.keeper.stop();
  });

  test("brings the log down to its size", async () => {
    const on = setup({ bytes: 20_000 });
    await on.fill(0, 500);
    while ((await on.step()) < 60_000);
    expect((await on.outbox.trim({ limit: 1 })).bytes).toBeLessThanOrEqual(20_000);
    expect(await on.left()).toBeGreaterThan(50);
    await on.keeper.stop();
  });

  test("says why it cannot, and tries again", async () => {
    const on = setup({ ageMs: HOUR });
    await on.fill(0, 3);
    on.pass(2 * HOUR);
    on.outbox.fail("the disk is full");
    await on.step();
    expect(on.lines.join("")).toContain("the disk is full");
    on.outbox.fail();
    expect(await on.step()).toBe(60_000);
    expect(await on.left()).toBe(0);
    await on.keeper.stop();
  });

  test("does nothing without a limit", async () => {
    const on = setup({});
    expect(on.waits()).toBe(false);
    await on.keeper.stop();
  });
});
