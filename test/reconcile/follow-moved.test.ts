/** What came along with a target that is at another place now, and what an apply that was cut short was doing there. */
import { describe, expect, test } from "vitest";
import type { TargetConfig } from "../../src/model/config.ts";
import { followMoved } from "../../src/reconcile/addresses.ts";
import type { FormerTarget, Located } from "../../src/reconcile/addresses.ts";
import type { Intent } from "../../src/state/contract.ts";
import { desired, entry, inventory, observed, stateKey, target } from "../support/acme.ts";

const OLD = "house (old.json)";
const config: TargetConfig = {
  name: OLD,
  provider: "acme",
  ownership: "recorded",
  guards: { maxDeletes: 20, maxDeletePercent: 30 },
  source: { file: "notifications.yaml", line: 1, column: 1 },
};
const former = (over: Partial<FormerTarget> = {}): FormerTarget => ({
  name: OLD,
  config,
  why: "it moved",
  ...over,
});
const intent = (where: string): Intent => ({
  id: `i-${where}`,
  op: "delete",
  key: "x",
  kind: "acme/hook",
  target: where,
});

function located(over: {
  keys?: readonly string[];
  pending?: readonly Intent[];
  place?: FormerTarget;
}): Located {
  const { keys = [], pending, place = former() } = over;
  const entries = keys.map((key) => entry(desired(key, {}, { target: OLD }), key));
  const state = {
    formatVersion: 1,
    lineage: "l",
    serial: 1,
    fingerprintKey: stateKey,
    inventory: inventory(...entries),
    ...(pending !== undefined && { pending }),
  } as const;
  return { state, former: new Map([[OLD, place]]), renamed: true };
}
const house = (...keys: string[]): ReturnType<typeof target> =>
  target(keys.map((key) => observed(key, { name: key })));
const old = (...keys: string[]): ReturnType<typeof target> =>
  target(
    keys.map((key) => observed(key, { name: key })),
    { name: OLD, place: OLD },
  );

/** Where everything is said to be afterwards. */
function places({ state }: Located): unknown {
  const entries = Object.values(state.inventory).map(({ key, target: where }) => `${key} in ${where}`);
  return [entries, state.pending?.map(({ target: where }) => where)];
}

describe("a target at another place", () => {
  test("where nothing has another place everything stays as it is", () => {
    const nothing = { ...located({ keys: ["a"] }), former: new Map() };
    expect(followMoved(nothing, [house("a")])).toBe(nothing);
  });

  test("takes along what was being done to it, once all of it has come along", () => {
    const pending = [intent(OLD), intent("yard")];
    expect(places(followMoved(located({ keys: ["a", "b"], pending }), [house("a"), old()]))).toEqual([
      ["a in house", "b in house"],
      ["house", "yard"],
    ]);
  });

  test("leaves it there as long as anything is left", () => {
    const pending = [intent(OLD)];
    expect(places(followMoved(located({ keys: ["a", "b"], pending }), [house("a"), old("b")]))).toEqual([
      ["a in house", `b in ${OLD}`],
      [OLD],
    ]);
    expect(places(followMoved(located({ keys: ["a"], pending }), [house(), old()]))).toEqual([
      [`a in ${OLD}`],
      [OLD],
    ]);
  });

  test("is where one looks for what was being made at a place that cannot be opened and has nothing else", () => {
    const { config: _, ...closed } = former();
    const pending = [intent(OLD)];
    expect(places(followMoved(located({ pending, place: closed }), [house()]))).toEqual([[], ["house"]]);
    expect(places(followMoved(located({ keys: ["a"], pending, place: closed }), [house()]))).toEqual([
      [`a in ${OLD}`],
      [OLD],
    ]);
    expect(places(followMoved(located({ pending }), [house()]))).toEqual([[], [OLD]]);
  });

  test("that keeps keys has what carries the same key alone", () => {
    const marked = (key: string): ReturnType<typeof target> =>
      target([observed("a", { name: "a" }, { key })], { keepsKeys: true });
    expect(places(followMoved(located({ keys: ["a"] }), [marked("a"), old()]))).toEqual([
      ["a in house"],
      undefined,
    ]);
    expect(places(followMoved(located({ keys: ["a"] }), [marked("b"), old()]))).toEqual([
      [`a in ${OLD}`],
      undefined,
    ]);
  });
});
