/** What is removed, and what never is. */
import { describe, expect, test } from "vitest";
import type { TrimRequest, TrimResult } from "../../../src/outbox/contract.ts";
import { accepted, batchOf, owed, START, useOutbox, type OpenOutbox } from "./fixtures.ts";

const DAY = 86_400_000;

export function retentionRules(open: OpenOutbox): void {
  const on = useOutbox(open);
  const left = async (): Promise<string[]> =>
    (await on.outbox.events({ limit: 1000 })).events.map((one) => one.event.id).toReversed();
  /** Trims until nothing is left to do. */
  const trimAll = async (request: Omit<TrimRequest, "limit">, limit = 7): Promise<TrimResult[]> => {
    const results: TrimResult[] = [];
    while (results.at(-1)?.done !== true) results.push(await on.outbox.trim({ ...request, limit }));
    return results;
  };

  describe("trimming", () => {
    test("removes nothing without a limit, and nothing that is within them", async () => {
      await on.bring("e1", "a", "delivered");
      const result = await on.outbox.trim({ limit: 10 });
      expect(result).toEqual({ removed: 0, held: 0, bytes: expect.any(Number), done: true });
      expect(await on.outbox.trim({ before: START, bytes: 1e12, limit: 10 })).toMatchObject({ removed: 0 });
      expect(await left()).toEqual(["e1"]);
    });

    test("removes old events with their deliveries, attempts and counts, and forgets their ids", async () => {
      const id = await on.bring("e1", "a", "delivered");
      await on.accept(accepted("e2", []));
      on.now += DAY;
      const kept = await on.bring("e3", "a", "exhausted");
      expect(await on.outbox.trim({ before: START + 1, limit: 10 })).toMatchObject({
        removed: 2,
        done: true,
      });
      expect(await left()).toEqual(["e3"]);
      expect(await on.outbox.delivery(id)).toBeUndefined();
      expect((await on.outbox.delivery(kept))?.attempts).toHaveLength(1);
      expect(await on.outbox.counts()).toEqual({ a: { exhausted: 1 } });
      expect(await on.accept(accepted("e1", [owed("a")]))).toMatchObject({ accepted: 1, deliveries: 1 });
      expect((await on.outbox.deliveries({})).deliveries.map((one) => one.eventId)).toEqual(["e1", "e3"]);
    });

    test("leaves what is owed or being sent, however old, with all of its event", async () => {
      await on.bring("sent", "a", "delivering");
      await on.accept(accepted("both", [owed("c", { status: "discarded", reason: "no" }), owed("d")]));
      await on.accept(accepted("owed", [owed("b")]));
      await on.accept(accepted("done", [owed("e", { status: "discarded", reason: "no" })]));
      on.now += 100 * DAY;
      await trimAll({ before: on.now, bytes: 0 });
      expect(await left()).toEqual(["sent", "both", "owed"]);
      expect(await on.outbox.count({ event: "both" })).toBe(2);
    });

    test("removes what is held by age only", async () => {
      await on.bring("held", "a", "held");
      await on.bring("done", "a", "delivered");
      await trimAll({ bytes: 0 });
      expect(await left()).toEqual(["held"]);
      await trimAll({ before: START + 1 });
      expect(await left()).toEqual([]);
      expect(await on.outbox.counts()).toEqual({});
    });

    test("says how many held deliveries went, whatever became of the others of their events", async () => {
      const held = (uid: string): ReturnType<typeof owed> => owed(uid, { status: "held", reason: "no" });
      const discarded = owed("c", { status: "discarded", reason: "no" });
      await on.accept(accepted("two", [held("a"), held("b"), discarded]), accepted("one", [held("a")]));
      await on.accept(accepted("none", [discarded]), accepted("stays", [held("a"), owed("d")]));
      on.now += DAY;
      const results = await trimAll({ before: on.now }, 1);
      expect(results.map((one) => one.held).filter((count) => count > 0)).toEqual([2, 1]);
      expect(await left()).toEqual(["stays"]);
      expect(await on.outbox.count({ status: ["held"] })).toBe(1);
    });

    test("finds what may go behind much that may not, and what may go since then", async () => {
      const held = owed("a", { status: "held", reason: "no" });
      await on.outbox.accept(
        batchOf(Array.from({ length: 50 }, (_item, n) => accepted(`held-${n}`, [held]))),
      );
      for (let n = 0; n < 5; n += 1) await on.bring(`done-${n}`, "b", "delivered");
      await trimAll({ bytes: 0 }, 2);
      expect(await left()).toHaveLength(50);
      await on.outbox.move({
        filter: { event: "held-3" },
        from: ["held"],
        limit: 1,
        to: { status: "discarded", reason: "gone" },
      });
      await trimAll({ bytes: 0 }, 2);
      expect(await left()).toHaveLength(49);
    });

    test("removes rejected inputs too", async () => {
      const rejected = (position: string): Parameters<typeof batchOf>[1] => ({
        rejected: [{ source: "s", position, reason: "r", head: "h" }],
      });
      await on.outbox.accept(batchOf([], rejected("1")));
      on.now += DAY;
      await on.outbox.accept(batchOf([], rejected("2")));
      const positions = async (): Promise<string[]> =>
        (await on.outbox.rejected({})).rejected.map((one) => one.position);
      expect(await on.outbox.trim({ before: START + 1, limit: 10 })).toMatchObject({
        removed: 1,
        done: true,
      });
      expect(await positions()).toEqual(["2"]);
      await trimAll({ bytes: 0 });
      expect(await positions()).toEqual([]);
    });

    test("removes no more than asked for in one call, the oldest first, and says when it is done", async () => {
      for (let n = 0; n < 5; n += 1) await on.accept(accepted(`e${n}`, []));
      const trim = (): Promise<TrimResult> => on.outbox.trim({ before: START + 1, limit: 2 });
      expect(await trim()).toMatchObject({ removed: 2, done: false });
      expect(await left()).toEqual(["e2", "e3", "e4"]);
      await trim();
      expect(await trim()).toMatchObject({ removed: 1, done: true });
      expect(await trim()).toMatchObject({ removed: 0, done: true });
    });

    test("brings the size below what is asked for, and keeps the newest", async () => {
      const text = "x".repeat(4000);
      for (let n = 0; n < 20; n += 1) {
        const events = Array.from({ length: 20 }, (_, at) =>
          accepted(`e${n * 20 + at}`, [], { data: { text }, body: { data: text } }),
        );
        await on.accept(...events);
      }
      const { bytes: before } = await on.outbox.trim({ limit: 1 });
      expect(before).toBeGreaterThan(400 * 4000);
      const results = await trimAll({ bytes: before / 2 }, 50);
      expect(results.at(-1)?.bytes).toBeLessThanOrEqual(before / 2);
      expect(results.every((one) => one.removed <= 50)).toBe(true);
      const rest = await left();
      expect(rest).toEqual(Array.from({ length: rest.length }, (_, n) => `e${400 - rest.length + n}`));
      expect(rest.length).toBeGreaterThan(100);
    });
  });
}
