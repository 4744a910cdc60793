/**
 * What holds for every plan, shown on a model: a plan is applied by a few lines that know nothing of how it was made.
 * `npm run test:props` runs each property 100,000 times; PROPERTY_RUNS sets the number.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Observed } from "../../src/model/plan.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Fields } from "../../src/model/value.ts";
import { standing } from "../../src/reconcile/guard.ts";
import type { Desired, PlanInput } from "../../src/reconcile/input.ts";
import { inventoryEntry } from "../../src/reconcile/inventory.ts";
import { makePlan } from "../../src/reconcile/plan.ts";
import { replaceReferences } from "../../src/reconcile/references.ts";
import type { InventoryEntry } from "../../src/state/contract.ts";
import { desired, fingerprint, kinds, manage, observed, target } from "../support/acme.ts";

const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 300);
const TIMEOUT = Math.max(60_000, RUNS * 20);

// Few words, so that two worlds often say the same: a pattern would also cost more than the plans.
const word = fc.constantFrom("a", "b", "ab", "ba", "abc", "constructor", "x.y", "é");
const secret = word.map((text) => new Secret(`https://h.example/${text}`));
const spec: fc.Arbitrary<Fields> = fc.record(
  {
    url: secret,
    token: secret,
    enabled: fc.boolean(),
    tags: fc.uniqueArray(word, { maxLength: 3 }),
    steps: fc.array(word, { maxLength: 2 }),
    events: fc.dictionary(word, fc.constant(true), { maxKeys: 2 }),
    style: fc.constantFrom("a", "b"),
    hidden: word,
  },
  { requiredKeys: [] },
);
const WRITE_ONLY = ["token", "hidden"];

/** Up to eight hooks under a few keys, so that two worlds share some, and routes to some of them. */
const key = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const world: fc.Arbitrary<readonly Desired[]> = fc
  .tuple(fc.dictionary(key, spec, { maxKeys: 8 }), fc.array(fc.nat(7), { maxLength: 2 }))
  .map(([specs, routes]) => {
    const keys = Object.keys(specs);
    const hooks = keys.map((name) => desired(name, specs[name]));
    if (keys.length === 0) return hooks;
    const routed = routes.map((pick, index) => {
      const ref = keys[pick % keys.length] ?? "";
      return desired(`route-${index}`, { to: { hooks: [{ ref }] } }, { kind: "acme/route" });
    });
    return [...hooks, ...routed];
  });
const policy = fc.record({
  protect: fc.boolean(),
  onRemove: fc.constantFrom("delete" as const, "orphan" as const, "confirm" as const),
  ignore: fc.subarray(["url", "steps", "events", "token"]),
});
const governed = fc
  .tuple(world, fc.infiniteStream(policy))
  .map(([wanted, policies]) => wanted.map((one) => ({ ...one, manage: manage(policies.next().value) })));

/** A target and its inventory. */
interface Model {
  readonly objects: ReadonlyMap<string, Observed>;
  readonly inventory: Readonly<Record<string, InventoryEntry>>;
}

const EMPTY: Model = { objects: new Map(), inventory: {} };

/** As the target lists it. */
const listing = ({ objects }: Model): Observed[] =>
  [...objects.values()].map((object) => ({
    ...object,
    fields: Object.fromEntries(Object.entries(object.fields).filter(([name]) => !WRITE_ONLY.includes(name))),
  }));

const inputOf = (model: Model, wanted: readonly Desired[]): PlanInput => ({
  desired: wanted,
  targets: [target(listing(model))],
  inventory: model.inventory,
  kinds,
  fingerprint,
});

/** What is there once every step has been taken. */
function carryOut(model: Model, wanted: readonly Desired[]): Model {
  const { steps } = makePlan(inputOf(model, wanted));
  const objects = new Map(model.objects);
  const inventory = { ...model.inventory };
  const idOf = (name: string): string => inventory[name]?.remoteId ?? "missing";
  for (const { change, spec: sent } of steps.toSorted((left, right) => left.level - right.level)) {
    const { op, key: name, kind, remoteId } = change;
    if (op === "delete" || op === "replace") objects.delete(remoteId ?? "");
    if (op === "delete" || op === "forget") {
      delete inventory[name];
      continue;
    }
    const one = wanted.find((declared) => declared.key === name);
    const kindSpec = kinds[kind as keyof typeof kinds];
    if (one === undefined) throw new Error(`${op} of ${name}, which is not declared`);
    const id =
      op === "create" || op === "replace" ? `${name}-${objects.size}-${Math.random()}` : (remoteId ?? "");
    if (sent !== undefined) {
      objects.set(id, observed(id, replaceReferences(kindSpec, sent, idOf), { kind }));
    }
    inventory[name] = inventoryEntry({
      wanted: one,
      kind: kindSpec,
      remoteId: id,
      version: undefined,
      idOf,
      fingerprint,
    });
  }
  return { objects, inventory };
}

/** Somebody else at work: objects changed, deleted and added. */
interface Meddling {
  readonly changed: readonly number[];
  readonly deleted: readonly number[];
  readonly added: readonly Fields[];
}
const meddling: fc.Arbitrary<Meddling> = fc.record({
  changed: fc.array(fc.nat(9), { maxLength: 2 }),
  deleted: fc.array(fc.nat(9), { maxLength: 2 }),
  added: fc.array(spec, { maxLength: 3 }),
});

function meddle({ objects, inventory }: Model, { changed, deleted, added }: Meddling): Model {
  const after = new Map(objects);
  const ids = [...objects.keys()];
  for (const index of changed) {
    const object = objects.get(ids[index] ?? "");
    if (object?.kind === "acme/hook") {
      after.set(object.remoteId, {
        ...object,
        fields: { ...object.fields, steps: ["theirs"], enabled: false },
      });
    }
  }
  for (const index of deleted) after.delete(ids[index] ?? "");
  for (const [index, fields] of added.entries()) {
    const id = `theirs-${index}`;
    after.set(id, observed(id, { ...fields, name: `stranger-${index}` }));
  }
  return { objects: after, inventory };
}

const check = <T extends unknown[]>(
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  predicate: (...values: T) => void,
): void =>
  fc.assert(fc.property(...(arbitraries as [fc.Arbitrary<T[0]>]), predicate as never), { numRuns: RUNS });

/** Plain JSON of an object's fields, empties and defaults left out, sets sorted. */
const plain = (fields: Fields): string =>
  JSON.stringify(
    Object.entries(fields)
      .map(([name, value]): [string, unknown] => {
        if (value instanceof Secret) return [name, Secret.reveal(value)];
        return [name, name === "tags" && Array.isArray(value) ? value.map(String).toSorted() : value];
      })
      .filter(([, value]) => JSON.stringify(value) !== "[]" && JSON.stringify(value) !== "{}")
      .filter(([name, value]) => name !== "enabled" || value !== true)
      .toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );

test("a plan of equal sides is empty", { timeout: TIMEOUT }, () =>
  check([world], (wanted) => {
    const idOf = (name: string): string => `id-${name}`;
    const model: Model = {
      objects: new Map(
        wanted.map((one) => {
          const kind = kinds[one.kind as keyof typeof kinds];
          return [
            idOf(one.key),
            observed(idOf(one.key), replaceReferences(kind, one.spec, idOf), { kind: one.kind }),
          ];
        }),
      ),
      inventory: Object.fromEntries(
        wanted.map((one) => {
          const kind = kinds[one.kind as keyof typeof kinds];
          const remoteId = idOf(one.key);
          return [
            one.key,
            inventoryEntry({ wanted: one, kind, remoteId, version: undefined, idOf, fingerprint }),
          ];
        }),
      ),
    };
    const { plan, steps } = makePlan(inputOf(model, wanted));
    const unknown = plan.unknown.filter(({ why }) => !why.startsWith("unverifiable: "));
    expect([plan.changes, plan.kept, plan.blocked, unknown, steps]).toEqual([[], [], [], [], []]);
  }),
);

test("applying a plan gives the desired side, whatever was there", { timeout: TIMEOUT }, () =>
  check([world, meddling, world], (before, others, after) => {
    const start = meddle(carryOut(EMPTY, before), others);
    const end = carryOut(start, after);
    const idOf = (name: string): string => end.inventory[name]?.remoteId ?? "missing";
    expect(Object.keys(end.inventory).toSorted()).toEqual(after.map((one) => one.key).toSorted());
    for (const one of after) {
      const kind = kinds[one.kind as keyof typeof kinds];
      const there = end.objects.get(idOf(one.key));
      const wanted = replaceReferences(kind, one.spec, idOf);
      const seen = there?.fields ?? {};
      const named = Object.fromEntries(Object.entries(seen).filter(([name]) => name in wanted));
      expect(plain(named)).toBe(plain(wanted));
    }
    const again = makePlan(inputOf(end, after)).plan;
    expect([again.changes, again.blocked]).toEqual([[], []]);
    const strangers = [...end.objects.keys()].filter((id) => id.startsWith("theirs-"));
    expect(strangers).toHaveLength(others.added.length);
    expect(end.objects.size).toBe(after.length + strangers.length);
  }),
);

test("the order of the input changes nothing", { timeout: TIMEOUT }, () =>
  check([governed, meddling, governed, fc.infiniteStream(fc.nat())], (before, others, after, random) => {
    const input = inputOf(meddle(carryOut(EMPTY, before), others), after);
    const shuffle = <T>(items: readonly T[]): T[] =>
      items
        .map((item) => ({ item, at: random.next().value ?? 0 }))
        .toSorted((left, right) => left.at - right.at)
        .map(({ item }) => item);
    const shuffled: PlanInput = {
      ...input,
      desired: shuffle(input.desired),
      targets: input.targets.map((one) => ({ ...one, objects: shuffle(one.objects) })),
      inventory: Object.fromEntries(shuffle(Object.entries(input.inventory))),
    };
    expect(JSON.stringify(makePlan(shuffled).plan)).toBe(JSON.stringify(makePlan(input).plan));
  }),
);

test("the same input gives the same bytes", { timeout: TIMEOUT }, () =>
  check([governed, meddling, governed], (before, others, after) => {
    const input = inputOf(meddle(carryOut(EMPTY, before), others), after);
    expect(JSON.stringify(makePlan(input))).toBe(JSON.stringify(makePlan(input)));
  }),
);

test(
  "nothing outside the inventory is ever deleted, nor anything protected or orphaned",
  { timeout: TIMEOUT },
  () =>
    check([governed, meddling, governed, fc.boolean()], (before, others, after, destroy) => {
      const model = meddle(carryOut(EMPTY, before), others);
      const { changes } = makePlan({ ...inputOf(model, after), destroy }).plan;
      const entries = new Map(Object.values(model.inventory).map((entry) => [entry.remoteId, entry]));
      for (const { op, remoteId = "" } of changes) {
        if (op !== "delete" && op !== "replace") continue;
        const entry = entries.get(remoteId);
        const mayGo = op === "replace" || (entry?.protect === false && entry.onRemove !== "orphan");
        expect([entry !== undefined, mayGo]).toEqual([true, true]);
      }
    }),
);

test(
  "what no guard blocks loses little, and everything that is lost is in the digest",
  { timeout: TIMEOUT },
  () =>
    check([governed, meddling, governed], (before, others, after) => {
      const model = meddle(carryOut(EMPTY, before), others);
      const { plan } = makePlan(inputOf(model, after));
      const lost = plan.changes.filter(({ op }) => op === "delete" || op === "replace");
      const ours = new Set(Object.values(model.inventory).map(({ remoteId }) => remoteId));
      const present = listing(model).filter(({ remoteId }) => ours.has(remoteId)).length;
      const guarded = plan.blocked.some(({ guard }) => guard !== undefined);
      const little = lost.length <= 1 || lost.length < present;
      const listed = present * 2 >= ours.size || ours.size < 2;
      const declared = after.length > 0 || lost.length === 0;
      expect(guarded || (little && listed && declared)).toBe(true);
      const left = standing(plan, plan.digest.slice(0, 8));
      expect(left.every(({ guard }) => guard === undefined)).toBe(true);
      expect(standing(plan, "00000000").length).toBe(plan.blocked.length);
    }),
);
