/** Deliveries that are moved by hand or by the engine: new rounds, held integrations, operator events. */
import { describe, expect, test } from "vitest";
import type { DeliveryStatus, Health } from "../../../src/model/delivery.ts";
import type { MoveRequest } from "../../../src/outbox/contract.ts";
import { accepted, attempted, failed, owed, START, useOutbox, type OpenOutbox } from "./fixtures.ts";

const again = { status: "pending", dueAt: START + 50, trigger: "resend" } as const;
const disabled: Health = {
  integrationUid: "a",
  disabled: true,
  reason: "answered 410",
  cause: "gone",
  disabledAt: START,
  numberOfFailedRequests: 1,
  warned: 100,
  confirmed: true,
};

export function movingRules(open: OpenOutbox): void {
  const on = useOutbox(open);
  const move = (more: Partial<MoveRequest> = {}): Promise<readonly string[]> =>
    on.outbox.move({ filter: {}, from: ["exhausted", "held"], limit: 100, to: again, ...more });
  const statusOf = async (id: string): Promise<string | undefined> =>
    (await on.outbox.delivery(id))?.delivery.status;

  describe("moving", () => {
    test("passes over what is for, or came through, those that are left out", async () => {
      const through = (viaUid: string) => owed("a", { viaUid, via: viaUid });
      await on.outbox.accept({
        events: [accepted("e1", [owed("a"), owed("b"), through("p"), through("q")])],
        rejected: [],
        positions: {},
      });
      const notOf = ["b", "p", "nobody"];
      expect(await on.outbox.count({ notOf })).toBe(2);
      const moved = await move({ filter: { notOf }, from: ["pending"] });
      const parties = await Promise.all(
        moved.map(async (id) => {
          const { integrationUid, viaUid } = (await on.outbox.delivery(id))?.delivery ?? {};
          return [integrationUid, viaUid];
        }),
      );
      expect(parties).toEqual([
        ["a", undefined],
        ["a", "q"],
      ]);
    });

    test.for(["pending", "delivered", "exhausted", "discarded", "held"] as const)(
      "brings back what is %s, and nothing else",
      async (status) => {
        const id = await on.bring("e1", "a", status);
        const others = (["pending", "delivered", "exhausted", "discarded", "held"] as const).filter(
          (other) => other !== status,
        );
        expect(await move({ from: others })).toEqual([]);
        expect(await statusOf(id)).toBe(status);
        expect(await move({ from: [status] })).toEqual([id]);
        const found = await on.outbox.delivery(id);
        expect(found?.delivery).toMatchObject({
          status: "pending",
          trigger: "resend",
          nextAttemptAt: START + 50,
          attemptsInRound: 0,
        });
        expect(found?.delivery).not.toHaveProperty("reason");
        expect(await on.outbox.nextDue()).toBe(START + 50);
        expect(await on.outbox.counts()).toEqual({ a: { pending: 1 } });
        expect(await on.claim({ now: START + 49 })).toEqual([]);
        expect(on.idsOf(await on.claim({ now: START + 50 }))).toEqual(["e1"]);
      },
    );

    test("never moves what is being sent", async () => {
      const id = await on.bring("e1", "a", "delivering");
      // @ts-expect-error -- what no caller can write
      expect(await move({ from: ["delivering", "held"] })).toEqual([]);
      expect(await statusOf(id)).toBe("delivering");
    });

    test("begins a new round, and keeps the attempts of the rounds before", async () => {
      const id = await on.bring("e1", "a", "exhausted");
      const before = (await on.outbox.delivery(id))?.attempts;
      await move();
      const [claimed] = await on.claim({ now: START + 50 });
      expect(claimed?.delivery).toMatchObject({ attempts: 1, attemptsInRound: 0, trigger: "resend" });
      await on.outbox.record([failed(id, "pending", { nextAttemptAt: START + 90 })]);
      const found = await on.outbox.delivery(id);
      expect(found?.delivery).toMatchObject({ attempts: 2, attemptsInRound: 1 });
      expect(found?.attempts.map((one) => one.number)).toEqual([1, 2]);
      expect(found?.attempts.slice(0, 1)).toEqual(before);
    });

    test.for(["held", "discarded"] as const)(
      "takes out what is pending as %s, for a reason",
      async (status) => {
        const id = await on.bring("e1", "a", "pending");
        expect(await move({ from: ["pending"], to: { status, reason: "asked for" } })).toEqual([id]);
        const found = (await on.outbox.delivery(id))?.delivery;
        expect(found).toMatchObject({ status, reason: "asked for", trigger: "schedule" });
        expect(found).not.toHaveProperty("nextAttemptAt");
        expect(await on.outbox.nextDue()).toBeUndefined();
        expect(await on.claim()).toEqual([]);
      },
    );

    test("takes the oldest first, and no more than asked for", async () => {
      const ids: string[] = [];
      for (const [event, uid] of [
        ["e1", "a"],
        ["e2", "b"],
        ["e3", "a"],
      ] as const) {
        ids.push(await on.bring(event, uid, "held"));
        on.now += 1;
      }
      expect(await move({ limit: 2 })).toEqual(ids.slice(0, 2));
      expect(await move({ limit: 2 })).toEqual(ids.slice(2));
      expect(await move({ limit: 2 })).toEqual([]);
    });

    test("moves what matches the filter, as the log would list it", async () => {
      const [one, two, three] = [
        await on.bring("e1", "a", "held"),
        await on.bring("e2", "b", "held"),
        await on.bring("e3", "a", "exhausted"),
      ];
      const to = { status: "discarded", reason: "no" } as const;
      expect(await move({ filter: { integration: "key-b" }, to })).toEqual([two]);
      expect(await move({ filter: { event: "e3" }, to })).toEqual([three]);
      expect(await move({ filter: { text: "of e2" }, to })).toEqual([]);
      expect(await move({ filter: { ids: [one, two, "not an id"] }, to })).toEqual([one]);
      expect(await move({ filter: { ids: [] }, from: ["discarded"] })).toEqual([]);
    });
  });

  describe("a disabled integration", () => {
    const health = (): Promise<Record<string, Partial<Record<DeliveryStatus, number>>>> => on.outbox.counts();

    test("has its pending deliveries held for its reason, and nobody else's", async () => {
      await on.bring("e0", "a", "delivered");
      await on.accept(accepted("e1", [owed("a"), owed("b"), owed("b", { viaUid: "a", via: "key-a" })]));
      await on.accept(accepted("e2", [owed("a", { viaUid: "p", via: "p" })]));
      await on.outbox.setHealth(disabled);
      expect(await health()).toEqual({
        a: { held: 2, pending: 1, delivered: 1 },
        b: { pending: 2 },
        p: { held: 1 },
      });
      const { deliveries } = await on.outbox.deliveries({ status: ["held"] });
      expect(deliveries.map((one) => [one.eventId, one.reason])).toEqual([
        ["e2", "answered 410"],
        ["e1", "answered 410"],
      ]);
      expect(deliveries[0]).not.toHaveProperty("nextAttemptAt");
      const claimed = await on.claim({ now: START + 1e9 });
      expect(claimed.map((one) => one.delivery.integrationUid)).toEqual(["b", "b"]);
    });

    test.for(["test", "probe", "recover"] as const)("still gets what is sent as a %s", async (trigger) => {
      await on.accept(accepted("e1", [owed("a", { trigger })]), accepted("e2", [owed("a")]));
      await on.outbox.setHealth(disabled);
      expect(on.idsOf(await on.claim())).toEqual(["e1"]);
      expect(await health()).toEqual({ a: { delivering: 1, held: 1 } });
    });

    test("has them held with the attempt that disabled it, retries of the same write included", async () => {
      await on.accept(
        accepted("e1", [owed("a")]),
        accepted("e2", [owed("a")]),
        accepted("e3", [owed("a")]),
        accepted("e4", [owed("a")]),
      );
      const claimed = await on.claim({ limit: 3 });
      const [first = "", second = "", third = ""] = claimed.map((one) => one.delivery.id);
      await on.outbox.record([
        failed(first, "pending", { nextAttemptAt: START + 5000 }),
        failed(second, "held", { reason: "answered 410", health: disabled }),
        failed(third, "pending", { nextAttemptAt: START + 5000, health: disabled }),
      ]);
      expect(await health()).toEqual({ a: { held: 4 } });
      expect(await on.outbox.nextDue()).toBeUndefined();
    });

    test("that is enabled again gets what comes next, and what was held stays held", async () => {
      await on.accept(accepted("e1", [owed("a")]));
      await on.outbox.setHealth(disabled);
      const { reason: _reason, cause: _cause, disabledAt: _at, ...rest } = disabled;
      await on.outbox.setHealth({ ...rest, disabled: false });
      await on.accept(accepted("e2", [owed("a")]));
      expect(on.idsOf(await on.claim())).toEqual(["e2"]);
      expect(await health()).toEqual({ a: { held: 1, delivering: 1 } });
    });
  });

  describe("an operator event", () => {
    const operator = accepted("op-1", [owed("ops")], { type: "integration.disabled" });

    test("is accepted with the attempt that led to it", async () => {
      await on.accept(accepted("e1", [owed("a")]));
      const [claimed] = await on.claim();
      on.now += 10;
      await on.outbox.record([failed(claimed?.delivery.id ?? "", "exhausted", { events: [operator] })]);
      expect(await on.outbox.event("op-1")).toMatchObject({ source: "test", receivedAt: START + 10 });
      expect(on.idsOf(await on.claim())).toEqual(["op-1"]);
    });

    test("is accepted once, and not for a delivery that was not being sent", async () => {
      const id = await on.bring("e1", "a", "delivered");
      await on.outbox.record([failed(id, "exhausted", { events: [operator] })]);
      expect(await on.outbox.event("op-1")).toBeUndefined();
      await on.accept(accepted("e2", [owed("a")]), accepted("e3", [owed("a")]));
      const claimed = await on.claim();
      await on.outbox.record(
        claimed.map((one) => attempted(one.delivery.id, { status: "exhausted", events: [operator] })),
      );
      expect(await on.outbox.counts()).toMatchObject({ ops: { pending: 1 } });
    });
  });
}
