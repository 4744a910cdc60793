import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Observed } from "../../src/model/plan.ts";
import { Secret } from "../../src/model/secret.ts";
import { intendedEntry } from "../../src/reconcile/inventory.ts";
import type { Desired, ObservedTarget } from "../../src/reconcile/input.ts";
import type { Recovered } from "../../src/reconcile/recover.ts";
import { recover } from "../../src/reconcile/recover.ts";
import type { Intent, InventoryEntry, StateData } from "../../src/state/contract.ts";
import { emptyState } from "../../src/state/empty.ts";
import { desired, entry, fingerprint, inventory, kinds, observed, target } from "../support/acme.ts";

const namelessKind = { ...kinds["acme/hook"], kind: "acme/nameless" };
const { nameField: _, ...nameless } = namelessKind;
const allKinds = { ...kinds, "acme/nameless": nameless };

let count = 0;
function intent(op: Intent["op"], wanted: Desired, over: Partial<Intent> = {}): Intent {
  const { key, kind, target: place } = wanted;
  const spec = allKinds[kind as keyof typeof allKinds];
  const made = intendedEntry({ wanted, kind: spec, idOf: (ref) => `id-${ref}`, fingerprint });
  return { id: `1.${(count += 1)}`, op, key, kind, target: place, entry: made, ...over };
}

const state = (pending: readonly Intent[], ...entries: readonly InventoryEntry[]): StateData => ({
  ...emptyState(),
  inventory: inventory(...entries),
  pending,
});

const run = (
  before: StateData,
  objects: readonly Observed[],
  over: Partial<ObservedTarget> = {},
): Recovered => recover(before, [target(objects, over)], allKinds, fingerprint);

const ids = ({ state: { inventory: all } }: Recovered): Record<string, string> =>
  Object.fromEntries(Object.values(all).map(({ key, remoteId }) => [key, remoteId]));

test("nothing open, nothing changed", () => {
  const before = state([], entry(desired("a"), "1"));
  const { pending: __, ...rest } = before;
  expect(run(before, [])).toMatchObject({ state: rest, changed: false, notes: [] });
});

describe("a creation without an outcome", () => {
  test("that did not land leaves nothing", () => {
    const after = run(state([intent("create", desired("a"))]), [observed("9", { name: "b" })]);
    expect(after).toMatchObject({ changed: true, notes: [] });
    expect(after.state.pending).toBeUndefined();
    expect(ids(after)).toEqual({});
  });

  test("that landed is taken over, as if its answer had come", () => {
    const wanted = desired("a", { url: new Secret("https://x.example/y") });
    const after = run(state([intent("create", wanted)]), [
      observed("7", { name: "a" }, { version: "v1" }),
      observed("8", { name: "b" }),
    ]);
    expect(after.state.inventory).toEqual(inventory({ ...entry(wanted, "7"), version: "v1" }));
    expect(after.notes).toEqual([
      expect.stringContaining("a: an apply that was cut short had created acme/hook 7"),
    ]);
  });

  test.for<[string, Observed, Partial<Intent>]>([
    ["was there before", observed("7", { name: "a" }), { resembling: ["7"] }],
    ["is not ours", observed("7", { name: "a" }, { foreign: "made by the platform" }), {}],
    ["is of another kind", observed("7", { name: "a" }, { kind: "acme/route" }), {}],
    ["has no name", observed("7", {}), {}],
  ])("is not what %s", ([, object, over]) => {
    const after = run(state([intent("create", desired("a"), over)]), [object]);
    expect(ids(after)).toEqual({});
    expect(after.doubts.size).toBe(0);
  });

  test("is not an object that is in the inventory, under whichever spelling of its id", () => {
    const before = state([intent("create", desired("a"))], entry(desired("b"), "7"));
    expect(ids(run(before, [observed("0-7", { name: "a" }, { aliases: ["7"] })]))).toEqual({ b: "7" });
  });

  test("of a key that has an object by now is settled", () => {
    const before = state([intent("create", desired("a"))], entry(desired("a"), "7"));
    expect(run(before, [observed("8", { name: "a" })])).toMatchObject({ changed: true, notes: [] });
  });

  test("that more than one object may be is left open, with what to do", () => {
    const before = state([intent("create", desired("a"))]);
    const after = run(before, [observed("7", { name: "a" }), observed("8", { name: "a" })]);
    expect(after.changed).toBe(false);
    expect(after.state).toEqual(before);
    expect(after.doubts.get("a")).toEqual({
      remoteId: "7",
      why: expect.stringContaining("house has 7 and 8"),
      hint: expect.stringContaining('adopt: "7"'),
    });
  });

  test("in a store is found by its key, whatever it is called", () => {
    const before = state([intent("create", desired("a"))]);
    const objects = [observed("7", { name: "b" }, { key: "a" }), observed("8", { name: "a" })];
    expect(ids(run(before, objects, { keepsKeys: true }))).toEqual({ a: "7" });
  });

  test("at a target that is not declared any more stays open", () => {
    const before = state([intent("create", desired("a"), { target: "gone" })]);
    expect(run(before, [observed("7", { name: "a" })])).toMatchObject({ state: before, changed: false });
  });
});

describe("where a kind has no name, its content tells", () => {
  const spec = { name: "x", url: new Secret("https://x.example/y"), token: new Secret("t"), tags: ["B"] };
  const wanted = (key: string): Desired => desired(key, spec, { kind: "acme/nameless" });
  const object = (id: string, fields: Observed["fields"] = {}): Observed =>
    observed(
      id,
      { name: "x", url: new Secret("https://x.example/y"), tags: ["b"], ...fields },
      { kind: "acme/nameless" },
    );

  test.for<[string, Observed["fields"], boolean]>([
    ["the same, but for what is never given back", {}, true],
    ["another plain field", { name: "y" }, false],
    ["a field that is missing", { tags: [] }, false],
    ["another secret", { url: new Secret("https://x.example/z") }, false],
  ])("%s", ([, fields, found]) => {
    const after = run(state([intent("create", wanted("a"))]), [object("7", fields)]);
    expect(ids(after)).toEqual(found ? { a: "7" } : {});
  });

  test("creations that are all alike share what they made", () => {
    const before = state([intent("create", wanted("a")), intent("create", wanted("b"))]);
    expect(ids(run(before, [object("7"), object("8")]))).toEqual({ a: "7", b: "8" });
    expect(ids(run(before, [object("7")]))).toEqual({ a: "7" });
    const three = run(before, [object("7"), object("8"), object("9")]);
    expect([...three.doubts.keys()]).toEqual(["a", "b"]);
  });
});

describe("an update without an outcome", () => {
  const old = desired("a", { token: new Secret("old"), steps: ["x"] });
  const fresh = desired("a", { token: new Secret("new"), steps: ["x", "y"] });

  test("is forgotten in as far as it would have changed something", () => {
    const known = { ...entry(old, "7"), version: "v1" };
    const after = run(state([intent("update", fresh, { remoteId: "7" })], known), [
      observed("7", { name: "a" }),
    ]);
    expect(after.changed).toBe(true);
    const { version: __, ...rest } = known;
    expect(after.state.inventory).toEqual(inventory({ ...rest, applied: { name: "a" }, secrets: {} }));
    expect(after.notes).toEqual([expect.stringContaining("cut short while it updated acme/hook 7")]);
  });

  test("under an earlier key finds its object", () => {
    const renamed = intent("update", desired("b", { name: "a" }), { remoteId: "7" });
    const after = run(state([renamed], entry(old, "7")), [observed("7", { name: "a" })]);
    expect(after.state.inventory["a"]?.secrets).toEqual({});
  });

  test("of an object that is not in the inventory changes nothing there", () => {
    const after = run(state([intent("update", fresh, { remoteId: "7" })]), [observed("7", { name: "a" })]);
    expect(after).toMatchObject({ changed: true, notes: [] });
    expect(ids(after)).toEqual({});
  });
});

test("a deletion without an outcome is for the plan to see", () => {
  const { entry: __, ...deletion } = intent("delete", desired("a"), { remoteId: "7" });
  const after = run(state([deletion], entry(desired("a"), "7")), [observed("7", { name: "a" })]);
  expect(ids(after)).toEqual({ a: "7" });
  expect(after.state.pending).toBeUndefined();
});

test("whatever is open and there: no object twice, nothing of the inventory lost, and a second look finds nothing more", () => {
  const name = fc.constantFrom("a", "b", "c");
  const object = fc.record({ id: fc.constantFrom("1", "2", "3", "4"), name });
  fc.assert(
    fc.property(
      fc.uniqueArray(object, { selector: ({ id }) => id }),
      fc.array(name),
      fc.subarray(["k", "l"]),
      (there, opened, held) => {
        const objects = there.map(({ id, name: named }) => observed(id, { name: named }));
        const entries = held.map((key, index) => entry(desired(key), String(index + 1)));
        const pending = opened.map((key) => intent("create", desired(key)));
        const after = run(state(pending, ...entries), objects);
        const owners = Object.values(after.state.inventory).map(({ remoteId }) => remoteId);
        expect(new Set(owners).size).toBe(owners.length);
        for (const one of entries) expect(after.state.inventory[one.key]).toEqual(one);
        const again = run(after.state, objects);
        expect(again.changed).toBe(false);
        expect(again.state.inventory).toEqual(after.state.inventory);
      },
    ),
  );
});
