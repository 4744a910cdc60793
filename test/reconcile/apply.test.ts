import { describe, expect, test } from "vitest";
import { AppError } from "../../src/model/errors.ts";
import { Unresolved } from "../../src/model/value.ts";
import type { Applied, ApplyInput } from "../../src/reconcile/apply.ts";
import { applyPlan, changedAnything } from "../../src/reconcile/apply.ts";
import type { Desired } from "../../src/reconcile/input.ts";
import { makePlan } from "../../src/reconcile/plan.ts";
import { appliedInWords } from "../../src/reconcile/render/applied.ts";
import { emptyState } from "../../src/state/empty.ts";
import { desired, fingerprint, kinds, manage, observed, target } from "../support/acme.ts";
import type { MemoryTarget, MemoryTargetOptions } from "../support/memory-target.ts";
import { memoryTarget } from "../support/memory-target.ts";
import type { MemoryState } from "../support/memory-state.ts";
import { memoryState } from "../support/memory-state.ts";

interface Project {
  readonly remote: MemoryTarget;
  readonly states: MemoryState;
  apply(wanted: readonly Desired[], over?: Partial<ApplyInput>): Promise<Applied>;
  changes(wanted: readonly Desired[]): Promise<string[]>;
  inventory(): Promise<Record<string, string>>;
}

function project(options: MemoryTargetOptions = {}): Project {
  const remote = memoryTarget(options);
  const states = memoryState();
  const look = async (wanted: readonly Desired[]): Promise<ApplyInput> => {
    const state = (await states.read()) ?? emptyState();
    const seen = [target(await remote.list(Object.keys(kinds)))];
    const planned = makePlan({
      desired: wanted,
      targets: seen,
      inventory: state.inventory,
      kinds,
      fingerprint,
    });
    return {
      planned,
      desired: wanted,
      observed: seen,
      state,
      kinds,
      targets: new Map([["house", remote]]),
      stateStore: states,
    };
  };
  return {
    remote,
    states,
    apply: async (wanted, over = {}) => applyPlan({ ...(await look(wanted)), ...over }),
    changes: async (wanted) => (await look(wanted)).planned.plan.changes.map(({ op, key }) => `${op} ${key}`),
    inventory: async () => {
      const entries = Object.values((await states.read())?.inventory ?? {});
      return Object.fromEntries(entries.map(({ key, remoteId }) => [key, remoteId]));
    },
  };
}

const outcomes = ({ results }: Applied): string[] =>
  results.map(({ change, status, message }) =>
    [status, change.op, change.key, message].filter((word) => word !== undefined).join(" "),
  );

const route = (ref: string): Desired => desired("r", { to: { hooks: [{ ref }] } }, { kind: "acme/route" });

/** Fails the calls that are named, once each. */
function failOnce(...names: readonly string[]): NonNullable<MemoryTargetOptions["fault"]> {
  const left = new Set(names);
  return (op, name) => {
    if (left.delete(`${op} ${name}`))
      throw new AppError("apply-failed", "answered 500", { hint: "try again" });
  };
}

test("references are sent as remote ids, created first", async () => {
  const it = project();
  await it.apply([route("h"), desired("h")]);
  expect(it.remote.calls).toEqual(["create h", "create r"]);
  expect(it.remote.objects.get("acme/route id-2")?.fields).toEqual({
    name: "r",
    to: { hooks: [{ id: "id-1" }] },
  });
  expect(await it.inventory()).toEqual({ h: "id-1", r: "id-2" });
});

test("what refers to something that is made anew is re-pointed in the same apply", async () => {
  const it = project();
  await it.apply([route("h"), desired("h", { style: "a" })]);
  await it.apply([route("h"), desired("h", { style: "b" })]);
  expect(it.remote.calls.slice(2)).toEqual(["remove id-1", "create h", "update id-2"]);
  expect(it.remote.objects.get("acme/route id-2")?.fields).toEqual({
    name: "r",
    to: { hooks: [{ id: "id-3" }] },
  });
  expect(await it.changes([route("h"), desired("h", { style: "b" })])).toEqual([]);
});

test("one failure stops only what depends on it, and the next apply does the rest", async () => {
  const it = project({ fault: failOnce("create h") });
  const wanted = [route("h"), desired("h"), desired("other")];
  const applied = await it.apply(wanted);
  expect(outcomes(applied)).toEqual([
    "failed create h answered 500 (try again)",
    "applied create other",
    "skipped create r depends on the create of h, which failed",
  ]);
  expect(applied.counts).toEqual({ applied: 1, failed: 1, skipped: 1 });
  expect(await it.changes(wanted)).toEqual(["create h", "create r"]);
  await it.apply(wanted);
  expect(it.remote.objects.size).toBe(3);
  expect(await it.changes(wanted)).toEqual([]);
});

test("a deletion that fails stays in the inventory", async () => {
  const it = project({ fault: failOnce("remove id-1") });
  await it.apply([desired("a")]);
  expect((await it.apply([])).counts.failed).toBe(1);
  expect(await it.inventory()).toEqual({ a: "id-1" });
  await it.apply([]);
  expect(await it.inventory()).toEqual({});
});

test("a replacement that is removed and not made again is created by the next apply", async () => {
  let creations = 0;
  const fault = (op: string): void => {
    if (op === "create" && (creations += 1) === 2) throw new AppError("apply-failed", "answered 500");
  };
  const it = project({ fault });
  const fresh = desired("a", { style: "b" });
  await it.apply([desired("a", { style: "a" })]);
  const applied = await it.apply([fresh]);
  expect(outcomes(applied)).toEqual([
    "failed replace a the old object is deleted and the new one is not there yet: answered 500",
  ]);
  expect([applied.results[0]?.half, changedAnything(applied)]).toEqual([true, true]);
  expect(appliedInWords(applied)).toBe("Applied: 1 failed (1 with the old object deleted).");
  expect(await it.inventory()).toEqual({});
  expect(await it.changes([fresh])).toEqual(["create a"]);
  await it.apply([fresh]);
  expect(it.remote.objects.size).toBe(1);
});

describe("the inventory", () => {
  test("is written before the first change, after every level, and not for nothing", async () => {
    const it = project();
    await it.apply([route("h"), desired("h")]);
    expect(it.states.writes.map(({ serial, inventory }) => [serial, Object.keys(inventory)])).toEqual([
      [1, []],
      [2, ["h"]],
      [3, ["h", "r"]],
    ]);
    await it.apply([route("h"), desired("h")]);
    expect(it.states.writes).toHaveLength(3);
  });

  test("that cannot be written stops everything before the first change", async () => {
    const it = project();
    const stateStore = {
      ...it.states,
      write: () => Promise.reject(new AppError("state-unreadable", "full")),
    };
    await expect(it.apply([desired("a")], { stateStore })).rejects.toThrow("full");
    expect(it.remote.calls).toEqual([]);
  });

  test("follows what changes nothing at the target: protection, an earlier key", async () => {
    const it = project();
    await it.apply([desired("a")]);
    await it.apply([desired("a", {}, { manage: manage({ protect: true }) })]);
    expect((await it.states.read())?.inventory["a"]).toMatchObject({ protect: true });
    await it.apply([desired("b", { name: "a" }, { manage: manage({ previously: ["a"] }) })]);
    expect(await it.inventory()).toEqual({ b: "id-1" });
    expect(it.remote.calls).toEqual(["create a"]);
  });

  test("of an earlier key goes with it when the object had vanished", async () => {
    const it = project();
    await it.apply([desired("a")]);
    it.remote.objects.clear();
    const renamed = desired("b", { name: "a" }, { manage: manage({ previously: ["a"] }) });
    await it.apply([renamed]);
    expect(await it.inventory()).toEqual({ b: "id-2" });
    expect(await it.changes([renamed])).toEqual([]);
  });

  test("takes what was found applied already as applied", async () => {
    const it = project();
    await it.apply([desired("a", { steps: ["x"] })]);
    // Somebody made at the target the change that the file asks for next.
    it.remote.objects.set("acme/hook id-1", observed("id-1", { name: "a", steps: ["y"] }));
    await it.apply([desired("a", { steps: ["y"] })]);
    expect((await it.states.read())?.inventory["a"]?.applied).toEqual({ name: "a", steps: ["y"] });
    expect(it.remote.calls).toEqual(["create a"]);
  });
});

test("adopting an object that is as declared changes nothing at the target", async () => {
  const it = project({ objects: [observed("theirs", { name: "a" })] });
  await it.apply([desired("a", {}, { manage: manage({ adopt: "theirs" }) })]);
  expect(it.remote.calls).toEqual([]);
  expect(await it.inventory()).toEqual({ a: "theirs" });
});

test("forgetting leaves the object", async () => {
  const it = project();
  await it.apply([desired("a", {}, { manage: manage({ onRemove: "orphan" }) })]);
  await it.apply([]);
  expect(await it.inventory()).toEqual({});
  expect(it.remote.objects.size).toBe(1);
});

test("what is incomplete is not sent", async () => {
  const it = project();
  const applied = await it.apply([desired("a", { url: new Unresolved("${env:URL}", true) })]);
  expect(outcomes(applied)).toEqual([
    "failed create a a value is missing, and what is incomplete is not sent (set the variables that the plan shows as not yet known)",
  ]);
  expect(it.remote.calls).toEqual([]);
});

test("no more at once than the target takes", async () => {
  const it = project({ parallelism: 3 });
  await it.apply(Array.from({ length: 10 }, (_, index) => desired(`a${index}`)));
  expect(it.remote.peak()).toBe(3);
});

test("an interruption finishes what runs, starts nothing more and records", async () => {
  const stop = new AbortController();
  const it = project({ parallelism: 1, fault: (_op, name) => void (name === "b" && stop.abort()) });
  const applied = await it.apply([desired("a"), desired("b"), desired("c")], { signal: stop.signal });
  expect(outcomes(applied)).toEqual([
    "applied create a",
    "applied create b",
    "skipped create c interrupted before it was its turn",
  ]);
  expect(await it.inventory()).toEqual({ a: "id-1", b: "id-2" });
});

test("progress counts to the end", async () => {
  const it = project();
  const seen: string[] = [];
  await it.apply([desired("a"), desired("b")], {
    onProgress: (done, total) => void seen.push(`${done}/${total}`),
  });
  expect(seen).toEqual(["1/2", "2/2"]);
});
