/** What is owed: claimed, recorded, given back. */
import { describe, expect, test } from "vitest";
import type { Health } from "../../../src/model/delivery.ts";
import type { AcceptedEvent } from "../../../src/outbox/contract.ts";
import {
  accepted,
  attempted,
  batchOf,
  failed,
  makeEvent,
  owed,
  START,
  useOutbox,
  type OpenOutbox,
} from "./fixtures.ts";

export function deliveringRules(open: OpenOutbox): void {
  const on = useOutbox(open);

  describe("claiming", () => {
    test("marks what it takes and gives nothing twice", async () => {
      await on.accept(accepted("e1", [owed("a"), owed("b")]));
      const [first, second] = await Promise.all([on.claim({ limit: 1 }), on.claim({ limit: 5 })]);
      expect([first.length, second.length]).toEqual([1, 1]);
      expect(await on.claim()).toEqual([]);
      expect((await on.outbox.deliveries({})).deliveries.map((one) => one.status)).toEqual([
        "delivering",
        "delivering",
      ]);
      expect(first[0]?.delivery).toMatchObject({
        status: "delivering",
        eventId: "e1",
        eventType: "build:start",
      });
      expect(first[0]?.delivery).not.toHaveProperty("nextAttemptAt");
      expect(await on.outbox.nextDue()).toBeUndefined();
    });

    test("takes nothing before its time", async () => {
      await on.accept(accepted("e1", [owed("a")]));
      expect(await on.claim({ now: START - 1 })).toEqual([]);
      expect(await on.outbox.nextDue()).toBe(START);
      expect(await on.claim({ now: START })).toHaveLength(1);
    });

    test("takes the longest due first, whoever it is for", async () => {
      for (const [id, uid] of [
        ["e1", "b"],
        ["e2", "a"],
        ["e3", "b"],
        ["e4", "a"],
      ] as const) {
        await on.accept(accepted(id, [owed(uid)]));
        on.now += 10;
      }
      expect(on.idsOf(await on.claim({ limit: 3 }))).toEqual(["e1", "e2", "e3"]);
      expect(on.idsOf(await on.claim())).toEqual(["e4"]);
    });

    test("takes at most a share of any one integration", async () => {
      await on.accept(...Array.from({ length: 8 }, (_, n) => accepted(`a${n}`, [owed("a")])));
      on.now += 1;
      await on.accept(accepted("b0", [owed("b")]), accepted("b1", [owed("b")]));
      expect(on.idsOf(await on.claim({ perIntegration: 3 }))).toEqual(["a0", "a1", "a2", "b0", "b1"]);
      expect(on.idsOf(await on.claim({ perIntegration: 3 }))).toEqual(["a3", "a4", "a5"]);
    });

    test("passes over integrations, also when they have the longest due", async () => {
      await on.accept(...Array.from({ length: 50 }, (_, n) => accepted(`a${n}`, [owed("a")])));
      on.now += 1;
      await on.accept(accepted("b0", [owed("b")]));
      expect(on.idsOf(await on.claim({ skip: ["a", "unknown"], limit: 2 }))).toEqual(["b0"]);
      expect(await on.outbox.nextDue()).toBe(START);
      expect(await on.claim({ limit: 2 })).toHaveLength(2);
    });

    test("takes all of a long queue in order, a few at a time", async () => {
      const ids = Array.from({ length: 120 }, (_, n) => `e${n}`);
      for (let at = 0; at < ids.length; at += 1) {
        if (at % 40 === 0) on.now += 1;
        await on.outbox.accept(batchOf([accepted(ids[at] ?? "", [owed(at % 7 === 0 ? "b" : "a")])]));
      }
      const taken: string[] = [];
      for (let some = await on.claim({ limit: 11 }); some.length > 0; some = await on.claim({ limit: 11 }))
        taken.push(...on.idsOf(some));
      expect(taken).toEqual(ids);
    });

    test("brings the event along, once for all of its deliveries", async () => {
      const [one, two] = [accepted("e1", [owed("a"), owed("b")]), accepted("e2", [owed("a")])];
      await on.accept(one, two);
      const claimed = await on.claim();
      expect(claimed.map((each) => each.event)).toEqual([one.event, one.event, two.event]);
    });

    test("takes as many of an integration as its own limit says, and of the others the common number", async () => {
      for (const n of [0, 1, 2]) await on.accept(accepted(`e${n}`, [owed("a"), owed("b"), owed("c")]));
      const some = await on.claim({ perIntegration: 1, limits: { a: 3, c: 0 } });
      expect(some.map(({ delivery }) => `${delivery.eventId} ${delivery.integrationUid}`)).toEqual([
        "e0 a",
        "e0 b",
        "e1 a",
        "e2 a",
      ]);
      expect(on.idsOf(await on.claim({ skip: ["b"], limits: { b: 5, c: 2 } }))).toEqual(["e0", "e1"]);
      expect(on.idsOf(await on.claim({ limit: 2, perIntegration: 0, limits: { c: 9 } }))).toEqual(["e2"]);
    });

    test("stops before it has more bytes than it may, but takes one delivery however large it is", async () => {
      const sized = (id: string, length: number): AcceptedEvent =>
        accepted(id, [owed("a")], { data: "é".repeat(length), body: null });
      await on.accept(sized("e0", 500), sized("e1", 500), sized("e2", 5000), sized("e3", 500));
      const all = await on.claim();
      const bytes = all.map((one) => one.bytes);
      await on.outbox.release(all.map(({ delivery }) => ({ deliveryId: delivery.id })));
      const [small = 0, , large = 0] = bytes;
      // Two bytes for each letter, and what else is stored.
      expect(bytes).toEqual([small, small, large, small]);
      expect(large - small).toBe(2 * 4500);
      expect(small).toBeGreaterThan(2 * 500);
      expect(small).toBeLessThan(2 * 500 + 400);
      expect(on.idsOf(await on.claim({ bytes: 2 * small - 1 }))).toEqual(["e0"]);
      expect(on.idsOf(await on.claim({ bytes: large - 1 }))).toEqual(["e1"]);
      // What fits does not overtake what does not.
      expect(on.idsOf(await on.claim({ bytes: 0 }))).toEqual(["e2"]);
      expect(await on.claim({ bytes: 1e9, limit: 0 })).toEqual([]);
      expect(on.idsOf(await on.claim({ bytes: small }))).toEqual(["e3"]);
      expect(await on.claim({ bytes: 1e9 })).toEqual([]);
    });

    test("counts an event with each delivery that is made of it, also for those that are named", async () => {
      await on.accept(accepted("e0", [owed("a"), owed("b"), owed("c")]), accepted("e1", [owed("a")]));
      const { deliveries } = await on.outbox.deliveries({});
      const only = deliveries.map(({ id }) => id).toReversed();
      const [first] = await on.claim({ bytes: 0, only });
      const bytes = first?.bytes ?? 0;
      expect(first?.delivery).toMatchObject({ eventId: "e0", integrationUid: "a" });
      expect(on.idsOf(await on.claim({ bytes: 2 * bytes, only }))).toEqual(["e0", "e0"]);
      expect(on.idsOf(await on.claim({ bytes: bytes - 1 }))).toEqual(["e1"]);
    });

    test("tells when the next is due, apart from integrations that are left out", async () => {
      await on.accept(accepted("e1", [owed("a")]));
      on.now += 10;
      await on.accept(accepted("e2", [owed("b")]));
      expect(await on.outbox.nextDue({ skip: [] })).toBe(START);
      expect(await on.outbox.nextDue({ skip: ["a", "none"] })).toBe(START + 10);
      expect(await on.outbox.nextDue({ skip: ["b", "a"] })).toBeUndefined();
    });

    test("takes nothing of a limit of none", async () => {
      await on.accept(accepted("e1", [owed("a")]));
      expect(await on.claim({ limit: 0 })).toEqual([]);
      expect(await on.claim({ perIntegration: 0 })).toEqual([]);
      expect(await on.claim()).toHaveLength(1);
    });
  });

  describe("recording", () => {
    test("moves a delivery on and keeps the attempt byte for byte", async () => {
      await on.accept(accepted("e1", [owed("a")]));
      const [claimed] = await on.claim();
      const id = claimed?.delivery.id ?? "";
      const base = attempted(id).attempt;
      const body = '{"a":"ü 漢 🙂\\u0000"}\r\n\t';
      const result = attempted(id, {
        attempt: {
          ...base,
          request: { ...base.request, body },
          response: { status: 202, headers: [["a", "b"]], body: "raw \0 \ufeff ü", truncated: true },
          note: "accepted, not necessarily posted",
        },
      });
      await on.outbox.record([result]);
      const found = await on.outbox.delivery(id);
      expect(found?.attempts).toEqual([result.attempt]);
      expect(found?.delivery).toMatchObject({ status: "delivered", attempts: 1, lastStatusCode: 202 });
      expect(found?.delivery).not.toHaveProperty("nextAttemptAt");
      expect(found?.event).toEqual({ event: makeEvent("e1"), source: "test", receivedAt: START });
    });

    test("keeps an attempt without an answer", async () => {
      await on.accept(accepted("e1", [owed("a")]));
      const [claimed] = await on.claim();
      const id = claimed?.delivery.id ?? "";
      const { response: _response, remoteAddress: _address, ...base } = attempted(id).attempt;
      const attempt = {
        ...base,
        outcome: "retry" as const,
        errorClass: "dns" as const,
        timings: { totalMs: 3 },
      };
      await on.outbox.record([{ status: "pending", nextAttemptAt: START + 5000, attempt }]);
      const found = await on.outbox.delivery(id);
      expect(found?.attempts).toEqual([attempt]);
      expect(found?.delivery).not.toHaveProperty("lastStatusCode");
    });

    test("brings a delivery back at its next attempt, not before, and counts attempts", async () => {
      await on.accept(accepted("e1", [owed("a")]));
      const [first] = await on.claim();
      const id = first?.delivery.id ?? "";
      await on.outbox.record([failed(id, "pending", { nextAttemptAt: START + 5000 })]);
      expect(await on.outbox.nextDue()).toBe(START + 5000);
      expect((await on.outbox.deliveries({})).deliveries).toMatchObject([
        { status: "pending", nextAttemptAt: START + 5000, attempts: 1, lastStatusCode: 503 },
      ]);
      expect(await on.claim({ now: START + 4999 })).toEqual([]);
      const [again] = await on.claim({ now: START + 5000 });
      expect(again?.delivery).toMatchObject({ id, attempts: 1, lastStatusCode: 503 });
      await on.outbox.record([attempted(id, { attempt: { ...attempted(id).attempt, number: 2 } })]);
      const found = await on.outbox.delivery(id);
      expect(found?.attempts.map((one) => [one.number, one.response?.status])).toEqual([
        [1, 503],
        [2, 200],
      ]);
      expect(found?.delivery.attempts).toBe(2);
    });

    test.for(["exhausted", "discarded", "held"] as const)(
      "ends a delivery as %s, with its reason",
      async (status) => {
        await on.accept(accepted("e1", [owed("a")]));
        const [claimed] = await on.claim();
        await on.outbox.record([failed(claimed?.delivery.id ?? "", status, { reason: "answered 410" })]);
        expect((await on.outbox.deliveries({})).deliveries).toMatchObject([
          { status, reason: "answered 410", attempts: 1 },
        ]);
        expect(await on.claim({ now: START + 1e9 })).toEqual([]);
        expect(await on.outbox.nextDue()).toBeUndefined();
      },
    );

    test("sets the integration's health with the attempt", async () => {
      await on.accept(accepted("e1", [owed("a")]));
      const [claimed] = await on.claim();
      const health: Health = {
        integrationUid: "a",
        disabled: true,
        reason: "answered 410",
        timeOfFirstFailedRequest: START,
        numberOfFailedRequests: 3,
        lastSuccess: START - 5,
        lastFailure: START,
        cause: "failures",
        disabledAt: START,
        probeAt: START + 3_600_000,
        warned: 75,
        recoverUntil: START - 1,
        confirmed: true,
      };
      await on.outbox.record([failed(claimed?.delivery.id ?? "", "held", { health })]);
      expect(await on.outbox.health("a")).toEqual(health);
    });

    test.for(["pending", "delivered", "held"] as const)(
      "leaves out what is about a delivery that is %s",
      async (status) => {
        const id = await on.bring("e1", "a", status);
        const before = await on.outbox.delivery(id);
        const health: Health = {
          integrationUid: "a",
          disabled: true,
          numberOfFailedRequests: 1,
          warned: 0,
          confirmed: false,
        };
        await on.outbox.record([failed(id, "exhausted", { health })]);
        expect(await on.outbox.delivery(id)).toEqual(before);
        expect(await on.outbox.health("a")).toBeUndefined();
      },
    );

    test("leaves out what is about an unknown delivery, and keeps the rest", async () => {
      await on.accept(accepted("e1", [owed("a")]));
      const [claimed] = await on.claim();
      const id = claimed?.delivery.id ?? "";
      await on.outbox.record([
        attempted("00000000000"),
        attempted("not an id"),
        attempted(id),
        failed(id, "exhausted"),
      ]);
      const found = await on.outbox.delivery(id);
      expect([found?.delivery.status, found?.attempts.length]).toEqual(["delivered", 1]);
    });
  });

  describe("releasing", () => {
    test("gives deliveries back, due at once, with no attempt counted", async () => {
      await on.accept(accepted("e1", [owed("a")]), accepted("e2", [owed("a")]));
      const claimed = await on.claim();
      on.now += 50;
      await on.outbox.release(claimed.map((one) => ({ deliveryId: one.delivery.id })));
      const due = await on.outbox.nextDue();
      expect(due).toBeLessThanOrEqual(on.now);
      const again = await on.claim();
      expect(on.idsOf(again)).toEqual(["e1", "e2"]);
      expect(again.map((one) => one.delivery.attempts)).toEqual([0, 0]);
    });

    test.for(["held", "discarded"] as const)(
      "gives a delivery back as %s, with its reason, and neither logs nor counts an attempt",
      async (status) => {
        await on.accept(accepted("e1", [owed("a")]));
        const [first] = await on.claim();
        const id = first?.delivery.id ?? "";
        await on.outbox.record([failed(id, "pending", { nextAttemptAt: START + 5000 })]);
        await on.claim({ now: START + 5000 });
        await on.outbox.release([{ deliveryId: id, to: { status, reason: "maintenance" } }]);
        const found = await on.outbox.delivery(id);
        expect(found?.attempts).toHaveLength(1);
        expect(found?.delivery).toMatchObject({
          status,
          reason: "maintenance",
          attempts: 1,
          attemptsInRound: 1,
        });
        expect(found?.delivery).not.toHaveProperty("nextAttemptAt");
        expect(await on.outbox.counts()).toEqual({ a: { [status]: 1 } });
        expect([await on.claim({ now: START + 1e9 }), await on.outbox.nextDue()]).toEqual([[], undefined]);
      },
    );

    test("gives back each as it says, in one call", async () => {
      await on.accept(...["e1", "e2", "e3"].map((id) => accepted(id, [owed("a")])));
      const ids = (await on.claim()).map(({ delivery }) => delivery.id);
      const [first = "", second = "", third = ""] = ids;
      await on.outbox.release([
        { deliveryId: first, to: { status: "held", reason: "off" } },
        { deliveryId: second },
        { deliveryId: third, to: { status: "discarded", reason: "gone" } },
      ]);
      const { deliveries } = await on.outbox.deliveries({});
      expect(deliveries.toReversed().map(({ status, reason }) => [status, reason])).toEqual([
        ["held", "off"],
        ["pending", undefined],
        ["discarded", "gone"],
      ]);
      expect(on.idsOf(await on.claim())).toEqual(["e2"]);
    });

    test.for(["pending", "delivered", "held"] as const)(
      "leaves a delivery that is %s alone",
      async (status) => {
        const id = await on.bring("e1", "a", status);
        const before = await on.outbox.delivery(id);
        await on.outbox.release([
          { deliveryId: id },
          { deliveryId: id, to: { status: "held", reason: "off" } },
          { deliveryId: "not an id", to: { status: "held", reason: "off" } },
        ]);
        expect(await on.outbox.delivery(id)).toEqual(before);
      },
    );
  });

  describe("health", () => {
    test("is what was set last, for each integration", async () => {
      const health: Health = {
        integrationUid: "a",
        disabled: false,
        numberOfFailedRequests: 0,
        warned: 0,
        confirmed: true,
      };
      expect(await on.outbox.health("a")).toBeUndefined();
      await on.outbox.setHealth({
        ...health,
        reason: "old",
        disabled: true,
        cause: "gone",
        disabledAt: 1,
        recoverUntil: 2,
        warned: 50,
        lastFailure: 1,
      });
      await on.outbox.setHealth(health);
      await on.outbox.setHealth({ ...health, integrationUid: "b" });
      expect(await on.outbox.health("a")).toEqual(health);
      expect(await on.outbox.allHealth()).toEqual([health, { ...health, integrationUid: "b" }]);
    });
  });

  describe("an outbox that works", () => {
    test("is healthy", async () => {
      await on.accept(accepted("e1", [owed("a")]));
      expect(on.outbox.healthy()).toEqual({ ok: true });
    });
  });

  describe("closing", () => {
    test("waits for what was asked before, and refuses what comes after", async () => {
      const before = on.accept(accepted("e1", [owed("a")]));
      await Promise.all([on.outbox.close(), on.outbox.close()]);
      await expect(before).resolves.toMatchObject({ accepted: 1 });
      await expect(on.outbox.nextDue()).rejects.toMatchObject({ code: "outbox-unavailable" });
    });
  });
}
