/** A plan is the same whatever order its input comes in, and says what it says sorted. */
import { expect, test } from "vitest";
import { Secret } from "../../src/model/secret.ts";
import { Unresolved } from "../../src/model/value.ts";
import type { PlanInput } from "../../src/reconcile/input.ts";
import { makePlan, summarise } from "../../src/reconcile/plan.ts";
import { desired, entry, input, inventory, observed, target } from "../support/acme.ts";

type Spelled = (string | null)[][];
const places = (over: Partial<PlanInput>): { kept: Spelled; blocked: Spelled; unknown: Spelled } => {
  const { kept, blocked, unknown } = makePlan(input(over)).plan;
  return {
    kept: kept.map((one) => [one.target, one.key, one.kind, one.remoteId]),
    blocked: blocked.map((one) => [one.target, one.key, one.kind, one.op]),
    unknown: unknown.map((one) => [one.target, one.key, one.path]),
  };
};

test("what is left alone is by target, key, kind and id", () => {
  const objects = [
    observed("2", { name: "x" }),
    observed("1", { name: "y" }),
    observed("0", { name: "z" }, { kind: "acme/route" }),
    observed("3", { name: "k" }, { key: "K" }),
    observed("4", { name: "j" }, { key: "J" }),
  ];
  const expected = [["ha", null, "acme/hook", "2"]];
  const house = [
    [null, "acme/hook", "1"],
    [null, "acme/hook", "2"],
    [null, "acme/route", "0"],
    ["J", "acme/hook", "4"],
    ["K", "acme/hook", "3"],
  ].map((rest) => ["h", ...rest]);
  for (const order of [objects, objects.toReversed()]) {
    const targets = [
      target([observed("2", { name: "x" })], { name: "ha", place: "ha" }),
      target(order, { name: "h", place: "h" }),
    ];
    expect(places({ targets }).kept).toEqual([...house, ...expected]);
  }
});

test("what is refused is by target and key, whole targets first", () => {
  const gone = ["a", "b"].map((key) => entry(desired(key), key, { target: "h" }));
  const kept = entry(desired("A"), "c", { protect: true, target: "h" });
  const over = {
    desired: [desired("z", {}, { target: "ha" })],
    targets: [
      target([observed("9", { name: "z" })], { name: "ha", place: "ha" }),
      target([observed("c", { name: "A" })], { name: "h", place: "h" }),
    ],
    inventory: inventory(...gone, kept),
  };
  expect(places(over).blocked).toEqual([
    ["h", null, null, "forget"],
    ["h", "A", "acme/hook", "delete"],
    ["ha", "z", "acme/hook", "create"],
  ]);
});

test("what is not known is by target, key and path, whole objects first", () => {
  const missing = new Unresolved("${env:A}", false);
  const a = desired("a", { token: new Secret("t"), B: missing, A: missing });
  const over = {
    desired: [a],
    targets: [target([observed("1", { name: "a" })])],
    inventory: inventory(entry(desired("a", { token: new Secret("t") }), "1")),
  };
  expect(places(over).unknown).toEqual([
    ["house", "a", null],
    ["house", "a", "A"],
    ["house", "a", "B"],
  ]);
});

test("what is referred to is decided first, once, whoever comes first in the file; what is not there is passed over", () => {
  const route = desired("a", { to: { hooks: [{ ref: "h" }, { ref: "none" }] } }, { kind: "acme/route" });
  const objects = [
    observed("1", { name: "h" }),
    observed(
      "2",
      { name: "a", to: { hooks: [{ id: "1" }, { id: "(known after apply: none)" }] } },
      { kind: "acme/route" },
    ),
  ];
  const over = {
    targets: [target(objects)],
    inventory: inventory(entry(desired("h"), "1"), entry(route, "2")),
  };
  for (const order of [
    [route, desired("h")],
    [desired("h"), route],
  ]) {
    expect(makePlan(input({ ...over, desired: order })).plan).toMatchObject({
      changes: [],
      kept: [],
      blocked: [],
    });
  }
});

test("a summary counts every operation", () => {
  const { plan } = makePlan(input({ desired: [desired("a"), desired("b")] }));
  expect(summarise(plan.changes)).toEqual({
    create: 2,
    update: 0,
    replace: 0,
    delete: 0,
    adopt: 0,
    forget: 0,
  });
});
