/** What becomes of one declared integration: everything that the plan says of it, word for word. */
import { describe, expect, test } from "vitest";
import type { KindSpec } from "../../src/model/field.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Fields } from "../../src/model/value.ts";
import type { PlanInput } from "../../src/reconcile/input.ts";
import { makePlan } from "../../src/reconcile/plan.ts";
import type { InventoryEntry } from "../../src/state/contract.ts";
import { desired, entry, hook, input, inventory, kinds, manage, observed, target } from "../support/acme.ts";
import { created, refused, said } from "../support/plan-said.ts";

const a = desired("a");

describe("in a target that could not be looked at", () => {
  const unread = new Map([["house", "house answered 500"]]);
  const cannot = (key: string, where = "house"): unknown => ({
    key,
    target: where,
    path: null,
    why: "house answered 500",
  });
  const yard = (...objects: Parameters<typeof target>[0]): ReturnType<typeof target> =>
    target(objects, { name: "yard", place: "yard" });

  test("it stays as it is, with its earlier keys", () => {
    const one = desired("a", {}, { manage: manage({ previously: ["old", "never"] }) });
    expect(
      said({
        desired: [one],
        targets: [],
        unread,
        inventory: inventory(entry(a, "1"), entry(desired("old"), "2")),
      }),
    ).toEqual({ unknown: [cannot("a")] });
    expect(said({ desired: [a], targets: [], unread })).toEqual({ unknown: [cannot("a")] });
  });

  test("so does one that was there so far, under this key or an earlier one", () => {
    const one = desired("a", {}, { target: "yard", manage: manage({ previously: ["old"] }) });
    for (const key of ["a", "old"]) {
      expect(
        said({ desired: [one], targets: [yard()], unread, inventory: inventory(entry(desired(key), "1")) }),
      ).toEqual({ unknown: [cannot("a", "yard")] });
    }
    expect(said({ desired: [one], targets: [yard()], unread })).toEqual({ changes: [created("a", "yard")] });
  });

  test("it takes no key that another integration still has", () => {
    const one = desired("a", {}, { manage: manage({ previously: ["b"] }) });
    const b = desired("b", {}, { target: "yard" });
    expect(
      said({
        desired: [one, b],
        targets: [yard(observed("2", { name: "b" }))],
        unread,
        inventory: inventory(entry(b, "2")),
      }),
    ).toEqual({ unknown: [cannot("a")] });
  });

  test("what refers to it has the id that it had", () => {
    const route = desired("r", { to: { hooks: [{ ref: "a" }] } }, { kind: "acme/route", target: "yard" });
    const there = observed("9", { name: "r", to: { hooks: [{ id: "1" }] } }, { kind: "acme/route" });
    const plan = (...entries: readonly InventoryEntry[]): Record<string, unknown> =>
      said({
        desired: [a, route],
        targets: [yard(there)],
        unread,
        inventory: inventory(entry(route, "9"), ...entries),
      });
    expect(plan(entry(a, "1"))).toEqual({ unknown: [cannot("a")] });
    expect(plan()).toMatchObject({
      changes: [["update r yard 9", ["to.hooks changed"], [], route.spec]],
      unknown: [cannot("a")],
    });
  });
});

describe("an earlier key", () => {
  test("that is declared itself is not taken from it", () => {
    const one = desired("a", {}, { manage: manage({ previously: ["b"] }) });
    expect(
      said({
        desired: [one, desired("b")],
        targets: [target([observed("1", { name: "b" })])],
        inventory: inventory(entry(desired("b"), "1")),
      }),
    ).toEqual({ changes: [created("a")] });
  });

  test("is taken by the first of two", () => {
    const two = ["a", "b"].map((key) => desired(key, {}, { manage: manage({ previously: ["old"] }) }));
    expect(
      said({
        desired: two,
        targets: [target([observed("1", { name: "a" })])],
        inventory: inventory(entry(desired("old", { name: "a" }), "1")),
      }),
    ).toEqual({ changes: [["update a house 1", [], ["was old so far"], undefined], created("b")] });
  });

  test("marks an object in a store, which is taken by the first of two as well", () => {
    const two = ["a", "b"].map((key) => desired(key, {}, { manage: manage({ previously: ["old"] }) }));
    const marked = observed("1", { name: "x" }, { key: "old" });
    expect(said({ desired: two, targets: [target([marked], { keepsKeys: true })] })).toEqual({
      changes: [["adopt a house 1", ["name changed"], [], { name: "a" }], created("b")],
    });
  });
});

describe("a target with another name, or another target", () => {
  const was = entry(a, "1");

  test("that is gone, with an object that only has the same id, is not that of before", () => {
    expect(
      said({
        desired: [desired("a", {}, { target: "home" })],
        targets: [target([observed("1", { name: "x" }, { key: "other" })], { name: "home", place: "home" })],
        inventory: inventory(was),
      }),
    ).toEqual({
      kept: [
        {
          key: "other",
          kind: "acme/hook",
          target: "home",
          remoteId: "1",
          why: 'unmanaged: not in the inventory; manage: { adopt: "1" } takes it over',
        },
      ],
      blocked: [
        refused({
          target: "home",
          why: "its earlier object (acme/hook at house) stays, and one key cannot stand for two",
          hint: "declare house again to have it removed there, or let it go with bellhop state rm a",
        }),
      ],
      unknown: [
        {
          key: "a",
          target: "house",
          path: null,
          why: "its target is no longer declared; the object is left alone and stays in the inventory",
        },
      ],
    });
  });

  test("at another place has another object, though the ids are the same", () => {
    const two = [
      target([observed("1", { name: "a" })]),
      target([observed("1", { name: "x" })], { name: "other", place: "other" }),
    ];
    expect(
      said({ desired: [desired("a", {}, { target: "other" })], targets: two, inventory: inventory(was) }),
    ).toEqual({
      changes: [["delete a house 1", [], [], undefined], created("a", "other")],
      kept: [
        {
          key: null,
          kind: "acme/hook",
          target: "other",
          remoteId: "1",
          why: 'unmanaged: not in the inventory; manage: { adopt: "1" } takes it over',
        },
      ],
    });
  });

  test("over the same place has the same object", () => {
    const two = [
      target([observed("1", { name: "a" })]),
      target([observed("1", { name: "a" })], { name: "other" }),
    ];
    expect(
      said({ desired: [desired("a", {}, { target: "other" })], targets: two, inventory: inventory(was) }),
    ).toEqual({ changes: [["update a other 1", [], ["was in target house so far"], undefined]] });
  });

  test("waits for an object that must stay", () => {
    expect(
      said({
        desired: [desired("a", {}, { target: "other" })],
        targets: [target([observed("1", { name: "a" })]), target([], { name: "other", place: "other" })],
        inventory: inventory({ ...was, protect: true }),
      }),
    ).toMatchObject({
      blocked: [
        { op: "delete", target: "house" },
        refused({
          target: "other",
          why: "its earlier object (acme/hook at house) stays, and one key cannot stand for two",
          hint: "use another key, or make the earlier object removable first",
        }),
      ],
    });
  });

  test("that was elsewhere and cannot be removed from here is said once", () => {
    expect(
      said({
        desired: [desired("a", {}, { target: "other" })],
        targets: [target([], { name: "other", place: "other" })],
        former: new Map([["house", "it was in the store of before"]]),
        inventory: inventory(was),
      }),
    ).toEqual({
      blocked: [
        refused({
          op: "delete",
          remoteId: "1",
          why: "it was in the store of before: its object is still there, and cannot be removed from here",
          hint: "declare a target that is there, so that it can be removed; or let it go with bellhop state rm a",
        }),
      ],
    });
  });
});

describe("what is not in the inventory", () => {
  const named = observed("1", { name: "a" });
  const free = 'unmanaged: not in the inventory; manage: { adopt: "1" } takes it over';
  const kept = (over: object = {}): unknown => ({
    key: null,
    kind: "acme/hook",
    target: "house",
    remoteId: "1",
    why: free,
    ...over,
  });

  test("is not created where it may have been already", () => {
    const doubts = new Map([["a", { remoteId: "7", why: "may be there", hint: "look" }]]);
    expect(said({ desired: [a, desired("b")], doubts })).toEqual({
      changes: [created("b")],
      blocked: [refused({ remoteId: "7", why: "may be there", hint: "look" })],
    });
  });

  test.for<[string, Partial<PlanInput>, Record<string, unknown>]>([
    [
      "an object with its key that is not ours is left alone",
      { targets: [target([{ ...named, key: "a", foreign: "made by Slack" }], { keepsKeys: true })] },
      { changes: [created("a")], kept: [kept({ key: "a", why: "not ours: made by Slack" })] },
    ],
    [
      "an object with its key that another integration has is left alone",
      {
        desired: [a, desired("b", { name: "a" })],
        targets: [target([{ ...named, key: "a" }])],
        inventory: inventory(entry(desired("b", { name: "a" }), "1")),
      },
      { changes: [created("a")] },
    ],
    [
      "an object with its key and another state's mark is refused",
      { targets: [target([{ ...named, key: "a", project: "other" }], { keepsKeys: true })], project: "ours" },
      {
        blocked: [
          refused({
            remoteId: "1",
            why: "house has a acme/hook under this key already, and another state remembers it",
            hint: "if that is another project, use another key or a store of its own; if the state was lost, bellhop state rebuild finds what was yours",
          }),
        ],
        kept: [kept({ key: "a", why: `of another state, such as another project's; ${free}` })],
      },
    ],
    [
      "an object with its key and our mark is taken back",
      { targets: [target([{ ...named, key: "a", project: "ours" }], { keepsKeys: true })], project: "ours" },
      { changes: [["adopt a house 1", [], [], undefined]] },
    ],
    [
      "a namesake that is not ours does not stand in the way",
      { targets: [target([{ ...named, foreign: "made by Slack" }])] },
      { changes: [created("a")], kept: [kept({ why: "not ours: made by Slack" })] },
    ],
    [
      "the one namesake in a target of ours is taken over",
      { targets: [target([named], { ownership: "exclusive" })] },
      { changes: [["adopt a house 1", [], [], undefined]] },
    ],
    [
      "a namesake that another integration takes does not stand in the way",
      {
        desired: [desired("0", { name: "z" }, { manage: manage({ adopt: "1" }) }), a],
        targets: [target([named])],
      },
      { changes: [["adopt 0 house 1", ["name changed"], [], { name: "z" }], created("a")] },
    ],
    [
      "what has no name has no namesakes",
      { desired: [{ ...a, spec: { steps: ["x"] } }], targets: [target([observed("1", { steps: ["x"] })])] },
      { changes: [created("a", "house", { steps: ["x"] })], kept: [kept()] },
    ],
  ])("%s", ([, over, expected]) => expect(said({ desired: [a], ...over })).toEqual(expected));

  test("what has no name is created also where names are compared in any case", () => {
    const folding: KindSpec = {
      ...hook,
      fields: { ...hook.fields, name: { type: "string", description: "", ignoreCase: true } },
    };
    const plan = (spec: Fields): Record<string, unknown> =>
      said({
        desired: [{ ...a, spec }],
        targets: [target([observed("1", { name: "STRASSE" })])],
        kinds: { ...kinds, "acme/hook": folding },
      });
    expect(plan({ steps: ["x"] })).toMatchObject({ changes: [created("a", "house", { steps: ["x"] })] });
    expect(plan({ name: "strasse" })).toMatchObject({ blocked: [{ op: "create", remoteId: "1" }] });
    expect(plan({ name: "straße" })).toMatchObject({ changes: [created("a", "house", { name: "straße" })] });
  });
});

describe("manage.adopt", () => {
  const one = desired("a", {}, { manage: manage({ adopt: "1" }) });

  test.for<[string, Partial<PlanInput>, object]>([
    [
      "an id that is not there",
      {},
      {
        why: "house has no acme/hook with this id",
        hint: "correct manage.adopt, or remove it to create a new one",
      },
    ],
    [
      "what is not ours",
      { targets: [target([observed("1", { name: "a" }, { foreign: "made by Slack" })])] },
      { why: "it is not ours: made by Slack", hint: "remove manage.adopt" },
    ],
    [
      "what another key has",
      {
        desired: [one, desired("b")],
        targets: [target([observed("1", { name: "b" })])],
        inventory: inventory(entry(desired("b"), "1")),
      },
      { why: "b already manages it", hint: "name the earlier key: manage: { previously: [b] }" },
    ],
  ])("is refused for %s", ([, over, words]) => {
    expect(makePlan(input({ desired: [one], ...over })).plan.blocked).toEqual([
      refused({ op: "adopt", remoteId: "1", ...words }),
    ]);
  });

  test("that stayed in the file does not keep from creating again what has vanished", () => {
    expect(said({ desired: [one], inventory: inventory(entry(a, "1")) })).toEqual({
      changes: [
        [
          "create a house -",
          ["name drift"],
          ["takes the place of 1, which is gone from house"],
          { name: "a" },
        ],
      ],
    });
  });

  test("of another id than the one in the inventory holds only once that one is gone", () => {
    const two = [observed("1", { name: "x" }), observed("2", { name: "a" })];
    expect(
      said({ desired: [one], targets: [target(two.slice(0, 1))], inventory: inventory(entry(a, "2")) }),
    ).toEqual({ changes: [["adopt a house 1", ["name changed"], [], { name: "a" }]] });
    expect(
      said({ desired: [one], targets: [target(two)], inventory: inventory(entry(a, "2")) }),
    ).toMatchObject({
      kept: [{ remoteId: "1" }],
    });
  });
});

test("a creation says what it sends, where the target confirms and the file does not mind", () => {
  const url = new Secret("https://h.example/1");
  const effects = (confirms: boolean, confirm: boolean, spec: Fields): unknown =>
    makePlan(
      input({
        desired: [desired("a", spec, { manage: manage({ confirm }) })],
        targets: [target([], { confirms: () => confirms })],
      }),
    ).plan.changes.map(({ sideEffects }) => sideEffects);
  expect(effects(true, true, { url })).toEqual([["sends a confirmation message to https://h.example/…"]]);
  expect(effects(true, true, {})).toEqual([[]]);
  expect(effects(true, false, { url })).toEqual([[]]);
  expect(effects(false, true, { url })).toEqual([[]]);
});
