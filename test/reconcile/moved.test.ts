/** An object is looked at again right before it is changed. */
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/model/errors.ts";
import type { Change, Observed, Op } from "../../src/model/plan.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Step } from "../../src/reconcile/input.ts";
import { createMoveCheck } from "../../src/reconcile/moved.ts";
import { fingerprint, kinds, observed, target } from "../support/acme.ts";
import { memoryTarget } from "../support/memory-target.ts";

function step(op: Op, over: Partial<Change> = {}, dependsOn: readonly number[] = []): Step {
  const change: Change = {
    op,
    key: "a",
    kind: "acme/hook",
    target: "house",
    remoteId: "1",
    fields: [],
    precondition: { none: true },
    sideEffects: [],
    source: null,
    drift: false,
    ...over,
  };
  return { change, level: 0, dependsOn };
}

/** What the check says of a step, and how often it read. */
async function check(
  before: readonly Observed[],
  now: readonly Observed[],
  one: Step,
): Promise<{ refused: string | undefined; reads: number }> {
  const memory = memoryTarget({ objects: now });
  let reads = 0;
  const counting: typeof memory = {
    ...memory,
    read: (...args) => {
      reads += 1;
      return memory.read(...args);
    },
  };
  const expectUnmoved = createMoveCheck([target([]), target(before)], kinds, fingerprint);
  try {
    await expectUnmoved(counting, one);
    return { refused: undefined, reads };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { refused: `${error.code}: ${error.message} (${error.hint ?? ""})`, reads };
  }
}

const MOVED =
  "target-moved: acme/hook 1 moved since the plan, and was left as it is (run again: the new plan shows what it is by now)";
const there = observed("1", { name: "a", steps: ["x"] });
const other = observed("1", { name: "a", steps: ["y"] });

describe("what is to be changed", () => {
  test.for<Op>(["update", "adopt", "replace", "delete"])("by %s is read once more", async (op) => {
    expect(await check([there], [there], step(op))).toEqual({ refused: undefined, reads: 1 });
    expect(await check([there], [other], step(op))).toEqual({ refused: MOVED, reads: 1 });
  });

  test.for<Op>(["create", "forget"])("by %s is not", async (op) => {
    expect(await check([there], [other], step(op))).toEqual({ refused: undefined, reads: 0 });
  });

  test("is not read where the plan saw no such object", async () => {
    const nowhere = { refused: undefined, reads: 0 };
    const { remoteId: _, ...change } = step("update").change;
    expect(await check([there], [other], { ...step("update"), change })).toEqual(nowhere);
    expect(await check([], [other], step("update"))).toEqual(nowhere);
    expect(await check([there], [other], step("update", { target: "other" }))).toEqual(nowhere);
    expect(await check([there], [other], step("update", { kind: "acme/route" }))).toEqual(nowhere);
    const unknown = { ...there, kind: "acme/none" };
    expect(await check([unknown], [unknown], step("update", { kind: "acme/none" }))).toEqual(nowhere);
  });

  test("and is gone is for the change to find", async () => {
    expect(await check([there], [], step("delete"))).toEqual({ refused: undefined, reads: 1 });
  });

  test("is found under another spelling of its id", async () => {
    const long = { ...there, remoteId: "long", aliases: ["1"] };
    expect((await check([long], [other], step("update"))).refused).toBe(MOVED);
    expect((await check([{ ...there, aliases: ["2"] }], [other], step("update"))).refused).toBe(MOVED);
  });
});

describe("an object is the same", () => {
  test.for<[string, Observed, Observed, boolean]>([
    ["by its version, whatever it has", { ...there, version: "1" }, { ...other, version: "1" }, true],
    ["by what it has, whatever its version", { ...there, version: "1" }, { ...there, version: "2" }, true],
    ["only then", { ...there, version: "1" }, { ...other, version: "2" }, false],
    ["only then, where neither has a version", there, other, false],
    [
      "by its secrets too",
      observed("1", { url: new Secret("https://h.example/1") }),
      observed("1", { url: new Secret("https://h.example/2") }),
      false,
    ],
    ["whatever is volatile", there, observed("1", { ...there.fields, lastSeen: "now" }), true],
  ])("%s", async ([, before, now, same]) => {
    expect((await check([before], [now], step("update"))).refused).toBe(same ? undefined : MOVED);
  });
});

describe("what referred to an object that the plan removed first", () => {
  const route = (name: string, ...hooks: string[]): Observed =>
    observed("1", { name, to: { hooks: hooks.map((id) => ({ id })) }, odd: "x" }, { kind: "acme/route" });
  const change = { kind: "acme/route" };
  const moved = MOVED.replace("acme/hook", "acme/route");

  test.for<[string, Observed, readonly number[], string | undefined]>([
    ["may have lost the reference", route("r"), [0], undefined],
    ["may have lost nothing else", route("s"), [0], moved],
    ["nor what is not documented", { ...route("r"), fields: { name: "r" } }, [0], moved],
    ["has moved when nothing was removed", route("r"), [], moved],
  ])("%s", async ([, now, dependsOn, refused]) => {
    const result = await check([route("r", "9")], [now], step("delete", change, dependsOn));
    expect(result).toEqual({ refused, reads: 1 });
  });
});
