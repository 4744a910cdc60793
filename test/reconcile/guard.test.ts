import { describe, expect, test } from "vitest";
import type { Plan } from "../../src/model/plan.ts";
import type { Planned, PlanInput } from "../../src/reconcile/input.ts";
import { acknowledges, isAcknowledgement, standing } from "../../src/reconcile/guard.ts";
import { makePlan } from "../../src/reconcile/plan.ts";
import { desired, entry, input, inventory, manage, observed, target } from "../support/acme.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `k${index}`);

interface World {
  /** In the inventory. */
  readonly recorded: number;
  /** Of those, the first so many still exist. */
  readonly present?: number;
  /** Of those, the first so many are declared. */
  readonly declared: number;
  /** Declared as well, and in the inventory not. */
  readonly fresh?: number;
  readonly over?: Partial<Parameters<typeof target>[1] & object>;
  readonly destroy?: boolean;
}

function planOf({ recorded, present = recorded, declared, fresh = 0, over, destroy = false }: World): Plan {
  const all = names(recorded).map((name) => desired(name));
  const objects = all.slice(0, present).map(({ key }) => observed(`id-${key}`, { name: key }));
  const added = Array.from({ length: fresh }, (_, index) => desired(`new${index}`));
  const made: Partial<PlanInput> = {
    desired: [...all.slice(0, declared), ...added],
    targets: [target(objects, over)],
    inventory: inventory(...all.map((one) => entry(one, `id-${one.key}`))),
    destroy,
  };
  return makePlan(input(made)).plan;
}

const reasons = (plan: Plan): string[] => plan.blocked.map(({ guard, why }) => `${guard}: ${why}`);

describe("how many deletions a target takes", () => {
  test.for<[string, World, string[]]>([
    ["one of two", { recorded: 2, declared: 1 }, []],
    [
      "both of two",
      { recorded: 2, declared: 0, fresh: 1 },
      ["deletes: all of its 2 objects would be deleted"],
    ],
    ["the only one", { recorded: 1, declared: 0, fresh: 1 }, []],
    ["eight of nine", { recorded: 9, declared: 1 }, []],
    [
      "nine of nine",
      { recorded: 9, declared: 0, fresh: 1 },
      ["deletes: all of its 9 objects would be deleted"],
    ],
    ["three of ten, just the share", { recorded: 10, declared: 7 }, []],
    [
      "four of ten",
      { recorded: 10, declared: 6 },
      ["deletes: 4 objects of 10 would be deleted (40 %), and guards.maxDeletePercent is 30"],
    ],
    ["30 %", { recorded: 60, declared: 42 }, []],
    [
      "31 %",
      { recorded: 58, declared: 40 },
      ["deletes: 18 objects of 58 would be deleted (31 %), and guards.maxDeletePercent is 30"],
    ],
    ["twenty of a hundred", { recorded: 100, declared: 80 }, []],
    [
      "twenty-one of a hundred",
      { recorded: 100, declared: 79 },
      ["deletes: 21 objects would be deleted, and guards.maxDeletes is 20"],
    ],
    [
      "a number of its own",
      { recorded: 9, declared: 7, over: { guards: { maxDeletes: 1, maxDeletePercent: 100 } } },
      ["deletes: 2 objects would be deleted, and guards.maxDeletes is 1"],
    ],
    [
      "no deletion at all",
      { recorded: 9, declared: 8, over: { guards: { maxDeletes: 0, maxDeletePercent: 30 } } },
      ["deletes: 1 object would be deleted, and guards.maxDeletes is 0"],
    ],
    [
      "a share of its own",
      { recorded: 20, declared: 18, over: { guards: { maxDeletes: 20, maxDeletePercent: 9 } } },
      ["deletes: 2 objects of 20 would be deleted (10 %), and guards.maxDeletePercent is 9"],
    ],
    [
      "everything, where the share says so",
      { recorded: 12, declared: 0, fresh: 1, over: { guards: { maxDeletes: 20, maxDeletePercent: 100 } } },
      [],
    ],
    [
      "nothing declared",
      { recorded: 1, declared: 0 },
      ["empty: no integration is declared at all: 1 object would be deleted"],
    ],
    [
      "nothing declared, of many",
      { recorded: 30, declared: 0 },
      ["empty: no integration is declared at all: 30 objects would be deleted, and guards.maxDeletes is 20"],
    ],
    ["nothing declared and nothing recorded", { recorded: 0, declared: 0 }, []],
    [
      "all that is left, though more was recorded",
      { recorded: 4, present: 2, declared: 0, fresh: 1 },
      ["deletes: all of its 2 objects would be deleted"],
    ],
    ["destroy", { recorded: 30, declared: 0, destroy: true }, []],
  ])("%s", ([, world, expected]) => expect(reasons(planOf(world))).toEqual(expected));

  test("replacements count", () => {
    const all = names(3).map((name) => desired(name, { style: "old" }));
    const planned = makePlan(
      input({
        desired: [...all.slice(0, 2).map((one) => desired(one.key, { style: "new" })), desired("other")],
        targets: [target(all.map(({ key }) => observed(`id-${key}`, { name: key, style: "old" })))],
        inventory: inventory(...all.map((one) => entry(one, `id-${one.key}`))),
      }),
    );
    expect(planned.plan.summary).toMatchObject({ replace: 2, delete: 1 });
    expect(reasons(planned.plan)).toEqual([
      "deletes: all of its 3 objects (2 to be replaced) would be deleted",
    ]);
  });

  test("every target is counted alone", () => {
    const here = desired("here");
    const there = names(3).map((name) => desired(name, {}, { target: "yard" }));
    const planned = makePlan(
      input({
        desired: [here],
        targets: [
          target([observed("id-here", { name: "here" })]),
          target(
            there.map(({ key }) => observed(`id-${key}`, { name: key })),
            { name: "yard", place: "yard" },
          ),
        ],
        inventory: inventory(entry(here, "id-here"), ...there.map((one) => entry(one, `id-${one.key}`))),
      }),
    );
    expect(planned.plan.blocked).toMatchObject([{ target: "yard", guard: "deletes", key: null, kind: null }]);
  });

  test("in an exclusive target strangers are deleted, and count", () => {
    const strangers = names(11).map((name) => observed(name, { name }));
    const over = { ownership: "exclusive" } as const;
    const plan = (objects: typeof strangers): Planned =>
      makePlan(input({ desired: [desired("a")], targets: [target(objects, over)] }));
    expect(reasons(plan(strangers).plan)).toEqual([
      "deletes: 11 objects of 11 would be deleted (100 %), and guards.maxDeletePercent is 30",
    ]);
    const foreign = strangers.slice(1).map((one) => ({ ...one, foreign: "made by another tool" }));
    expect(reasons(plan([...strangers.slice(0, 1), ...foreign]).plan)).toEqual([]);
  });
});

describe("a target that lists too little", () => {
  test.for<[string, World, string[]]>([
    ["one of one is gone: drift", { recorded: 1, present: 0, declared: 1 }, []],
    ["one of two is gone: drift", { recorded: 2, present: 1, declared: 2 }, []],
    [
      "both of two are gone",
      { recorded: 2, present: 0, declared: 2 },
      ["listing: the target lists none of the 2 objects that the inventory has there"],
    ],
    [
      "two of three are gone",
      { recorded: 3, present: 1, declared: 3 },
      ["listing: the target lists only 1 of the 3 objects that the inventory has there"],
    ],
    ["half is left", { recorded: 10, present: 5, declared: 10 }, []],
    [
      "less than half is left",
      { recorded: 10, present: 4, declared: 10 },
      ["listing: the target lists only 4 of the 10 objects that the inventory has there"],
    ],
    ["destroy", { recorded: 10, present: 0, declared: 0, destroy: true }, []],
  ])("%s", ([, world, expected]) => expect(reasons(planOf(world))).toEqual(expected));

  test("says what would be done: created again, or forgotten", () => {
    const op = (world: World): unknown => planOf(world).blocked[0]?.op;
    expect(op({ recorded: 4, present: 0, declared: 4 })).toBe("create");
    expect(op({ recorded: 4, present: 0, declared: 0 })).toBe("forget");
  });
});

describe("what a guard says, whole", () => {
  const house = (op: string, guard: string, why: string, digest: string): unknown => ({
    op,
    key: null,
    kind: null,
    target: "house",
    remoteId: null,
    why,
    hint: `if it is meant: bellhop apply --ack-deletes ${digest.slice(0, 12)} (good for this plan only)`,
    guard,
  });

  test.for<[World, string, string, string]>([
    [{ recorded: 2, declared: 0, fresh: 1 }, "delete", "deletes", "all of its 2 objects would be deleted"],
    [
      { recorded: 1, declared: 0 },
      "delete",
      "empty",
      "no integration is declared at all: 1 object would be deleted",
    ],
    [
      { recorded: 2, present: 0, declared: 2 },
      "create",
      "listing",
      "the target lists none of the 2 objects that the inventory has there",
    ],
  ])("%o", ([world, op, kind, why]) => {
    const plan = planOf(world);
    expect(plan.blocked).toEqual([house(op, kind, why, plan.digest)]);
  });

  test("all of ours would go is said whatever strangers there are", () => {
    const ours = names(2).map((name) => desired(name));
    const objects = [...ours.map(({ key }) => key), "x", "y", "z"].map((name) =>
      observed(`id-${name}`, { name }),
    );
    const { plan } = makePlan(
      input({
        desired: [desired("fresh")],
        targets: [target(objects)],
        inventory: inventory(...ours.map((one) => entry(one, `id-${one.key}`))),
      }),
    );
    expect(reasons(plan)).toEqual(["deletes: all of its 2 objects would be deleted"]);
  });

  test("of what another target has nothing is said", () => {
    const ours = names(2).map((name) => entry(desired(name), `id-${name}`));
    const yard = target([], { name: "yard", place: "yard" });
    const { plan } = makePlan(
      input({
        desired: [desired("fresh", {}, { target: "yard" })],
        targets: [target([]), yard],
        inventory: inventory(...ours),
      }),
    );
    expect(plan.blocked).toMatchObject([{ op: "forget", target: "house", guard: "listing" }]);
    const both = makePlan(
      input({
        desired: [desired("k0"), desired("fresh", {}, { target: "yard" })],
        targets: [target([]), yard],
        inventory: inventory(...ours),
      }),
    );
    expect(both.plan.blocked).toMatchObject([{ op: "create", target: "house", guard: "listing" }]);
  });

  test("what is not ours counts for nothing in an exclusive target", () => {
    const mine = names(2).map((name) => observed(name, { name }));
    const theirs = ["x", "y"].map((name) => observed(name, { name }, { foreign: "made by another tool" }));
    const objects = [...mine, ...theirs];
    const { plan } = makePlan(
      input({ desired: [desired("fresh")], targets: [target(objects, { ownership: "exclusive" })] }),
    );
    expect(reasons(plan)).toEqual(["deletes: all of its 2 objects would be deleted"]);
  });
});

describe("onRemove: confirm", () => {
  const guarded = desired("a", {}, { manage: manage({ onRemove: "confirm" }) });
  const removing = (over: Partial<PlanInput> = {}): Planned =>
    makePlan(
      input({
        desired: [desired("b")],
        targets: [target([observed("1", { name: "a" })])],
        inventory: inventory(entry(guarded, "1")),
        ...over,
      }),
    );

  test("plans the deletion and blocks it until it is acknowledged", () => {
    const { plan } = removing();
    expect(plan.changes.map(({ op, key }) => `${op} ${key}`)).toEqual(["delete a", "create b"]);
    expect(plan.blocked).toEqual([
      {
        op: "delete",
        key: "a",
        kind: "acme/hook",
        target: "house",
        remoteId: "1",
        why: "onRemove says that its deletion must be confirmed",
        hint: expect.stringContaining(`bellhop apply --ack-deletes ${plan.digest.slice(0, 12)}`),
        guard: "confirm",
      },
    ]);
    expect(standing(plan, plan.digest.slice(0, 8))).toEqual([]);
  });

  test("destroy needs none", () => {
    expect(removing({ destroy: true }).plan.blocked).toEqual([]);
  });

  test("of a key that stands for another kind now: the old object waits, and so does all else", () => {
    const moved = desired("a", { to: {} }, { kind: "acme/route" });
    const { plan } = removing({ desired: [moved] });
    expect(plan.changes.map(({ op, kind }) => `${op} ${kind}`)).toEqual([
      "delete acme/hook",
      "create acme/route",
    ]);
    expect(plan.blocked.map(({ guard }) => guard)).toEqual(["confirm"]);
  });
});

describe("an acknowledgement", () => {
  const plan = planOf({ recorded: 9, declared: 0, fresh: 1 });
  const other = planOf({ recorded: 8, declared: 0, fresh: 1 });

  test.for<[string, string | undefined, boolean]>([
    ["eight digits", plan.digest.slice(0, 8), true],
    ["the whole digest", plan.digest, true],
    ["nothing", undefined, false],
    ["an empty word", "", false],
    ["seven digits", plan.digest.slice(0, 7), false],
    ["more than the digest", `${plan.digest}0`, false],
    ["digits from its middle", plan.digest.slice(8, 20), false],
    ["capitals", plan.digest.slice(0, 8).toUpperCase().replaceAll(/[0-9]/g, "A"), false],
    ["another plan's digest", other.digest, false],
    ["a pattern", ".{8}", false],
  ])("%s", ([, word, expected]) => {
    expect(acknowledges(word, plan)).toBe(expected);
    expect(standing(plan, word)).toHaveLength(expected ? 0 : 1);
  });

  test("does not lift what is no guard", () => {
    const protectedOne = desired("p");
    const { plan: mixed } = makePlan(
      input({
        targets: [target([observed("1", { name: "p" }), observed("2", { name: "q" })])],
        inventory: inventory(entry(protectedOne, "1", { protect: true }), entry(desired("q"), "2")),
      }),
    );
    expect(mixed.blocked.map(({ guard }) => guard)).toEqual(["empty", undefined]);
    expect(standing(mixed, mixed.digest).map(({ key }) => key)).toEqual(["p"]);
  });

  test.for(["", "1234567", "123456789g", "12345678 ", "A2345678"])("cannot be %j", (word) => {
    expect(isAcknowledgement(word)).toBe(false);
  });
});
