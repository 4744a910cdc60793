/** What comes in. */
import { describe, expect, test } from "vitest";
import type { Event } from "../../../src/model/event.ts";
import type { NewDelivery } from "../../../src/outbox/contract.ts";
import { accepted, batchOf, makeEvent, owed, START, useOutbox, type OpenOutbox } from "./fixtures.ts";

export function acceptingRules(open: OpenOutbox): void {
  const on = useOutbox(open);

  describe("accepting", () => {
    test("keeps an event as it is, and when and whence it came", async () => {
      const event = makeEvent("e1", {
        aliases: ["trigger:build:start"],
        project: { id: "p1", name: "Web" },
        environment: { name: "prod", mode: "PRODUCTION" },
        scope: { id: "acme" },
      });
      await on.outbox.accept(batchOf([{ event, source: "file:a", deliveries: [] }]));
      expect(await on.outbox.event("e1")).toEqual({ event, source: "file:a", receivedAt: START });
    });

    const payloads: [string, Pick<Event, "data" | "body">][] = [
      ["a body that is the data", ((data) => ({ data, body: data }))({ a: [1, { b: null }] })],
      ["a body that holds the data", ((data) => ({ data, body: { x: 1, inner: data, z: 2 } }))({ a: 1 })],
      ["a body that holds the data twice", ((data) => ({ data, body: { one: data, two: data } }))({ a: 1 })],
      ["a list", ((data) => ({ data, body: { data } }))([1, 2])],
      ["no data", { data: null, body: { data: null } }],
      [
        "text with a NUL and letters of all kinds",
        { data: "\0 ü 漢 🙂 \u2028", body: { data: "\0 ü 漢 🙂 \u2028" } },
      ],
      ["a body of another shape", { data: { a: 1 }, body: ["x"] }],
      [
        "keys that mean something to JavaScript",
        { data: { constructor: 1 }, body: JSON.parse('{"__proto__": {"a": 1}}') },
      ],
    ];
    test.for(payloads)("keeps %s", async ([, payload]) => {
      const event = makeEvent("e1", payload);
      await on.accept({ event, source: "test", deliveries: [owed("a")] });
      expect((await on.outbox.event("e1"))?.event).toEqual(event);
      const [claimed] = await on.claim();
      expect(JSON.stringify(claimed?.event.body)).toBe(JSON.stringify(event.body));
      expect(claimed?.event).toEqual(event);
    });

    test("lets a delivery wait before its first attempt", async () => {
      await on.accept(accepted("e1", [owed("a", { delayMs: 30_000 }), owed("b")]));
      expect((await on.claim()).map(({ delivery }) => delivery.integrationUid)).toEqual(["b"]);
      expect(await on.outbox.nextDue()).toBe(START + 30_000);
      expect((await on.outbox.deliveries({ integration: "a" })).deliveries[0]?.nextAttemptAt).toBe(
        START + 30_000,
      );
    });

    test("makes the deliveries of an event, due at once", async () => {
      const result = await on.accept(
        accepted("e1", [
          owed("a"),
          owed("b", { viaUid: "policy", via: "key-policy", kind: "cloudflare/webhook" }),
        ]),
      );
      expect(result).toEqual({ accepted: 1, duplicates: [], deliveries: 2 });
      const { deliveries } = await on.outbox.deliveries({});
      expect(deliveries).toEqual([
        {
          id: expect.stringMatching(/^\w+$/),
          eventId: "e1",
          eventType: "build:start",
          integrationUid: "b",
          integration: "key-b",
          viaUid: "policy",
          via: "key-policy",
          kind: "cloudflare/webhook",
          status: "pending",
          attempts: 0,
          attemptsInRound: 0,
          nextAttemptAt: START,
          createdAt: START,
          trigger: "schedule",
        },
        expect.objectContaining({ integrationUid: "a", status: "pending" }),
      ]);
      expect(deliveries[1]).not.toHaveProperty("viaUid");
    });

    test.for(["held", "discarded"] as const)(
      "keeps a delivery that is %s from the start, with its reason",
      async (status) => {
        await on.accept(accepted("e1", [owed("a", { status, reason: "disabled" })]));
        const { deliveries } = await on.outbox.deliveries({});
        expect(deliveries).toMatchObject([{ status, reason: "disabled", attempts: 0 }]);
        expect(deliveries[0]).not.toHaveProperty("nextAttemptAt");
        expect(await on.claim()).toEqual([]);
        expect(await on.outbox.nextDue()).toBeUndefined();
      },
    );

    test("leaves a known event and its deliveries as they were, and reports it", async () => {
      await on.accept(accepted("e1", [owed("a")], { type: "first" }));
      const result = await on.accept(
        accepted("e1", [owed("a"), owed("b")], { type: "second" }),
        accepted("e2", [owed("a")]),
      );
      expect(result).toEqual({ accepted: 1, duplicates: ["e1"], deliveries: 1 });
      expect((await on.outbox.event("e1"))?.event.type).toBe("first");
      expect((await on.outbox.deliveries({ event: "e1" })).deliveries).toMatchObject([
        { integrationUid: "a" },
      ]);
    });

    test("takes events of two CloudEvents sources that count alike for two, and either once", async () => {
      const events = ["/ci", "/shop", undefined].map((origin) =>
        accepted("1", [owed("a")], { ...(origin === undefined ? {} : { origin }), type: `of ${origin}` }),
      );
      expect(await on.accept(...events)).toEqual({ accepted: 3, duplicates: [], deliveries: 3 });
      expect(await on.accept(...events)).toEqual({ accepted: 0, duplicates: ["1", "1", "1"], deliveries: 0 });
      expect((await on.outbox.event("1", "/ci"))?.event.type).toBe("of /ci");
      expect((await on.outbox.event("1", ""))?.event.type).toBe("of undefined");
      expect((await on.outbox.event("1"))?.event.type).toBe("of undefined");
      expect(await on.outbox.event("1", "/other")).toBeUndefined();
      const { deliveries } = await on.outbox.deliveries({ event: "1" });
      expect(deliveries.map((one) => one.eventType)).toEqual(["of undefined", "of /shop", "of /ci"]);
      expect(await on.outbox.count({ event: "1" })).toBe(3);
      expect(await on.outbox.origins("1")).toEqual(["", "/shop", "/ci"]);
      expect(await on.outbox.origins("2")).toEqual([]);
    });

    test("tells the deliveries of one event from those of its namesakes, also of an event of that type", async () => {
      await on.accept(
        accepted("1", [owed("a"), owed("b")], { origin: "/ci" }),
        accepted("1", [owed("a")], { origin: "/shop" }),
        accepted("1", [owed("b")]),
        accepted("2", [owed("a")], { type: "1", origin: "/ci" }),
      );
      const found = async (identity: { id: string; origin?: string }): Promise<unknown> =>
        (await on.outbox.deliveries({ identity })).deliveries.map((one) => [one.eventId, one.integrationUid]);
      expect(await found({ id: "1", origin: "/ci" })).toEqual([
        ["1", "b"],
        ["1", "a"],
      ]);
      expect(await found({ id: "1", origin: "/shop" })).toEqual([["1", "a"]]);
      expect(await found({ id: "1" })).toEqual([["1", "b"]]);
      expect(await found({ id: "1", origin: "/other" })).toEqual([]);
      const first = await on.outbox.deliveries({ identity: { id: "1", origin: "/ci" }, limit: 1 });
      const rest = await on.outbox.deliveries({
        identity: { id: "1", origin: "/ci" },
        cursor: first.next ?? "",
      });
      expect(rest).toMatchObject({ deliveries: [{ integrationUid: "a" }], next: null });
      expect(await on.outbox.count({ identity: { id: "1", origin: "/ci" }, integration: "b" })).toBe(1);
    });

    test("takes the first of two events with one id in a batch", async () => {
      const result = await on.accept(
        accepted("e1", [owed("a")], { type: "first" }),
        accepted("e1", [owed("b")], { type: "second" }),
      );
      expect(result).toEqual({ accepted: 1, duplicates: ["e1"], deliveries: 1 });
      expect((await on.outbox.event("e1"))?.event.type).toBe("first");
    });

    test("takes one of two batches with the same event that are handed over at once", async () => {
      const results = await Promise.all([
        on.accept(accepted("e1", [owed("a")])),
        on.accept(accepted("e1", [owed("a")])),
      ]);
      expect(new Set(results.map((one) => one.accepted))).toEqual(new Set([0, 1]));
      expect(await on.claim()).toHaveLength(1);
    });

    test("makes one delivery per event, integration and subscription", async () => {
      const through = (viaUid: string): NewDelivery => owed("a", { viaUid, via: viaUid });
      const result = await on.accept(
        accepted("e1", [owed("a"), owed("a"), through("p"), through("q"), through("p")]),
        accepted("e2", [owed("a")]),
      );
      expect(result.deliveries).toBe(4);
    });

    test("keeps what was rejected, newest first", async () => {
      const rejected = { source: "file:a", position: "byte 7", reason: "is not JSON", head: "{\0 ü" };
      await on.outbox.accept(batchOf([], { rejected: [rejected] }));
      on.now += 5;
      await on.outbox.accept(batchOf([], { rejected: [{ ...rejected, position: "byte 9" }] }));
      const found = await on.outbox.rejected({});
      expect(found).toEqual({
        rejected: [
          { ...rejected, id: expect.any(String), position: "byte 9", receivedAt: START + 5 },
          { ...rejected, id: expect.any(String), receivedAt: START },
        ],
        next: null,
      });
      const first = await on.outbox.rejected({ limit: 1 });
      expect(first.rejected).toEqual(found.rejected.slice(0, 1));
      const second = await on.outbox.rejected({ limit: 1, cursor: first.next ?? "" });
      expect(second).toEqual({ rejected: found.rejected.slice(1), next: null });
    });

    test("remembers positions, and forgets those that are null", async () => {
      await on.outbox.accept(
        batchOf([], { positions: { "file:a": { offset: 1 }, "file:b": 2, other: "x" } }),
      );
      await on.outbox.accept(batchOf([], { positions: { "file:a": { offset: 9 }, "file:b": null } }));
      expect(await on.outbox.position("file:a")).toEqual({ offset: 9 });
      expect(await on.outbox.position("file:b")).toBeUndefined();
      expect(await on.outbox.position("file:")).toBeUndefined();
      expect(await on.outbox.positions("file:")).toEqual({ "file:a": { offset: 9 } });
      expect(await on.outbox.positions("")).toEqual({ "file:a": { offset: 9 }, other: "x" });
    });

    test.for(["file:*.ndjson", "100%", "a_b", "ü", ""])(
      "finds positions by the prefix %j as it is written",
      async (prefix) => {
        await on.outbox.accept(batchOf([], { positions: { [`${prefix}/one`]: 1, zzz: 2 } }));
        expect(await on.outbox.positions(`${prefix}/`)).toEqual({ [`${prefix}/one`]: 1 });
      },
    );

    test("takes all of a batch or nothing", async () => {
      await on.accept(accepted("e0", [owed("a")]));
      const broken = owed("b");
      // @ts-expect-error -- a batch that no writer could make
      broken.kind = null;
      const batch = batchOf([accepted("e1", [owed("a")]), accepted("e2", [broken])], {
        positions: { p: 1 },
        rejected: [{ source: "s", position: "p", reason: "r", head: "h" }],
      });
      const [refused, other] = await Promise.allSettled([
        on.outbox.accept(batch),
        on.accept(accepted("e3", [owed("c")])),
      ]);
      expect(refused.status).toBe("rejected");
      expect(other).toMatchObject({ status: "fulfilled", value: { accepted: 1 } });
      expect(await on.outbox.event("e1")).toBeUndefined();
      expect(await on.outbox.position("p")).toBeUndefined();
      expect((await on.outbox.rejected({})).rejected).toEqual([]);
      expect(await on.outbox.counts()).toEqual({ a: { pending: 1 }, c: { pending: 1 } });
      expect(on.idsOf(await on.claim()).toSorted()).toEqual(["e0", "e3"]);
    });

    test("gives deliveries ids that rise with time, even when the clock does not", async () => {
      await on.accept(accepted("e1", [owed("a"), owed("b"), owed("c")]));
      on.now -= 60_000;
      await on.accept(accepted("e2", [owed("a")]));
      const ids = (await on.outbox.deliveries({})).deliveries.map((one) => one.id);
      expect(new Set(ids).size).toBe(4);
      expect(ids.toSorted().toReversed()).toEqual(ids);
    });
  });
}
