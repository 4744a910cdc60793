/** What came in, as people look it up; and how many deliveries match. */
import { describe, expect, test } from "vitest";
import type { EventFilter } from "../../../src/outbox/contract.ts";
import { accepted, failed, makeEvent, owed, START, useOutbox, type OpenOutbox } from "./fixtures.ts";

export function eventLogRules(open: OpenOutbox): void {
  const on = useOutbox(open);
  const listed = async (filter: EventFilter): Promise<string[]> =>
    (await on.outbox.events(filter)).events.map((one) => one.event.id);

  describe("the log of events", () => {
    test("has every event as it came, matched by anything or not, newest first", async () => {
      await on.accept(accepted("e1", [owed("a"), owed("b")]));
      on.now += 5;
      await on.accept(accepted("e2", []));
      expect(await on.outbox.events({})).toEqual({
        events: [
          { event: makeEvent("e2"), source: "test", receivedAt: START + 5 },
          { event: makeEvent("e1"), source: "test", receivedAt: START },
        ],
        next: null,
      });
    });

    test("comes in pages that new events do not disturb", async () => {
      for (let n = 0; n < 5; n += 1) await on.accept(accepted(`e${n}`, []));
      const first = await on.outbox.events({ limit: 2 });
      await on.accept(accepted("late", []));
      const second = await on.outbox.events({ limit: 2, cursor: first.next ?? "" });
      const third = await on.outbox.events({ limit: 2, cursor: second.next ?? "" });
      const ids = [first, second, third].map((page) => page.events.map((one) => one.event.id));
      expect(ids).toEqual([["e4", "e3"], ["e2", "e1"], ["e0"]]);
      expect(third.next).toBeNull();
      await expect(on.outbox.events({ cursor: "nonsense" })).rejects.toMatchObject({ code: "usage" });
    });

    test.for<[EventFilter, string[]]>([
      [{ event: "build:start" }, ["e1"]],
      [{ event: "build:*" }, ["e3", "e1"]],
      [{ event: "e2" }, ["e2"]],
      [{ event: "*2" }, ["e2"]],
      [{ event: "nothing" }, []],
      [{ project: "WEB" }, ["e3", "e1"]],
      [{ project: "p9" }, ["e3"]],
      [{ since: START + 1000 }, ["e3", "e2"]],
      [{ until: START + 1000 }, ["e1"]],
      [{ text: "NEEDLE" }, ["e2"]],
      [{ text: '"quoted"' }, ["e3"]],
      [{ text: "busy" }, []],
      [{ project: "web", event: "build:*", since: START + 1 }, ["e3"]],
    ])("is filtered by %j", async ([filter, found]) => {
      await on.accept(accepted("e1", [owed("a")], { type: "build:start", project: { name: "Web" } }));
      on.now += 1000;
      await on.accept(accepted("e2", [owed("a")], { type: "deploy", data: { x: "a needle" } }));
      on.now += 1000;
      await on.accept(
        accepted("e3", [], { type: "build:end", project: { id: "P9", name: "web" }, data: ['"quoted"'] }),
      );
      // An answer is no part of an event.
      const [claimed] = await on.claim();
      await on.outbox.record([failed(claimed?.delivery.id ?? "", "exhausted")]);
      expect(await listed(filter)).toEqual(found);
    });
  });

  describe("counting", () => {
    test("counts what the log would list, each delivery once", async () => {
      await on.accept(
        accepted("e1", [
          owed("a"),
          owed("b", { viaUid: "a", via: "key-a" }),
          owed("a", { viaUid: "a", via: "x" }),
        ]),
        accepted("e2", [owed("b")], { type: "deploy" }),
      );
      await on.bring("e3", "b", "exhausted");
      expect(await on.outbox.count({})).toBe(5);
      expect(await on.outbox.count({ integration: "a" })).toBe(3);
      expect(await on.outbox.count({ integration: "nobody" })).toBe(0);
      expect(await on.outbox.count({ status: ["exhausted", "held"] })).toBe(1);
      expect(
        await on.outbox.count({ integration: "b", status: ["exhausted", "delivering"], text: "e3" }),
      ).toBe(1);
      expect(await on.outbox.count({ event: "deploy" })).toBe(1);
      const [one] = (await on.outbox.deliveries({})).deliveries;
      expect(await on.outbox.count({ ids: [one?.id ?? "", "nonsense"] })).toBe(1);
    });
  });
}
