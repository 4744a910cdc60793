/** What apply writes down, and what it leaves alone. */
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/model/errors.ts";
import type { Applied } from "../../src/reconcile/apply.ts";
import { applyPlan } from "../../src/reconcile/apply.ts";
import type { Desired } from "../../src/reconcile/input.ts";
import { makePlan } from "../../src/reconcile/plan.ts";
import { recover } from "../../src/reconcile/recover.ts";
import type { JournalEntry } from "../../src/state/contract.ts";
import { emptyState } from "../../src/state/empty.ts";
import { fingerprintWith } from "../../src/state/fingerprint.ts";
import { desired, kinds, manage, observed, target } from "../support/acme.ts";
import type { MemoryState } from "../support/memory-state.ts";
import { memoryState } from "../support/memory-state.ts";
import type { MemoryTarget, MemoryTargetOptions } from "../support/memory-target.ts";
import { memoryTarget } from "../support/memory-target.ts";

interface Project {
  readonly remote: MemoryTarget;
  readonly states: MemoryState;
  /** Calls and entries of the journal, in the order in which they were made. */
  readonly trace: string[];
  /** `between` runs after the plan and before the apply. */
  apply(wanted: readonly Desired[], between?: () => void): Promise<Applied>;
}

function project(options: MemoryTargetOptions = {}): Project {
  const trace: string[] = [];
  const states = memoryState();
  const remote = memoryTarget({
    ...options,
    fault: (op, name) => {
      trace.push(`${op} ${name}`);
      options.fault?.(op, name);
    },
  });
  const stateStore = {
    ...states,
    append: (entries: readonly JournalEntry[]) => {
      trace.push(...entries.map(spell));
      return states.append(entries);
    },
  };
  return {
    remote,
    states,
    trace,
    apply: async (wanted, between = () => undefined) => {
      const written = (await states.read()) ?? emptyState();
      const seen = [target(await remote.list(Object.keys(kinds)))];
      const fingerprint = fingerprintWith(written.fingerprintKey);
      const { state, changed, doubts } = recover(written, seen, kinds, fingerprint);
      const { inventory } = state;
      const planned = makePlan({ desired: wanted, targets: seen, inventory, kinds, fingerprint, doubts });
      between();
      return applyPlan({
        planned,
        desired: wanted,
        observed: seen,
        state,
        recovered: changed,
        kinds,
        targets: new Map([["house", remote]]),
        stateStore,
      });
    },
  };
}

function spell(entry: JournalEntry): string {
  if (entry.type === "intent") return `intent ${entry.intent.op} ${entry.intent.key}`;
  if (entry.type === "put") return `put ${entry.entry.key}`;
  return entry.type === "dropped" ? `dropped ${entry.key}` : entry.type;
}

const outcomes = ({ results }: Applied): string[] =>
  results.map(({ change, status, message }) =>
    [status, change.op, change.key, message].filter(Boolean).join(" "),
  );

describe("the journal", () => {
  test("has every call before it is made, and its outcome afterwards", async () => {
    const it = project({ parallelism: 1 });
    await it.apply([desired("a", { style: "x" }), desired("b"), desired("c")]);
    it.trace.length = 0;
    await it.apply([desired("a", { style: "y" }), desired("b", { steps: ["x"] })]);
    expect(it.trace.join(", ")).toBe(
      [
        "intent delete a, remove id-1, dropped a, intent create a, create a, done",
        "intent update b, update id-2, done",
        "intent delete c, remove id-3, dropped c",
      ].join(", "),
    );
  });

  test("has what changes the inventory without a call", async () => {
    const it = project({ objects: [observed("theirs", { name: "b" })] });
    await it.apply([desired("a", {}, { manage: manage({ onRemove: "orphan" }) })]);
    it.trace.length = 0;
    await it.apply([desired("b", {}, { manage: manage({ adopt: "theirs" }) })]);
    expect(it.trace.toSorted()).toEqual(["dropped a", "put b"]);
    expect(Object.keys((await it.states.read())?.inventory ?? {})).toEqual(["b"]);
  });

  test("that cannot be written keeps the call from being made", async () => {
    const remote = memoryTarget();
    const stateStore = {
      ...memoryState(),
      append: () => Promise.reject(new AppError("state-unreadable", "no space left")),
    };
    const wanted = [desired("a")];
    const applied = await applyPlan({
      planned: makePlan({ desired: wanted, targets: [target([])], inventory: {}, kinds }),
      desired: wanted,
      observed: [target([])],
      state: emptyState(),
      kinds,
      targets: new Map([["house", remote]]),
      stateStore,
    });
    expect(outcomes(applied)).toEqual(["failed create a no space left"]);
    expect(remote.calls).toEqual([]);
  });
});

describe("a creation that fails", () => {
  const failing = (error: Error, lands: boolean): Project => {
    let failed = false;
    const it = project();
    const create = it.remote.create.bind(it.remote);
    it.remote.create = async (kind, spec, owner) => {
      if (failed) return create(kind, spec, owner);
      failed = true;
      if (lands) await create(kind, spec, owner);
      throw error;
    };
    return it;
  };
  const lost = new AppError("api-unreachable", "no answer");

  test("for certain is open no more", async () => {
    const it = failing(new AppError("api-rejected", "the name is too long"), false);
    await it.apply([desired("a")]);
    expect((await it.states.read())?.pending).toBeUndefined();
  });

  test.for([true, false])("perhaps is looked for by the next apply; landed: %s", async (lands) => {
    const it = failing(lost, lands);
    expect((await it.apply([desired("a")])).counts.failed).toBe(1);
    expect((await it.states.read())?.pending).toMatchObject([{ op: "create", key: "a" }]);
    await it.apply([desired("a")]);
    expect(it.remote.objects.size).toBe(1);
    const state = await it.states.read();
    expect(state?.pending).toBeUndefined();
    expect(Object.keys(state?.inventory ?? {})).toEqual(["a"]);
  });

  test("perhaps, and is no longer declared, is removed by the next apply", async () => {
    const it = failing(lost, true);
    await it.apply([desired("a")]);
    await it.apply([]);
    expect(it.remote.objects.size).toBe(0);
  });

  test("perhaps, with a stranger that looks the same: neither is made again, and the file can say which it is", async () => {
    const it = failing(lost, true);
    await it.apply([desired("a")]);
    it.remote.objects.set("acme/hook other", observed("other", { name: "a" }));
    expect((await it.apply([desired("a")])).results).toEqual([]);
    expect(it.remote.objects.size).toBe(2);
    await it.apply([desired("a", {}, { manage: manage({ adopt: "id-1" }) })]);
    const state = await it.states.read();
    expect(state?.inventory["a"]?.remoteId).toBe("id-1");
    expect(state?.pending).toBeUndefined();
  });
});

describe("what moved since the plan", () => {
  const steps = (it: Project, id: string, ...after: readonly string[]): void =>
    void it.remote.objects.set(`acme/hook ${id}`, observed(id, { name: "moved", steps: [...after] }));

  test("is refused for that change only", async () => {
    const it = project();
    await it.apply([desired("a"), desired("b"), desired("c")]);
    const applied = await it.apply([desired("a", { steps: ["x"] }), desired("b", { steps: ["x"] })], () => {
      steps(it, "id-1", "theirs");
      steps(it, "id-3", "theirs");
    });
    expect(outcomes(applied)).toEqual([
      "failed update a acme/hook id-1 moved since the plan, and was left as it is (run again: the new plan shows what it is by now)",
      "applied update b",
      expect.stringContaining("failed delete c acme/hook id-3 moved since the plan"),
    ]);
    expect(it.remote.calls.slice(3)).toEqual(["update id-2"]);
  });

  test("is not what has another mark and says the same, or the same mark", async () => {
    const it = project();
    const put = (version: string, name: string): void =>
      void it.remote.objects.set("acme/hook id-1", observed("id-1", { name, steps: ["x"] }, { version }));
    await it.apply([desired("a")]);
    put("v1", "a");
    expect((await it.apply([desired("a")], () => put("v2", "a"))).counts.failed).toBe(0);
    put("v3", "a");
    expect((await it.apply([desired("a")], () => put("v3", "read otherwise"))).counts.failed).toBe(0);
    put("v4", "a");
    expect((await it.apply([desired("a")], () => put("v5", "b"))).counts.failed).toBe(1);
  });

  test("is looked for also where other changes had to come first, but for what those change themselves", async () => {
    const it = project();
    const route = (name: string, ref: string): Desired =>
      desired("r", { name, to: { hooks: [{ ref }] } }, { kind: "acme/route" });
    await it.apply([desired("a"), route("r", "a")]);
    const put = (name: string, hooks: readonly string[]): void =>
      void it.remote.objects.set(
        "acme/route id-2",
        observed("id-2", { name, to: { hooks: hooks.map((id) => ({ id })) } }, { kind: "acme/route" }),
      );
    const moved = await it.apply([desired("a"), desired("b"), route("r", "b")], () =>
      put("theirs", ["id-1"]),
    );
    expect(outcomes(moved)).toEqual([
      "applied create b",
      expect.stringContaining("acme/route id-2 moved since"),
    ]);
    put("r", ["id-1"]);
    const freed = await it.apply([desired("b"), desired("c"), route("r", "c")], () => put("r", []));
    expect(freed.counts).toMatchObject({ failed: 0, skipped: 0 });
  });

  test("and is gone already counts as removed", async () => {
    const it = project();
    await it.apply([desired("a")]);
    const applied = await it.apply([], () => it.remote.objects.clear());
    expect(outcomes(applied)).toEqual(["applied delete a"]);
  });
});
