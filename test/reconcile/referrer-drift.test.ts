/** What refers to an object that vanished follows it, and that is drift: the file asks for nothing new. */
import { expect, test } from "vitest";
import type { Change } from "../../src/model/plan.ts";
import { Unresolved } from "../../src/model/value.ts";
import type { Fields } from "../../src/model/value.ts";
import type { PlanInput } from "../../src/reconcile/input.ts";
import { makePlan } from "../../src/reconcile/plan.ts";
import { desired, entry, input, inventory, manage, observed, target } from "../support/acme.ts";

const route = (key: string, hooks: readonly string[], name = key): ReturnType<typeof desired> =>
  desired(key, { name, to: { hooks: hooks.map((ref) => ({ ref })) } }, { kind: "acme/route" });
const there = (id: string, name: string, hooks: readonly string[]): ReturnType<typeof observed> =>
  observed(id, { name, to: { hooks: hooks.map((hook) => ({ id: hook })) } }, { kind: "acme/route" });

const before = [desired("a"), desired("b"), route("r", ["a", "b"])];
const remembered = inventory(
  ...before.map((one, index) =>
    entry(one, String(index + 1), { references: one.key === "r" ? ["a", "b"] : [] }),
  ),
);
/** The inventory's helper does not know ids of others. */
const known = {
  ...remembered,
  r: { ...remembered["r"]!, applied: { name: "r", "to.hooks": [{ id: "1" }, { id: "2" }] } },
};

function changes(wanted = before, hooksOfRoute: readonly string[] = ["1", "2"], routeName = "r"): Change[] {
  const objects = [observed("2", { name: "b" }), there("3", routeName, hooksOfRoute)];
  return [...makePlan(input({ desired: wanted, targets: [target(objects)], inventory: known })).plan.changes];
}
const spell = ({ op, key, drift, fields }: Change): unknown => [op, key, drift, fields.map(({ why }) => why)];

test.for<[string, readonly string[]]>([
  ["still names it", ["1", "2"]],
  ["has lost it too", ["2"]],
])("where the object %s", ([, hooks]) => {
  expect(changes(before, hooks).map(spell)).toEqual([
    ["create", "a", true, ["drift"]],
    ["update", "r", true, ["drift"]],
  ]);
});

test("what somebody else changed besides is drift as well", () => {
  expect(changes(before, ["1", "2"], "theirs").map(spell)[1]).toEqual([
    "update",
    "r",
    true,
    ["drift", "drift"],
  ]);
});

test("what the file asks for besides is not", () => {
  const wanted = [desired("a"), desired("b"), route("r", ["a", "b"], "new name")];
  expect(changes(wanted).map(spell)[1]).toEqual(["update", "r", false, ["changed", "drift"]]);
});

test("other hooks that the file asks for are not", () => {
  const wanted = [desired("a"), desired("b"), route("r", ["a"])];
  expect(changes(wanted).map(spell)[1]).toEqual(["update", "r", false, ["changed"]]);
});

test("a hook that the file makes anew is not", () => {
  const wanted = [desired("b"), desired("fresh"), route("r", ["b", "fresh"])];
  expect(changes(wanted).map(spell)).toContainEqual(["update", "r", false, ["changed"]]);
});

/** What the plan says of the route, where the hook `a` is not the one that it was. */
function ofRoute(hook: ReturnType<typeof desired>, over: Partial<PlanInput>, spec: Fields = {}): unknown {
  const r = route("r", ["a"]);
  const { plan } = makePlan(
    input({
      desired: [hook, { ...r, spec: { ...r.spec, ...spec } }],
      targets: [target([there("3", "r", ["1"])]), target([], { name: "yard", place: "yard" })],
      inventory: { r: ofA, ...inventory(entry(desired("a"), "1")) },
      ...over,
    }),
  );
  const change = plan.changes.find(({ key }) => key === "r");
  return [change?.drift, change?.fields.map(({ path, why }) => `${path} ${why}`)];
}
const ofA = { ...known.r, applied: { name: "r", "to.hooks": [{ id: "1" }] }, references: ["a"] };

test("a hook that the file moves elsewhere has not vanished", () => {
  const objects = [observed("1", { name: "a" }), there("3", "r", ["1"])];
  const targets = [target(objects), target([], { name: "yard", place: "yard" })];
  expect(ofRoute(desired("a", {}, { target: "yard" }), { targets })).toEqual([false, ["to.hooks changed"]]);
});

test("a hook that is made anew has not vanished, whoever changed what it cannot change", () => {
  const objects = [observed("1", { name: "a", style: "theirs" }), there("3", "r", ["1"])];
  expect(ofRoute(desired("a"), { targets: [target(objects)] })).toEqual([false, ["to.hooks changed"]]);
});

test("of a hook that vanished under an earlier key the route asks for the new name", () => {
  const renamed = desired("a", {}, { manage: manage({ previously: ["old"] }) });
  const was = inventory(entry(desired("old"), "1"));
  expect(ofRoute(renamed, { inventory: { ...was, r: ofA } })).toEqual([false, ["to.hooks changed"]]);
});

test("what is not known yet stays so", () => {
  const name = new Unresolved("${env:NAME}", false);
  expect(ofRoute(desired("a"), {}, { name })).toEqual([true, ["name not yet known", "to.hooks drift"]]);
});
