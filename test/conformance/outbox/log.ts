/** What people look up. */
import { describe, expect, test } from "vitest";
import type { Outbox } from "../../../src/outbox/contract.ts";
import { accepted, batchOf, failed, owed, START, useOutbox, type OpenOutbox } from "./fixtures.ts";

export function logRules(open: OpenOutbox): void {
  const on = useOutbox(open);

  describe("the log", () => {
    const listed = async (filter: Parameters<Outbox["deliveries"]>[0]): Promise<string[]> =>
      (await on.outbox.deliveries(filter)).deliveries.map((one) => `${one.eventId}>${one.integrationUid}`);

    test("is answered newest first", async () => {
      for (const id of ["e1", "e2", "e3"]) {
        await on.accept(accepted(id, [owed("a")]));
        on.now += 1;
      }
      expect(await listed({})).toEqual(["e3>a", "e2>a", "e1>a"]);
    });

    test("is filtered by integration: key, uid, or what led to it", async () => {
      await on.accept(
        accepted("e1", [owed("a"), owed("b", { viaUid: "policy", via: "my-policy" })]),
        accepted("e2", [owed("b")]),
      );
      expect(await listed({ integration: "a" })).toEqual(["e1>a"]);
      expect(await listed({ integration: "key-b" })).toEqual(["e2>b", "e1>b"]);
      expect(await listed({ integration: "policy" })).toEqual(["e1>b"]);
      expect(await listed({ integration: "my-policy" })).toEqual(["e1>b"]);
      expect(await listed({ integration: "key" })).toEqual([]);
    });

    test("names an integration by its newest key", async () => {
      await on.accept(accepted("e1", [owed("a", { integration: "old" })]));
      await on.accept(accepted("e2", [owed("a", { integration: "new" })]));
      expect((await on.outbox.deliveries({})).deliveries.map((one) => one.integration)).toEqual([
        "new",
        "new",
      ]);
      expect(await listed({ integration: "new" })).toEqual(["e2>a", "e1>a"]);
    });

    test("is filtered by status", async () => {
      for (const status of [
        "delivered",
        "exhausted",
        "discarded",
        "held",
        "delivering",
        "pending",
      ] as const) {
        await on.bring(status, "a", status);
      }
      for (const status of [
        "delivered",
        "exhausted",
        "discarded",
        "held",
        "delivering",
        "pending",
      ] as const) {
        expect(await listed({ status: [status] })).toEqual([`${status}>a`]);
      }
      expect(await listed({ status: ["pending", "exhausted", "pending"] })).toEqual([
        "pending>a",
        "exhausted>a",
      ]);
      expect(await listed({ status: ["exhausted"], integration: "b" })).toEqual([]);
      expect(await listed({ status: [] })).toHaveLength(6);
    });

    test.for([
      ["build:start", ["e2", "e1"]],
      ["build:*", ["e3", "e2", "e1"]],
      ["*:start", ["e2", "e1"]],
      ["BUILD:*", []],
      ["e3", ["e3"]],
      ["e*", ["e5", "e4", "e3", "e2", "e1"]],
      ["a[b]?c", ["e4"]],
      ["a[b]?*", ["e4"]],
      ["100%", ["e5"]],
      ["*%", ["e5"]],
      ["e", []],
    ] as const)("is filtered by event %s", async ([event, found]) => {
      const types = { e1: "build:start", e2: "build:start", e3: "build:failure", e4: "a[b]?c", e5: "100%" };
      for (const [id, type] of Object.entries(types)) await on.accept(accepted(id, [owed("a")], { type }));
      expect(await listed({ event })).toEqual(found.map((id) => `${id}>a`));
    });

    test("is filtered by project, id or name, in either case", async () => {
      await on.accept(
        accepted("e1", [owed("a")], { project: { id: "P1", name: "Web Shop" } }),
        accepted("e2", [owed("a")], { project: { name: "p1" } }),
        accepted("e3", [owed("a")]),
      );
      expect(await listed({ project: "p1" })).toEqual(["e2>a", "e1>a"]);
      expect(await listed({ project: "WEB shop" })).toEqual(["e1>a"]);
      expect(await listed({ project: "web" })).toEqual([]);
    });

    test("is filtered by time: from since on, before until", async () => {
      for (const id of ["e1", "e2", "e3"]) {
        await on.accept(accepted(id, [owed("a")]));
        on.now += 1000;
      }
      expect(await listed({ since: START + 1000 })).toEqual(["e3>a", "e2>a"]);
      expect(await listed({ until: START + 1000 })).toEqual(["e1>a"]);
      expect(await listed({ since: START + 1, until: START + 1001 })).toEqual(["e2>a"]);
    });

    test.for([
      ["needle", ["e1"]],
      ["NEEDLE", ["e1"]],
      ['say "hi" \\ bye', ["e2"]],
      ["busy", ["e3"]],
      ["100%", ["e4"]],
      ["10_%", []],
      ["", ["e4", "e3", "e2", "e1"]],
      ["build:start", []],
      ["elsewhere", []],
    ] as const)("is searched for %j in data and answers", async ([text, found]) => {
      const datas = { e1: ["a needle"], e2: { x: 'say "hi" \\ bye' }, e3: 1, e4: "100%" };
      for (const [id, data] of Object.entries(datas)) {
        await on.accept(accepted(id, [owed("a")], { data, body: { elsewhere: 1, data } }));
      }
      const claimed = await on.claim();
      const third = claimed.find((one) => one.event.id === "e3");
      await on.outbox.record([failed(third?.delivery.id ?? "", "exhausted")]);
      expect(await listed({ text })).toEqual(found.map((id) => `${id}>a`));
    });

    test("narrows down by all filters together", async () => {
      await on.accept(
        accepted("e1", [owed("a"), owed("b")], { project: { id: "p" } }),
        accepted("e2", [owed("a")]),
      );
      expect(
        await listed({
          integration: "a",
          status: ["pending"],
          project: "p",
          event: "build:*",
          text: "of e1",
        }),
      ).toEqual(["e1>a"]);
    });

    test("comes in pages that new deliveries do not disturb", async () => {
      for (let n = 0; n < 7; n += 1) await on.accept(accepted(`e${n}`, [owed("a")]));
      const first = await on.outbox.deliveries({ limit: 3, integration: "a" });
      await on.accept(accepted("late", [owed("a")]));
      const second = await on.outbox.deliveries({ limit: 3, integration: "a", cursor: first.next ?? "" });
      const third = await on.outbox.deliveries({ limit: 3, integration: "a", cursor: second.next ?? "" });
      const ids = [first, second, third].map((page) => page.deliveries.map((one) => one.eventId));
      expect(ids).toEqual([["e6", "e5", "e4"], ["e3", "e2", "e1"], ["e0"]]);
      expect(third.next).toBeNull();
    });

    test("says that no page follows when the last one is full", async () => {
      for (let n = 0; n < 4; n += 1) await on.accept(accepted(`e${n}`, [owed("a")]));
      const first = await on.outbox.deliveries({ limit: 2 });
      const second = await on.outbox.deliveries({ limit: 2, cursor: first.next ?? "" });
      expect([first.next === null, second.next, second.deliveries.length]).toEqual([false, null, 2]);
    });

    test("holds 50 deliveries to a page, and from 1 to 1000 when asked", async () => {
      await on.outbox.accept(batchOf(Array.from({ length: 1005 }, (_, n) => accepted(`e${n}`, [owed("a")]))));
      const sizes = [undefined, 0, 1, 1000, 5000].map(async (limit) => {
        const page = await on.outbox.deliveries(limit === undefined ? {} : { limit });
        return page.deliveries.length;
      });
      expect(await Promise.all(sizes)).toEqual([50, 1, 1, 1000, 1000]);
    });

    test("refuses a cursor that is none", async () => {
      await expect(on.outbox.deliveries({ cursor: "nonsense" })).rejects.toMatchObject({
        name: "AppError",
        code: "usage",
      });
    });

    test("answers nothing about what it does not hold", async () => {
      expect(await on.outbox.delivery("00000000000")).toBeUndefined();
      expect(await on.outbox.delivery("nonsense")).toBeUndefined();
      expect(await on.outbox.event("nonsense")).toBeUndefined();
      expect(await on.outbox.deliveries({})).toEqual({ deliveries: [], next: null });
      expect(await on.outbox.counts()).toEqual({});
      expect(await on.outbox.rejected({})).toEqual({ rejected: [], next: null });
      expect(await on.outbox.events({})).toEqual({ events: [], next: null });
      expect(await on.outbox.count({})).toBe(0);
      expect(await on.outbox.allHealth()).toEqual([]);
      expect(await on.outbox.nextDue()).toBeUndefined();
    });

    test("is counted by integration and status, also for what led to a delivery", async () => {
      await on.bring("e1", "a", "exhausted");
      await on.accept(
        accepted("e2", [
          owed("a", { viaUid: "p", via: "p" }),
          owed("b"),
          owed("b", { viaUid: "p", via: "p" }),
        ]),
      );
      expect(await on.outbox.counts()).toEqual({
        a: { exhausted: 1, pending: 1 },
        b: { pending: 2 },
        p: { pending: 2 },
      });
      const claimed = await on.claim({ skip: ["b"] });
      expect(await on.outbox.counts()).toEqual({
        a: { exhausted: 1, delivering: 1 },
        b: { pending: 2 },
        p: { pending: 1, delivering: 1 },
      });
      await on.outbox.release(claimed.map((one) => ({ deliveryId: one.delivery.id })));
      expect((await on.outbox.counts())["p"]).toEqual({ pending: 2 });
    });
  });
}
