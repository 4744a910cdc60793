import fc from "fast-check";
import { expect, test } from "vitest";
import { Secret } from "../../src/model/secret.ts";
import type { Observed, Plan } from "../../src/model/plan.ts";
import type { Fields } from "../../src/model/value.ts";
import { applyPlan } from "../../src/reconcile/apply.ts";
import type { Desired, Planned, PlanInput } from "../../src/reconcile/input.ts";
import { makePlan } from "../../src/reconcile/plan.ts";
import type { StateData } from "../../src/state/contract.ts";
import { desired, fingerprint, kinds, manage, observed, stateKey, target } from "../support/acme.ts";
import type { MemoryTarget } from "../support/memory-target.ts";
import { memoryTarget } from "../support/memory-target.ts";
import { memoryState } from "../support/memory-state.ts";

const word = fc.stringMatching(/^[a-z]{1,4}$/);
const secret = fc.stringMatching(/^[a-z]{1,3}$/).map((text) => new Secret(`https://h.example/${text}`));
const spec: fc.Arbitrary<Fields> = fc.record(
  {
    url: secret,
    token: secret,
    enabled: fc.boolean(),
    tags: fc.uniqueArray(word, { maxLength: 3 }),
    steps: fc.array(word, { maxLength: 3 }),
    events: fc.dictionary(word, fc.constant(true), { maxKeys: 3 }),
    headers: fc.dictionary(word, secret, { maxKeys: 2 }),
    options: fc.record({ retries: fc.integer({ min: 0, max: 5 }), note: word }, { requiredKeys: [] }),
    style: fc.constantFrom("a", "b"),
    hidden: word,
  },
  { requiredKeys: [] },
);

/** Hooks a… and routes that refer to some of them. */
const world = fc
  .tuple(fc.dictionary(word, spec, { maxKeys: 6, minKeys: 1 }), fc.array(fc.nat(), { maxLength: 3 }))
  .map(([specs, routes]): readonly Desired[] => {
    const keys = Object.keys(specs);
    const hooks = keys.map((key) => desired(key, specs[key]));
    const routed = routes.map((pick, index) =>
      desired(
        `route-${index}`,
        { to: { hooks: [{ ref: keys[pick % keys.length] ?? "" }] } },
        { kind: "acme/route" },
      ),
    );
    return [...hooks, ...routed];
  });

const emptyState: StateData = {
  formatVersion: 1,
  lineage: "l",
  serial: 0,
  fingerprintKey: stateKey,
  inventory: {},
};

/** One project over one target, whose token is never given back. */
class Project {
  readonly remote: MemoryTarget = memoryTarget({ writeOnly: ["token", "hidden"] });
  readonly #stateStore = memoryState();

  async inputFor(wanted: readonly Desired[]): Promise<PlanInput> {
    const objects = await this.remote.list(Object.keys(kinds));
    const state = (await this.#stateStore.read()) ?? emptyState;
    return { desired: wanted, targets: [target(objects)], inventory: state.inventory, kinds, fingerprint };
  }

  async plan(wanted: readonly Desired[]): Promise<Planned> {
    return makePlan(await this.inputFor(wanted));
  }

  async apply(wanted: readonly Desired[]): Promise<Planned> {
    const input = await this.inputFor(wanted);
    const planned = makePlan(input);
    const { counts } = await applyPlan({
      planned,
      desired: wanted,
      observed: input.targets,
      state: (await this.#stateStore.read()) ?? emptyState,
      kinds,
      targets: new Map([["house", this.remote]]),
      stateStore: this.#stateStore,
    });
    if (counts.applied !== planned.steps.length)
      throw new Error(`not everything was applied: ${JSON.stringify(counts)}`);
    return planned;
  }
}

const property = <T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(arbitrary, check), { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 150) });

/** A secret that nothing can tell about is no work. */
function expectNothing({ changes, blocked, kept, unknown }: Plan): void {
  const open = unknown.filter(({ why }) => !why.startsWith("unverifiable: "));
  expect({ changes, blocked, kept, open }).toEqual({ changes: [], blocked: [], kept: [], open: [] });
}

test("after apply there is nothing left to do, from whatever was there before", () =>
  property(fc.tuple(world, world), async ([before, after]) => {
    const project = new Project();
    await project.apply(before);
    expectNothing((await project.plan(before)).plan);
    await project.apply(after);
    expectNothing((await project.plan(after)).plan);
    expect(project.remote.objects.size).toBe(after.length);
  }));

test("the order of everything is irrelevant: the plan is the same to the byte", () =>
  property(fc.tuple(world, world, fc.infiniteStream(fc.nat())), async ([before, after, random]) => {
    const project = new Project();
    await project.apply(before);
    const input = await project.inputFor(after);
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
    const [left, right] = [makePlan(input), makePlan(shuffled)];
    expect(JSON.stringify(right.plan)).toBe(JSON.stringify(left.plan));
    expect(right.steps).toEqual(left.steps);
  }));

test("only what is in the inventory is ever deleted or changed", () =>
  property(fc.tuple(world, world, fc.array(spec, { maxLength: 4 })), async ([before, after, strangers]) => {
    const project = new Project();
    await project.apply(before);
    const theirs = strangers.map((fields, index): Observed =>
      observed(`theirs-${index}`, { ...fields, name: `x${index}` }),
    );
    for (const object of theirs) project.remote.objects.set(`${object.kind} ${object.remoteId}`, object);
    const input = await project.inputFor(after);
    const ours = new Set(Object.values(input.inventory).map(({ remoteId }) => remoteId));
    const touched = makePlan(input).plan.changes.flatMap(({ remoteId }) => remoteId ?? []);
    expect(touched.filter((remoteId) => !ours.has(remoteId))).toEqual([]);
  }));

test("nothing that is protected is deleted or replaced", () =>
  property(fc.tuple(world, world), async ([before, after]) => {
    const guard = (one: Desired): Desired => ({ ...one, manage: manage({ protect: true }) });
    const project = new Project();
    await project.apply(before.map(guard));
    const { plan } = await project.plan(after.map(guard));
    expect(plan.summary).toMatchObject({ delete: 0, replace: 0 });
  }));

test("no plaintext of a secret is in a plan, old or new", () =>
  property(fc.tuple(fc.uuid(), fc.uuid()), async ([old, fresh]) => {
    const project = new Project();
    const spelled = (text: string): readonly Desired[] => [
      desired("a", {
        url: new Secret(`https://h.example/${text}`),
        token: new Secret(text),
        headers: { x: new Secret(text) },
      }),
    ];
    const first = await project.apply(spelled(old));
    const second = await project.apply(spelled(fresh));
    const third = await project.plan([]);
    const printed = JSON.stringify([first.plan, second.plan, third.plan]);
    expect(second.plan.changes[0]?.fields.map(({ path }) => path)).toEqual(["headers.x", "token", "url"]);
    expect(printed).not.toContain(old);
    expect(printed).not.toContain(fresh);
  }));
