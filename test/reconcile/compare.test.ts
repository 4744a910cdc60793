/** What becomes of an integration whose object is there, word for word. */
import { describe, expect, test } from "vitest";
import type { KindSpec } from "../../src/model/field.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Fields } from "../../src/model/value.ts";
import type { PlanInput } from "../../src/reconcile/input.ts";
import type { InventoryEntry } from "../../src/state/contract.ts";
import { desired, entry, hook, inventory, kinds, manage, observed, target } from "../support/acme.ts";
import { said, refused } from "../support/plan-said.ts";

const a = desired("a");

describe("what is there", () => {
  const there = observed("1", { name: "a" }, { key: "a" });

  test.for<[string, Partial<PlanInput>, Record<string, unknown>]>([
    [
      "and lost its key in a store is written again",
      {
        targets: [target([observed("1", { name: "a" })], { keepsKeys: true })],
        inventory: inventory(entry(a, "1")),
      },
      { changes: [["update a house 1", [], [], { name: "a" }]] },
    ],
    [
      "and never had a key where none are kept needs nothing",
      { targets: [target([observed("1", { name: "a" })])], inventory: inventory(entry(a, "1")) },
      {},
    ],
    [
      "and is ours in a store needs nothing, whoever wrote it",
      {
        targets: [target([{ ...there, project: "other" }], { keepsKeys: true })],
        inventory: inventory(entry(a, "1")),
        project: "ours",
      },
      {},
    ],
    [
      "with another project's mark is written when it is adopted",
      {
        desired: [desired("a", {}, { manage: manage({ adopt: "1" }) })],
        targets: [target([{ ...there, project: "other" }], { keepsKeys: true })],
        project: "ours",
      },
      { changes: [["adopt a house 1", [], [], { name: "a" }]] },
    ],
    [
      "with another project's mark where no keys are kept is adopted as it is",
      {
        desired: [desired("a", {}, { manage: manage({ adopt: "1" }) })],
        targets: [target([{ ...there, project: "other" }])],
        project: "ours",
      },
      { changes: [["adopt a house 1", [], [], undefined]] },
    ],
    [
      "and has become somebody else's is refused, and listed no second time",
      {
        targets: [target([{ ...there, foreign: "made by Slack" }])],
        inventory: inventory(entry(a, "1")),
      },
      {
        blocked: [
          refused({
            op: "update",
            remoteId: "1",
            why: "it is not ours: made by Slack",
            hint: "remove the block, or use another name",
          }),
        ],
      },
    ],
  ])("%s", ([, over, expected]) => expect(said({ desired: [a], ...over })).toEqual(expected));

  test("of which only the beginning comes back is judged by memory", () => {
    const one = desired("a", { url: new Secret("https://h.example/t0ken") });
    const clipped = observed(
      "1",
      { name: "a", url: new Secret("https://h.example/") },
      { clipped: ["url"], version: "1" },
    );
    const plan = (object: typeof clipped): Record<string, unknown> =>
      said({
        desired: [one],
        targets: [target([object])],
        inventory: inventory(entry(one, "1", { version: "1" })),
      });
    expect(plan(clipped)).toEqual({});
    expect(plan({ ...clipped, clipped: [] })).toMatchObject({
      changes: [["update a house 1", ["url drift"], [], one.spec]],
    });
  });
});

describe("a new object in place of an old one", () => {
  const kind: KindSpec = {
    ...hook,
    fields: { ...hook.fields, shape: { type: "string", description: "", forceNew: true } },
  };
  const wanted = (over: Parameters<typeof manage>[0] = {}): ReturnType<typeof desired> =>
    desired("a", { style: "new", shape: "new", steps: ["x"] }, { manage: manage(over) });
  const plan = (one: ReturnType<typeof desired>, ...entries: readonly InventoryEntry[]): unknown =>
    said({
      desired: [one],
      targets: [target([observed("1", { name: "a", style: "old", shape: "old" })])],
      inventory: inventory(...entries),
      kinds: { ...kinds, "acme/hook": kind },
    });

  test("is refused for what is protected, and for what is not ours yet", () => {
    const why = "shape and style cannot be changed without a new object, and it is";
    expect(plan(wanted({ protect: true }), entry(a, "1"))).toEqual({
      blocked: [
        refused({
          op: "replace",
          remoteId: "1",
          why: `${why} protected`,
          hint: "set protect: false to allow it",
        }),
      ],
    });
    expect(plan(wanted({ adopt: "1" }))).toEqual({
      blocked: [
        refused({
          op: "replace",
          remoteId: "1",
          why: `${why} not ours yet`,
          hint: "declare it as it is, adopt it, and change it afterwards",
        }),
      ],
    });
  });

  test("says that it is not protected any more, and by whom it may go", () => {
    expect(plan(wanted({ onRemove: "orphan" }), entry(a, "1", { protect: true }))).toMatchObject({
      changes: [
        [
          "replace a house 1",
          expect.anything(),
          ["deletes 1 first", "is not protected any more", "onRemove is orphan, and was delete"],
          expect.anything(),
        ],
      ],
    });
  });

  test("is planned with every difference", () => {
    expect(plan(wanted(), entry(a, "1"))).toEqual({
      changes: [
        [
          "replace a house 1",
          ["shape forces replacement", "steps changed", "style forces replacement"],
          ["deletes 1 first"],
          wanted().spec,
        ],
      ],
    });
  });
});

describe("the terms of its removal", () => {
  const plan = (over: Parameters<typeof manage>[0], was: Partial<InventoryEntry>): unknown =>
    said({
      desired: [desired("a", {}, { manage: manage(over) })],
      targets: [target([observed("1", { name: "a" })])],
      inventory: inventory(entry(a, "1", was)),
    });
  const update = (...sideEffects: readonly string[]): unknown => ({
    changes: [["update a house 1", [], sideEffects, undefined]],
  });

  test.for<[string, Parameters<typeof manage>[0], Partial<InventoryEntry>, unknown]>([
    ["are planned when it gets protected", { protect: true }, {}, update("is protected from now on")],
    ["are planned when it loses that", {}, { protect: true }, update("is not protected any more")],
    ["are left alone when it stays protected", { protect: true }, { protect: true }, {}],
    [
      "are planned when a removal does something else",
      { onRemove: "confirm" },
      { onRemove: "orphan" },
      update("onRemove is confirm, and was orphan"),
    ],
    ["are left alone when a removal does the same", { onRemove: "confirm" }, { onRemove: "confirm" }, {}],
    [
      "are all planned at once",
      { onRemove: "orphan" },
      { protect: true },
      update("is not protected any more", "onRemove is orphan, and was delete"),
    ],
  ])("%s", ([, over, was, expected]) => expect(plan(over, was)).toEqual(expected));

  test("are no change of an adoption", () => {
    expect(
      said({
        desired: [desired("a", {}, { manage: manage({ adopt: "1", protect: true }) })],
        targets: [target([observed("1", { name: "a" })])],
      }),
    ).toEqual({ changes: [["adopt a house 1", [], [], undefined]] });
  });
});

describe("what was seen and is not changed", () => {
  const one = desired("a", { token: new Secret("t0ken") });
  const MOVED =
    "possibly changed remotely: the object was written since, and its secrets cannot be read back";
  const BLIND =
    "unverifiable: its secrets cannot be read back, and nothing tells whether somebody wrote the object";

  test.for<[string, string | undefined, string | undefined, string | undefined]>([
    ["the same version", "1", "1", undefined],
    ["another version", "1", "2", MOVED],
    ["a version that was not known before", undefined, "2", undefined],
    ["a version that is gone", "1", undefined, BLIND],
    ["no version", undefined, undefined, BLIND],
  ])("with %s", ([, known, seen, why]) => {
    const object = (fields: Fields): ReturnType<typeof observed> =>
      observed("1", fields, seen === undefined ? {} : { version: seen });
    const plan = (wanted: typeof one, fields: Fields): Record<string, unknown> =>
      said({
        desired: [wanted],
        targets: [target([object(fields)])],
        inventory: inventory(entry(wanted, "1", known === undefined ? {} : { version: known })),
      });
    const unknown = why === undefined ? {} : { unknown: [{ key: "a", target: "house", path: null, why }] };
    expect(plan(one, { name: "a" })).toEqual(unknown);
    expect(plan(a, { name: "a" })).toEqual({});
    // Then the secret is sent again anyway.
    expect(Object.keys(plan(one, { name: "x" }))).toEqual(["changes"]);
  });

  test("names every ignored difference", () => {
    const ignoring = desired("a", {}, { manage: manage({ ignore: ["steps", "options"] }) });
    expect(
      said({
        desired: [ignoring],
        targets: [target([observed("1", { name: "a", steps: ["y"], options: { note: "n" } })])],
        inventory: inventory(entry(ignoring, "1")),
      }),
    ).toEqual({
      kept: [
        {
          key: "a",
          kind: "acme/hook",
          target: "house",
          remoteId: "1",
          why: "ignored: options.note, steps differs",
        },
      ],
    });
  });
});

test.for([
  ["hides what never comes back: it is sent as declared", false, { name: "a", hidden: "h" }],
  ["shows everything: nothing is sent of what it has not", true, { name: "a" }],
] as const)("of an ignored field, a target that %s", ([, keepsKeys, sent]) => {
  const one = desired("a", { hidden: "h" }, { manage: manage({ ignore: ["hidden"] }) });
  const plan = said({
    desired: [one],
    targets: [target([observed("1", { name: "x" }, { key: "a" })], { keepsKeys })],
    inventory: inventory(entry(one, "1")),
    kinds: { ...kinds, "acme/hook": { ...hook, update: "PUT" } },
  });
  expect(plan["changes"]).toEqual([["update a house 1", ["name drift"], [], sent]]);
});
