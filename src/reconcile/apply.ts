/**
 * Applies a plan: the only place that calls a target's mutating methods. Level by level; within one, every target at its own
 * parallelism. What fails stops only what depends on it, and what has moved since the plan is not touched. The inventory is
 * written before the first change, after every level, and at the end; in between the journal has every call.
 */
import { runPool } from "../lib/pool.ts";
import { AppError } from "../model/errors.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type { Change } from "../model/plan.ts";
import type { Target } from "../model/target.ts";
import { hasUnresolved } from "../model/value.ts";
import type { StateData, StateStore } from "../state/contract.ts";
import { fingerprintWith } from "../state/fingerprint.ts";
import type { Desired, ObservedTarget, Planned, Step } from "./input.ts";
import type { MoveCheck } from "./moved.ts";
import { createMoveCheck } from "./moved.ts";
import { mutate } from "./mutate.ts";
import type { Recorder } from "./recorder.ts";
import { createRecorder } from "./recorder.ts";

export interface ApplyInput {
  readonly planned: Planned;
  /** What the plan was made from. */
  readonly desired: readonly Desired[];
  readonly observed: readonly ObservedTarget[];
  readonly state: StateData;
  /** Whether the state already differs from what is written: an earlier apply was cut short. */
  readonly recovered?: boolean;
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
  readonly targets: ReadonlyMap<string, Target>;
  readonly stateStore: StateStore;
  /** Aborted: nothing more is started, what is under way is finished and recorded. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export type ChangeStatus = "applied" | "failed" | "skipped";

/** What came of one change. */
export interface ChangeResult {
  readonly change: Change;
  readonly status: ChangeStatus;
  /** Remote id afterwards, where there is an object. */
  readonly remoteId?: string;
  /** Why it failed or was skipped. */
  readonly message?: string;
  /** Of a replacement that failed: the old object is deleted, and the new one is not there yet. */
  readonly half?: true;
}

export interface Applied {
  /** In the order of the plan's changes, one for each. */
  readonly results: readonly ChangeResult[];
  readonly counts: Readonly<Record<ChangeStatus, number>>;
  /** Why the state does not say all that was done, where it could not be written. The next apply finds out. */
  readonly unrecorded?: Error;
}

/** What was applied, where all of it is recorded. Throws `unrecorded` otherwise. */
export function expectRecorded(applied: Applied): Applied {
  if (applied.unrecorded !== undefined) throw applied.unrecorded;
  return applied;
}

/** Whether anything is another way than before the apply, a half replacement included. */
export const changedAnything = ({ results }: Applied): boolean =>
  results.some(({ status, half }) => status === "applied" || half === true);

/** Throws where the state cannot be written before the first change; afterwards that ends the apply, and is in what it answers. */
export async function applyPlan(input: ApplyInput): Promise<Applied> {
  const { steps } = input.planned;
  const fingerprint = fingerprintWith(input.state.fingerprintKey);
  const recorder = createRecorder(input, fingerprint);
  const expectUnmoved = createMoveCheck(input.observed, input.kinds, fingerprint);
  if (steps.length > 0) await recorder.save(true);
  const results: (ChangeResult | undefined)[] = steps.map(() => undefined);
  let done = 0;
  const finished = (): void => input.onProgress?.((done += 1), steps.length);
  let unwritten: Error | undefined;
  for (const level of levelsOf(steps)) {
    const run = { ...input, recorder, expectUnmoved, finished, unwritten };
    await applyLevel(run, level, results);
    unwritten ??= await failureOf(recorder.save(false));
  }
  recorder.settle(untouched(input), input.observed);
  // Once more where it could not be written: that may have passed.
  const last = recorder.save(unwritten !== undefined);
  const unrecorded = steps.length === 0 ? await last.then(() => undefined) : await failureOf(last);
  const complete = results.filter((result) => result !== undefined);
  return {
    results: complete,
    counts: countsOf(complete),
    ...(unrecorded === undefined ? {} : { unrecorded }),
  };
}

function countsOf(results: readonly ChangeResult[]): Applied["counts"] {
  const counts = { applied: 0, failed: 0, skipped: 0 };
  for (const { status } of results) counts[status] += 1;
  return counts;
}

async function failureOf(writing: Promise<void>): Promise<Error | undefined> {
  try {
    await writing;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Indices of the steps by level. */
function levelsOf(steps: readonly Step[]): readonly (readonly number[])[] {
  const levels: number[][] = [];
  for (const [index, step] of steps.entries()) (levels[step.level] ??= []).push(index);
  return levels.filter((level) => level !== undefined);
}

/** An apply that is under way. */
interface Run extends ApplyInput {
  readonly recorder: Recorder;
  readonly expectUnmoved: MoveCheck;
  readonly finished: () => void;
  /** Why the state could not be written after an earlier level. */
  readonly unwritten: Error | undefined;
}

async function applyLevel(
  run: Run,
  level: readonly number[],
  results: (ChangeResult | undefined)[],
): Promise<void> {
  const { steps } = run.planned;
  const byTarget = new Map<string, number[]>();
  for (const index of level) {
    const name = steps[index]?.change.target ?? "";
    const same = byTarget.get(name);
    if (same === undefined) byTarget.set(name, [index]);
    else same.push(index);
  }
  const pools = [...byTarget].map(([name, indices]) =>
    runPool(indices, run.targets.get(name)?.parallelism ?? 1, async (index) => {
      const step = steps[index];
      if (step === undefined) return;
      results[index] = hindrance(run, step, results) ?? (await applyStep(run, step));
      run.finished();
    }),
  );
  await Promise.all(pools);
}

/** Why a step cannot be tried, where it cannot. */
function hindrance(
  input: Run,
  { change, dependsOn }: Step,
  results: readonly (ChangeResult | undefined)[],
): ChangeResult | undefined {
  if (input.signal?.aborted === true)
    return { change, status: "skipped", message: "interrupted before it was its turn" };
  if (input.unwritten !== undefined) {
    return { change, status: "skipped", message: `the state cannot be written: ${input.unwritten.message}` };
  }
  for (const index of dependsOn) {
    const before = results[index];
    if (before === undefined || before.status === "applied") continue;
    const { op, key } = before.change;
    const message = `depends on the ${op} of ${key}, which ${before.status === "failed" ? "failed" : "was skipped"}`;
    return { change, status: "skipped", message };
  }
  return undefined;
}

async function applyStep({ targets, recorder, expectUnmoved }: Run, step: Step): Promise<ChangeResult> {
  const { change } = step;
  let half = false;
  try {
    const target = targets.get(change.target);
    if (target === undefined) throw new Error(`the target ${change.target} is not open`);
    await expectUnmoved(target, step);
    const remoteId = await mutate(target, step, recorder, () => (half = true));
    return { change, status: "applied", ...(remoteId === undefined ? {} : { remoteId }) };
  } catch (error) {
    if (!half) return { change, status: "failed", message: describe(error) };
    const message = `the old object is deleted and the new one is not there yet: ${describe(error)}`;
    return { change, status: "failed", half, message };
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return "unexpected failure";
  return error instanceof AppError && error.hint !== undefined
    ? `${error.message} (${error.hint})`
    : error.message;
}

/** What is declared and needed no change. */
function untouched({ planned, desired }: ApplyInput): readonly Desired[] {
  const { changes, blocked } = planned.plan;
  const touched = new Set([...changes, ...blocked].map(({ key }) => key));
  return desired.filter(({ key, spec }) => !touched.has(key) && !hasUnresolved(spec));
}
