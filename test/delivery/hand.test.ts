import { describe, expect, it } from "vitest";
import { BYTES_AT_HAND, createHand } from "../../src/delivery/hand.ts";
import type { Hand } from "../../src/delivery/hand.ts";
import { BYTES_PER_CLAIM, hasBytes, sharesNow } from "../../src/delivery/shares.ts";
import { createWindows } from "../../src/delivery/window.ts";
import type { Windows } from "../../src/delivery/window.ts";
import type { ClaimedDelivery } from "../../src/outbox/contract.ts";

function claimed(id: string, uid: string, bytes: number): ClaimedDelivery {
  const event = { id: `of-${id}`, type: "t", provider: "cloudevents", time: "", data: null, body: null };
  const delivery = {
    id,
    eventId: event.id,
    eventType: "t",
    integrationUid: uid,
    integration: uid,
    kind: "bellhop/integration",
    status: "delivering" as const,
    attempts: 0,
    attemptsInRound: 0,
    createdAt: 0,
    trigger: "schedule" as const,
  };
  return { delivery, event, bytes };
}

/** A quick answer, or a request that is old. */
function become(windows: Windows, uid: string, what: "proven" | "slow"): void {
  const window = windows.of(uid);
  window.started();
  if (what === "slow") window.grewOld();
  else window.ended("delivered", false);
}

function side(holds: Readonly<Record<string, number>>): { hand: Hand; windows: Windows } {
  const hand = createHand();
  const windows = createWindows(16);
  hand.take(Object.entries(holds).map(([uid, bytes]) => claimed(`of-${uid}`, uid, bytes)));
  return { hand, windows };
}

describe("what is at hand", () => {
  it("has its names until it is let go for the last time", () => {
    const hand = createHand();
    hand.take([claimed("1", "a", 10), claimed("2", "b", 5)]);
    hand.take([claimed("1", "a", 10)]);
    const first = { integration: "a", event: "of-1", type: "t" };
    expect([...hand.letGo(["1", "unknown"])]).toEqual([["1", first]]);
    expect([...hand.letGo(["1", "2"])]).toEqual([
      ["1", first],
      ["2", { integration: "b", event: "of-2", type: "t" }],
    ]);
    expect([...hand.letGo(["1", "2"])]).toEqual([]);
  });

  it("counts by integration until it is let go", () => {
    const hand = createHand();
    hand.take([claimed("1", "a", 10), claimed("2", "a", 5), claimed("3", "b", 1)]);
    expect([hand.bytes(), ...hand.byIntegration()]).toEqual([16, ["a", 15], ["b", 1]]);
    hand.letGo(["1", "3", "unknown"]);
    expect([hand.bytes(), ...hand.byIntegration()]).toEqual([5, ["a", 5]]);
    hand.letGo(["2", "1"]);
    expect([hand.bytes(), ...hand.byIntegration()]).toEqual([0]);
  });

  it("counts one that is claimed again before it is known that it was given back", () => {
    const hand = createHand();
    hand.take([claimed("1", "a", 10)]);
    hand.take([claimed("1", "a", 10)]);
    hand.letGo(["1"]);
    expect(hand.bytes()).toBe(10);
    hand.letGo(["1"]);
    expect(hand.bytes()).toBe(0);
  });
});

describe("the shares of what is at hand", () => {
  it("leave room for a whole claim, or are empty", () => {
    expect(hasBytes(side({ a: BYTES_AT_HAND - BYTES_PER_CLAIM }).hand)).toBe(true);
    expect(hasBytes(side({ a: BYTES_AT_HAND - BYTES_PER_CLAIM + 1 }).hand)).toBe(false);
    expect(hasBytes(side({}).hand)).toBe(true);
  });

  it("give no integration more than half, however well it answers", () => {
    const most = BYTES_AT_HAND / 2 - BYTES_PER_CLAIM;
    const { hand, windows } = side({ a: most + 1, b: most });
    for (const uid of ["a", "b", "c"]) become(windows, uid, "proven");
    const shares = sharesNow(hand, windows);
    expect(shares).toMatchObject({ full: ["a"], isCrowded: false });
    expect(["a", "b", "c"].map((uid) => shares.isBarred(uid))).toEqual([true, false, false]);
  });

  it("give slow ones together a quarter, and what is left of half to those of which nothing is known", () => {
    const { hand, windows } = side({ hangs: BYTES_PER_CLAIM, too: 1 });
    for (const uid of ["hangs", "too", "idle"]) become(windows, uid, "slow");
    become(windows, "good", "proven");
    const barred = (): readonly boolean[] => {
      const shares = sharesNow(hand, windows);
      return [...["hangs", "idle", "new", "good"].map((uid) => shares.isBarred(uid)), shares.isCrowded];
    };
    expect(barred()).toEqual([true, true, false, false, false]);
    hand.letGo(["of-too"]);
    expect(barred()).toEqual([false, false, false, false, false]);
    hand.take([claimed("1", "unheard", BYTES_AT_HAND / 2 - 2 * BYTES_PER_CLAIM)]);
    expect(barred()).toEqual([false, false, false, false, false]);
    hand.take([claimed("2", "unheard", 1)]);
    expect(barred()).toEqual([true, true, true, false, true]);
  });

  it("let one through that is larger than its share while nothing else of it is at hand", () => {
    const { hand, windows } = side({ good: BYTES_AT_HAND / 2 });
    become(windows, "good", "proven");
    become(windows, "hangs", "slow");
    expect(sharesNow(hand, windows).isBarred("hangs")).toBe(false);
    hand.take([claimed("1", "hangs", 1e12)]);
    expect(sharesNow(hand, windows).isBarred("hangs")).toBe(true);
    hand.letGo(["1"]);
    expect(sharesNow(hand, windows).isBarred("hangs")).toBe(false);
  });
});
