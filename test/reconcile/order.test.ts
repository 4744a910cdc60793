/** In which order drafted changes stand, and for which of them each waits. */
import { describe, expect, test } from "vitest";
import type { Op } from "../../src/model/plan.ts";
import { newChange } from "../../src/reconcile/draft.ts";
import type { Drafted } from "../../src/reconcile/draft.ts";
import { orderChanges } from "../../src/reconcile/order.ts";

interface Parts {
  readonly kind?: string;
  readonly target?: string;
  readonly remoteId?: string;
  readonly references?: readonly string[];
  readonly former?: readonly string[];
  readonly name?: string;
}

function drafted(op: Op, key: string, parts: Parts = {}): Drafted {
  const { kind = "acme/hook", target = "house", remoteId, references = [], former = [], name } = parts;
  return {
    change: newChange({ key, kind, target }, { op, remoteId, precondition: { none: true } }),
    references,
    formerReferences: former,
    ...(name !== undefined && { name }),
  };
}

/** `level op key` with what it waits for; the same whatever the order of the drafts. */
function ordered(...drafts: readonly Drafted[]): string[] {
  const spell = (list: readonly Drafted[]): string[] => {
    const all = orderChanges(list);
    return all.map(({ drafted: { change }, level, dependsOn }) => {
      const waits = dependsOn.map((index) => all[index]?.drafted.change.key).join(",");
      const id = change.remoteId === undefined ? "" : `:${change.remoteId}`;
      return `${change.target} ${level} ${change.op} ${change.key}${id} <${waits}>`;
    });
  };
  const lines = spell(drafts);
  expect(spell(drafts.toReversed())).toEqual(lines);
  return lines;
}

describe("the order", () => {
  test("is by target, level, key, operation and id", () => {
    expect(
      ordered(
        drafted("update", "b", { target: "yard" }),
        drafted("create", "c", { references: ["d"] }),
        drafted("create", "d"),
        drafted("delete", "a", { remoteId: "2" }),
        drafted("delete", "a", { remoteId: "1" }),
        drafted("delete", "a", { remoteId: "Z" }),
        drafted("adopt", "a", { remoteId: "9" }),
        drafted("delete", "a"),
      ),
    ).toEqual([
      "house 0 adopt a:9 <>",
      "house 0 delete a <>",
      "house 0 delete a:1 <>",
      "house 0 delete a:2 <>",
      "house 0 delete a:Z <>",
      "house 0 create d <>",
      "house 1 create c <d>",
      "yard 0 update b <>",
    ]);
  });

  test.for<Op>(["create", "replace", "adopt", "update"])("what refers to a %s waits for it", (op) => {
    expect(ordered(drafted("update", "a", { references: ["b", "none"] }), drafted(op, "b"))).toEqual([
      `house 0 ${op} b <>`,
      "house 1 update a <b>",
    ]);
  });

  test.for<Op>(["delete", "forget"])("what refers to a %s does not wait for it; the %s waits", (op) => {
    expect(ordered(drafted("update", "a", { references: ["b"] }), drafted(op, "b"))).toEqual([
      "house 0 update a <>",
      `house 0 ${op} b <>`,
    ]);
    expect(
      ordered(
        drafted("update", "z", { former: ["b"] }),
        drafted("delete", "y", { former: ["b"] }),
        drafted(op, "b"),
      ),
    ).toEqual(["house 0 delete y <>", "house 0 update z <>", `house 1 ${op} b <y,z>`]);
  });

  test("waits are by index, also of more than ten and over targets", () => {
    const keys = Array.from({ length: 12 }, (_, index) => `k${String(index).padStart(2, "0")}`);
    const last = drafted("create", "a", { target: "yard", references: keys.toReversed() });
    const all = orderChanges([last, ...keys.map((key) => drafted("create", key))]);
    expect(all.at(-1)).toEqual({
      drafted: last,
      level: 1,
      dependsOn: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    });
  });

  test("levels count the longest way", () => {
    expect(
      ordered(
        drafted("create", "a", { references: ["b", "c"] }),
        drafted("create", "b", { references: ["c"] }),
        drafted("create", "c"),
      ),
    ).toEqual(["house 0 create c <>", "house 1 create b <c>", "house 2 create a <c,b>"]);
  });

  test("what refers to itself does not wait, and a circle ends", () => {
    expect(ordered(drafted("create", "a", { references: ["a"] }))).toEqual(["house 0 create a <>"]);
    const circle = [
      drafted("create", "a", { references: ["b"] }),
      drafted("create", "b", { references: ["a"] }),
    ];
    expect(orderChanges(circle).map(({ level }) => level)).toEqual([1, 2]);
  });
});

describe("a creation", () => {
  const named = { name: "n" };
  test("waits for the removal of its key, and for what frees its name", () => {
    expect(ordered(drafted("create", "a"), drafted("delete", "a", { remoteId: "1" }))).toEqual([
      "house 0 delete a:1 <>",
      "house 1 create a <a>",
    ]);
    expect(ordered(drafted("create", "a", named), drafted("delete", "b", named))).toEqual([
      "house 0 delete b <>",
      "house 1 create a <b>",
    ]);
  });

  test.for<[string, Drafted, Drafted]>([
    [
      "a name in another target",
      drafted("create", "a", named),
      drafted("delete", "b", { ...named, target: "yard" }),
    ],
    [
      "a name of another kind",
      drafted("create", "a", named),
      drafted("delete", "b", { ...named, kind: "acme/route" }),
    ],
    ["another name", drafted("create", "a", named), drafted("delete", "b", { name: "m" })],
    ["what has no name", drafted("create", "a"), drafted("delete", "b")],
    ["a name, when it is an update", drafted("update", "a", named), drafted("delete", "b", named)],
    ["a key, when it is an update", drafted("update", "a"), drafted("delete", "a")],
  ])("does not wait for %s", ([, one, other]) => {
    expect(orderChanges([one, other]).map(({ level }) => level)).toEqual([0, 0]);
  });

  test("does not wait for a name that is freed only after something else", () => {
    expect(
      ordered(
        drafted("create", "a", named),
        drafted("delete", "b", named),
        drafted("update", "c", { former: ["b"], references: ["a"] }),
      ),
    ).toEqual(["house 0 create a <>", "house 1 update c <a>", "house 2 delete b <c>"]);
  });
});
