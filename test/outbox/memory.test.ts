import { describe, expect, test } from "vitest";
import { outboxConformance } from "../conformance/outbox.ts";
import { accepted, attempted, batchOf, owed, START } from "../conformance/outbox/fixtures.ts";
import { memoryOutbox } from "../support/memory-outbox.ts";

describe("the outbox in memory", () => {
  outboxConformance(async (now) => memoryOutbox({ now }));

  test("loses nothing in a crash, and what was being sent is due again in its old place", async () => {
    let now = START;
    const before = memoryOutbox({ now: () => now });
    await before.accept(
      batchOf([accepted("e1", [owed("a")]), accepted("e2", [owed("a")])], { positions: { p: 1 } }),
    );
    const claimed = await before.claim({ now, limit: 2, perIntegration: 9, skip: [] });
    await before.record([attempted(claimed[1]?.delivery.id ?? "")]);
    const kept = before.snapshot();
    now += 1000;
    const after = before.crash();
    await expect(before.record([attempted(claimed[0]?.delivery.id ?? "")])).rejects.toMatchObject({
      code: "outbox-unavailable",
    });
    expect(await after.nextDue()).toBe(START);
    expect(await after.position("p")).toBe(1);
    const [again] = await after.claim({ now, limit: 2, perIntegration: 9, skip: [] });
    expect(again?.delivery).toMatchObject({ eventId: "e1", attempts: 0 });
    expect(kept.deliveries.map((one) => one.status)).toEqual(["delivering", "delivered"]);
  });
});
