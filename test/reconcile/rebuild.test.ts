import { expect, test } from "vitest";
import { Secret } from "../../src/model/secret.ts";
import type { RebuildInput, Rebuilt } from "../../src/reconcile/rebuild.ts";
import { rebuild } from "../../src/reconcile/rebuild.ts";
import { desired, entry, fingerprint, inventory, kinds, manage, observed, target } from "../support/acme.ts";

const run = (over: Partial<RebuildInput>): Rebuilt =>
  rebuild({ desired: [], observed: [], kinds, fingerprint, ...over });

test("what is as declared is remembered as it was, by name at an API and by key in a store", () => {
  const hook = desired("h", { tags: ["a"], url: new Secret("https://x.example/y") });
  const route = desired("r", { to: { hooks: [{ ref: "h" }] } }, { kind: "acme/route" });
  const there = [
    observed("id-h", { name: "h", tags: ["a"], url: new Secret("https://x.example/y") }),
    observed("id-r", { name: "r", to: { hooks: [{ id: "id-h" }] } }, { kind: "acme/route", version: "v" }),
  ];
  const { inventory: found, ...rest } = run({ desired: [route, hook], observed: [target(there)] });
  expect(found).toEqual(inventory(entry(hook, "id-h"), { ...entry(route, "id-r"), version: "v" }));
  expect(rest).toEqual({ missing: [], ambiguous: [], undeclared: [] });
  const keyed = there.map((object, index) => ({ ...object, key: ["h", "r"][index] ?? "" }));
  const store = target(keyed, { keepsKeys: true });
  expect(run({ desired: [hook, route], observed: [store] }).inventory).toEqual(found);
});

test("what differs is remembered as it is there, and what cannot be read not at all", () => {
  const wanted = desired("a", {
    steps: ["new"],
    token: new Secret("t"),
    url: new Secret("https://new.example"),
  });
  const there = observed("7", { name: "a", steps: ["old"], url: new Secret("https://old.example") });
  const { applied, secrets } = run({ desired: [wanted], observed: [target([there])] }).inventory["a"] ?? {};
  expect(applied).toEqual({ name: "a", steps: ["old"] });
  expect(secrets).toEqual({});
});

test("a namesake in a store is not ours, an earlier key is, and another project's is left alone", () => {
  const store = target(
    [
      observed("1", { name: "a" }),
      observed("2", { name: "b" }, { key: "was-b" }),
      observed("3", { name: "c" }, { key: "theirs" }),
    ],
    { keepsKeys: true },
  );
  const renamed = desired("b", {}, { manage: manage({ previously: ["was-b"] }) });
  const rebuilt = run({ desired: [desired("a"), renamed], observed: [store] });
  expect(Object.keys(rebuilt.inventory)).toEqual(["b"]);
  expect(rebuilt.missing).toEqual(["a"]);
  expect(rebuilt.undeclared).toEqual([{ key: "theirs", target: "house", remoteId: "3" }]);
});

test("what may be several is listed and left out, unless manage.adopt says which", () => {
  const there = target([observed("1", { name: "a" }), observed("2", { name: "a" }, { aliases: ["two"] })]);
  expect(run({ desired: [desired("a")], observed: [there] })).toMatchObject({
    inventory: {},
    ambiguous: [{ key: "a", remoteIds: ["1", "2"] }],
  });
  const named = desired("a", {}, { manage: manage({ adopt: "two" }) });
  expect(run({ desired: [named], observed: [there] }).inventory["a"]?.remoteId).toBe("2");
});

test("one object that two integrations may be belongs to neither", () => {
  const both = [desired("a", { name: "same" }), desired("b", { name: "same" })];
  const there = [observed("1", { name: "same" })];
  const rebuilt = run({ desired: both, observed: [target(there)] });
  expect(rebuilt).toMatchObject({ inventory: {}, ambiguous: [{ key: "a" }, { key: "b" }] });
  const twice = run({
    desired: [desired("a", { name: "same" }), desired("b", { name: "same" }, { target: "other" })],
    observed: [target(there), target(there, { name: "other" })],
  });
  expect(twice.ambiguous.map(({ key }) => key)).toEqual(["a", "b"]);
});
