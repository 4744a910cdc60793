/** What becomes of what is no longer declared, word for word. */
import { describe, expect, test } from "vitest";
import type { PlanInput } from "../../src/reconcile/input.ts";
import { makePlan } from "../../src/reconcile/plan.ts";
import { replaceReferences } from "../../src/reconcile/references.ts";
import type { InventoryEntry } from "../../src/state/contract.ts";
import { desired, entry, input, inventory, kinds, observed, target } from "../support/acme.ts";
import { said } from "../support/plan-said.ts";

const was = (over: Partial<InventoryEntry> = {}): PlanInput["inventory"] =>
  inventory(entry(desired("a"), "1", over));
const there = observed("1", { name: "a" });
const kept = (why: string, over: object = {}): unknown => ({
  key: "a",
  kind: "acme/hook",
  target: "house",
  remoteId: "1",
  why,
  ...over,
});

describe("what is in the inventory", () => {
  test.for<[string, Partial<PlanInput>, Record<string, unknown>]>([
    [
      "and has become somebody else's is left alone",
      { targets: [target([{ ...there, foreign: "made by Slack" }])], inventory: was() },
      { kept: [kept("not ours: made by Slack")] },
    ],
    [
      "and lives in a target that could not be looked at is left alone",
      { targets: [], inventory: was(), unread: new Map([["house", "house answered 500"]]) },
      { unknown: [{ key: "a", target: "house", path: null, why: "house answered 500" }] },
    ],
    [
      "and lived where one cannot look any more, which is said once",
      {
        targets: [],
        inventory: was(),
        unread: new Map([["house", "house answered 500"]]),
        former: new Map([["house", "it was in the store of before"]]),
      },
      { unknown: [{ key: "a", target: "house", path: null, why: "house answered 500" }] },
    ],
    [
      "and lived at a place of before is deleted there",
      {
        targets: [target([there])],
        inventory: was(),
        former: new Map([["house", "it was in the store of before"]]),
        destroy: true,
      },
      { changes: [["delete a house 1", [], ["it was in the store of before"], undefined]] },
    ],
    [
      "and is to be orphaned is forgotten, and stays",
      { targets: [target([there])], inventory: was({ onRemove: "orphan" }) },
      {
        changes: [["forget a house 1", [], ["the object stays where it is"], undefined]],
        kept: [kept("orphaned: onRemove says to leave it where it is")],
      },
    ],
    [
      "and is protected is refused",
      { desired: [desired("b")], targets: [target([there])], inventory: was({ protect: true }) },
      {
        changes: [["create b house -", ["name changed"], [], { name: "b" }]],
        kept: [kept("protected: put it back with protect: false and apply, to be able to remove it")],
        blocked: [
          {
            op: "delete",
            key: "a",
            kind: "acme/hook",
            target: "house",
            remoteId: "1",
            why: "it is protected, and removing its block does not remove the protection",
            hint: "put a back with protect: false, apply, and remove it again",
          },
        ],
      },
    ],
    [
      "and is gone is forgotten",
      { inventory: was() },
      { changes: [["forget a house 1", [], [], undefined]] },
    ],
  ])("%s", ([, over, expected]) => expect(said(over)).toEqual(expected));

  test.for<[string, Partial<InventoryEntry>, Parameters<typeof target>[0]]>([
    ["is gone", {}, []],
    ["is to be orphaned", { onRemove: "orphan" }, [there]],
  ])("and %s: nothing need hold when it is forgotten", ([, over, objects]) => {
    const [change] = makePlan(input({ targets: [target(objects)], inventory: was(over) })).plan.changes;
    expect(change).toMatchObject({ op: "forget", precondition: { none: true } });
  });

  test("and is of a kind that is not known any more is deleted as it is", () => {
    const odd = { ...there, kind: "acme/none" };
    const made = makePlan(input({ targets: [target([odd])], inventory: was({ kind: "acme/none" }) }));
    expect(made.plan.changes).toEqual([
      {
        op: "delete",
        key: "a",
        kind: "acme/none",
        target: "house",
        remoteId: "1",
        fields: [],
        precondition: { none: true },
        sideEffects: [],
        source: null,
        drift: false,
      },
    ]);
  });

  test.for<[string, Partial<InventoryEntry>, Parameters<typeof target>[0], string[]]>([
    ["once the old object is gone", {}, [there], ["delete a", "create a"]],
    ["once the old one, which is gone, is forgotten", {}, [], ["forget a", "create a"]],
    ["once the old one is left to itself", { onRemove: "orphan" }, [there], ["forget a", "create a"]],
  ])("and is another kind now is created %s", ([, over, objects, expected]) => {
    const route = desired("a", { to: {} }, { kind: "acme/route" });
    const { plan } = makePlan(input({ desired: [route], targets: [target(objects)], inventory: was(over) }));
    expect(plan.changes.map(({ op, key }) => `${op} ${key}`)).toEqual(expected);
    expect(plan.blocked).toEqual([]);
  });
});

describe("what nobody manages", () => {
  test("is deleted in a target of ours, by its own name", () => {
    const exclusive = target([{ ...there, key: "z" }, observed("2", {}), observed("3", { name: "y" })], {
      ownership: "exclusive",
      guards: { maxDeletes: 9, maxDeletePercent: 100 },
    });
    const never = ["was never in the inventory: the target is exclusively ours"];
    expect(said({ targets: [exclusive], desired: [desired("b")] })).toMatchObject({
      changes: [
        ["delete acme/hook:2 house 2", [], never, undefined],
        ["delete acme/hook:3 house 3", [], never, undefined],
        ["create b house -", ["name changed"], [], { name: "b" }],
        ["delete z house 1", [], never, undefined],
      ],
    });
  });

  test("is listed once, whichever targets look at the place, and not at all when all is destroyed", () => {
    const two = [target([there]), target([there], { name: "also" })];
    const free = kept('unmanaged: not in the inventory; manage: { adopt: "1" } takes it over', { key: null });
    expect(said({ targets: two })).toEqual({ kept: [free] });
    expect(said({ targets: two, destroy: true, desired: [desired("b")] })).toEqual({});
  });
});

test("a hook goes after the route that named it, and before another takes its name", () => {
  const hook = desired("h", { name: "n" });
  const route = desired("r", { to: { hooks: [{ ref: "h" }] } }, { kind: "acme/route" });
  const objects = [hook, route].map((one) =>
    observed(
      `id-${one.key}`,
      replaceReferences(kinds[one.kind as "acme/hook"], one.spec, (key) => `id-${key}`),
      { kind: one.kind },
    ),
  );
  const { steps } = makePlan(
    input({
      desired: [desired("new", { name: "n" })],
      targets: [target(objects)],
      inventory: inventory(entry(hook, "id-h"), entry(route, "id-r")),
    }),
  );
  expect(steps.map(({ change, level, dependsOn }) => [change.op, change.key, level, dependsOn])).toEqual([
    ["create", "new", 0, []],
    ["delete", "r", 0, []],
    ["delete", "h", 1, [1]],
  ]);
});
