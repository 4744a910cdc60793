/** Rare situations of planning and of checking a saved plan, each one line of the rules. */
import { describe, expect, test } from "vitest";
import { Secret } from "../../src/model/secret.ts";
import type { Change } from "../../src/model/plan.ts";
import type { Planned, PlanInput } from "../../src/reconcile/input.ts";
import { planDigest } from "../../src/reconcile/digest.ts";
import { diffFields } from "../../src/reconcile/diff.ts";
import { keepIgnored } from "../../src/reconcile/ignored.ts";
import { makePlan } from "../../src/reconcile/plan.ts";
import { checkFresh } from "../../src/reconcile/saved/check.ts";
import type { SavedPlan } from "../../src/reconcile/saved/contract.ts";
import { accounts, sealKey } from "../../src/reconcile/saved/key.ts";
import { replaceReferences } from "../../src/reconcile/references.ts";
import {
  desired,
  entry,
  fingerprint,
  hook,
  input,
  inventory,
  kinds,
  manage,
  observed,
  stateKey,
  target,
} from "../support/acme.ts";

const plan = (over: Partial<PlanInput>): Planned["plan"] => makePlan(input(over)).plan;

describe("planning", () => {
  test("of what has become somebody else's is blocked", () => {
    const a = desired("a");
    const made = plan({
      desired: [a],
      targets: [target([observed("1", { name: "b" }, { foreign: "made by the console" })])],
      inventory: inventory(entry(a, "1")),
    });
    expect(made.changes).toEqual([]);
    expect(made.blocked).toMatchObject([
      { op: "update", key: "a", why: "it is not ours: made by the console" },
    ]);
  });

  test("of a key for another kind waits for an object that must stay", () => {
    const made = plan({
      desired: [desired("a", { to: {} }, { kind: "acme/route" })],
      targets: [target([observed("1", { name: "a" })])],
      inventory: inventory(entry(desired("a"), "1", { protect: true })),
    });
    expect(made.changes).toEqual([]);
    expect(made.blocked.map(({ op, why }) => `${op}: ${why}`)).toContain(
      "create: its earlier object (acme/hook at house) stays, and one key cannot stand for two",
    );
  });

  test("says that an object was written since, where its secret cannot be read", () => {
    const a = desired("a", { token: new Secret("t0ken-value") });
    const made = plan({
      desired: [a],
      targets: [target([observed("1", { name: "a" }, { version: "2" })])],
      inventory: inventory(entry(a, "1", { version: "1" })),
    });
    expect(made.changes).toEqual([]);
    expect(made.unknown).toEqual([
      {
        key: "a",
        target: "house",
        path: null,
        why: "possibly changed remotely: the object was written since, and its secrets cannot be read back",
      },
    ]);
  });

  test("of a target or a kind that nobody knows is a mistake of the program", () => {
    expect(() => plan({ desired: [desired("a", {}, { target: "nowhere" })] })).toThrow(
      "the target nowhere was not observed",
    );
    expect(() => plan({ desired: [desired("a", {}, { kind: "acme/none" })] })).toThrow(
      "there is no kind acme/none",
    );
  });

  test("takes an object with our key back, and one of two names of nobody", () => {
    const back = plan({
      desired: [desired("a")],
      targets: [target([observed("1", { name: "other" }, { key: "a" })], { keepsKeys: true })],
    });
    expect(back.changes.map(({ op, key }) => `${op} ${key}`)).toEqual(["adopt a"]);
    const twins = plan({
      desired: [desired("a")],
      targets: [
        target([observed("1", { name: "a" }), observed("2", { name: "a" })], { ownership: "exclusive" }),
      ],
    });
    expect(twins.blocked).toContainEqual(expect.objectContaining({ op: "create", key: "a", remoteId: "1" }));
  });

  test("makes a policy wait for both hooks, and hooks wait for every policy that leaves them", () => {
    const to = (...refs: string[]): ReturnType<typeof desired>["spec"] => ({
      to: { hooks: refs.map((ref) => ({ ref })) },
    });
    const routes = ["r", "s"].map((key) => desired(key, to("a", "b"), { kind: "acme/route" }));
    const hooks = ["a", "b"].map((key) => desired(key));
    const created = makePlan(input({ desired: [...routes, ...hooks] }));
    expect(
      created.steps.map(({ change, level, dependsOn }) => [change.key, level, dependsOn.length]),
    ).toEqual([
      ["a", 0, 0],
      ["b", 0, 0],
      ["r", 1, 2],
      ["s", 1, 2],
    ]);
    const objects = [...hooks, ...routes].map((one) =>
      observed(
        `id-${one.key}`,
        replaceReferences(kinds[one.kind as "acme/hook"], one.spec, (key) => `id-${key}`),
        { kind: one.kind },
      ),
    );
    const removed = makePlan(
      input({
        targets: [target(objects)],
        inventory: inventory(...[...hooks, ...routes].map((one) => entry(one, `id-${one.key}`))),
      }),
    );
    expect(
      removed.steps.map(({ change, level, dependsOn }) => [change.key, level, dependsOn.length]),
    ).toEqual([
      ["r", 0, 0],
      ["s", 0, 0],
      ["a", 1, 2],
      ["b", 1, 2],
    ]);
  });
});

test("a field of which only the beginning comes back is judged by memory when it begins so", () => {
  const judged = (url: string): string[] =>
    diffFields({
      kind: hook,
      key: "a",
      desired: { url: new Secret(url) },
      observed: { url: new Secret("https://h.example/") },
      clipped: ["url"],
      entry: entry(desired("a", { url: new Secret("https://h.example/t0ken") }), "1"),
      ignore: [],
      fingerprint,
    }).fields.map(({ path }) => path);
  expect(judged("https://h.example/t0ken")).toEqual([]);
  expect(judged("https://h.example/other")).toEqual(["url"]);
  expect(judged("https://else.example/t0ken")).toEqual(["url"]);
});

describe("what is sent for ignored fields", () => {
  test.for<
    [
      string,
      Parameters<typeof keepIgnored>[1],
      Parameters<typeof keepIgnored>[1],
      string[],
      Parameters<typeof keepIgnored>[1],
    ]
  >([
    ["nothing is ignored", { name: "a" }, { name: "b" }, [], { name: "a" }],
    [
      "a field",
      { name: "a", steps: ["x"] },
      { name: "b", steps: ["y"] },
      ["steps"],
      { name: "a", steps: ["y"] },
    ],
    ["a field that the target lacks", { name: "a", steps: ["x"] }, { name: "b" }, ["steps"], { name: "a" }],
    ["a field that never comes back", { name: "a", hidden: "x" }, {}, ["hidden"], { name: "a", hidden: "x" }],
    [
      "a part of an object",
      { options: { retries: 1, note: "a" } },
      { options: { retries: 2, note: "b" } },
      ["options.note"],
      { options: { retries: 1, note: "b" } },
    ],
    [
      "a part of an object that is not declared",
      { name: "a" },
      { name: "a", options: { retries: 2, note: "b" } },
      ["options.note"],
      { name: "a", options: { note: "b" } },
    ],
    [
      "a part that neither has",
      { name: "a" },
      { name: "a", options: { retries: 2 } },
      ["options.note"],
      { name: "a" },
    ],
    [
      "a part of an object that the target lacks",
      { options: { retries: 1 } },
      {},
      ["options.note"],
      { options: { retries: 1 } },
    ],
    [
      "an entry of a map",
      { events: { a: true } },
      { events: { b: true } },
      ["events.b"],
      { events: { a: true, b: true } },
    ],
  ])("%s", ([, wanted, seen, ignore, expected]) => {
    expect(keepIgnored({ ...hook, update: "PUT" }, wanted, seen, ignore, true)).toEqual(expected);
  });

  test.for([
    ["an update leaves alone what it does not name", "PATCH", true],
    ["the target shows everything, and has none", "PUT", false],
  ] as const)("nothing, where %s", ([, update, hides]) => {
    const wanted = { name: "a", hidden: "x" };
    expect(keepIgnored({ ...hook, update }, wanted, {}, ["hidden"], hides)).toEqual({ name: "a" });
  });
});

test("a map of references is replaced value by value, and what is no reference stays", () => {
  const field = {
    type: "object",
    description: "",
    ref: "acme/hook",
    fields: { id: { type: "string", description: "" } },
  } as const;
  const kind = {
    ...hook,
    fields: {
      byName: { type: "map", description: "", values: field },
      name: { type: "string", description: "" },
    },
  } as typeof hook;
  expect(
    replaceReferences(
      kind,
      { byName: { x: { ref: "a", on: true }, y: "plain" }, name: "n" },
      (key) => `id-${key}`,
    ),
  ).toEqual({
    byName: { x: { id: "id-a", on: true }, y: "plain" },
    name: "n",
  });
});

describe("a saved plan against the plan of now", () => {
  const config = { file: "/p/notifications.yaml", digest: "d", targets: new Map() };
  const state = {
    formatVersion: 1,
    lineage: "l",
    serial: 1,
    fingerprintKey: stateKey,
    inventory: {},
  } as const;
  const saved = (changes: readonly Change[]): SavedPlan =>
    ({
      ...plan({}),
      changes,
      digest: planDigest(changes),
      seal: { salt: null },
      values: null,
    }) as unknown as SavedPlan;
  const refusal = (then: readonly Change[], now: Partial<PlanInput>): string => {
    try {
      checkFresh(saved(then), makePlan(input(now)), { config, state });
    } catch (error) {
      return String(error);
    }
    return "";
  };
  const creation = (key: string): Change => {
    const [change] = plan({ desired: [desired(key)] }).changes;
    if (change === undefined) throw new Error("nothing is created");
    return change;
  };

  test("names what is no longer to be created, and at most five", () => {
    expect(refusal([creation("a")], {})).toBe(
      "Error: it is stale: a on house: it was to be created, and that is no longer needed".replace(
        "Error",
        "Refusal",
      ),
    );
    const many = ["a", "b", "c", "d", "e", "f", "g"].map(creation);
    expect(refusal(many, {})).toMatch(/e on house: [^;]*; and 2 more$/);
  });

  test("says why what was to be created is refused now", () => {
    const now = { desired: [desired("a")], targets: [target([observed("1", { name: "a" })])] };
    expect(refusal([creation("a")], now)).toContain(
      "a on house: house already has an unmanaged acme/hook of this name",
    );
  });

  test("sees the same changes twice, another object, another content", () => {
    const a = creation("a");
    expect(refusal([a, a], { desired: [desired("a")] })).toContain("its changes are no longer the same");
    expect(refusal([{ ...a, remoteId: "1" }], { desired: [desired("a")] })).toContain(
      "its object is another one now",
    );
    expect(refusal([{ ...a, sideEffects: ["x"] }], { desired: [desired("a")] })).toContain(
      "what would be changed is no longer the same",
    );
  });

  test("sees another value where the changes look the same", () => {
    expect(refusal([creation("a")], { desired: [desired("a")] })).toContain(
      "a value that would be sent is not the one that was planned",
    );
  });
});

test("places of targets show neither user nor password, and still tell them apart", () => {
  const base = {
    provider: "acme",
    ownership: "recorded",
    guards: { maxDeletes: 1, maxDeletePercent: 1 },
    source: { file: "f", line: 1, column: 1 },
  } as const;
  const of = (store: string): ReturnType<typeof accounts> =>
    accounts(
      { file: "/p/notifications.yaml", targets: new Map([["t", { ...base, name: "t", store }]]) },
      sealKey({ targets: new Map() }, { fingerprintKey: stateKey }),
    );
  const [one] = of("postgres://user:passw0rd@db.example/x?ssl=1");
  const [two] = of("postgres://user:other@db.example/x?ssl=1");
  expect(one).toMatchObject({
    place: "postgres://db.example/x",
    credentials: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(two?.place).toBe(one?.place);
  expect(two?.credentials).not.toBe(one?.credentials);
  expect(of("/p/.bellhop/store.json")[0]).toMatchObject({ place: ".bellhop/store.json", credentials: null });
});

test("ignored differences are said with a policy that ignores them", () => {
  const a = desired("a", { steps: ["x"] }, { manage: manage({ ignore: ["steps"] }) });
  const made = plan({
    desired: [a],
    targets: [target([observed("1", { name: "a", steps: ["y"] })])],
    inventory: inventory(entry(a, "1")),
  });
  expect(made.kept).toMatchObject([{ key: "a", why: "ignored: steps differs" }]);
});

test("a field that is not documented is compared all the same", () => {
  const a = desired("a", { extra: "new" });
  const made = plan({
    desired: [a],
    targets: [target([observed("1", { name: "a", extra: "old" })])],
    inventory: inventory(entry(a, "1")),
  });
  expect(made.changes).toMatchObject([
    { op: "update", fields: [{ path: "extra", before: "old", after: "new" }] },
  ]);
});
