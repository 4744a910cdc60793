/**
 * A configuration joined to its targets and its state: plan, apply, plan again. What the commands and the daemon's loop share; it knows
 * no concrete provider, store or state, which are handed to it.
 */
import type { Config } from "../model/config.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import { placeOf } from "../model/place.ts";
import type { LockRequest, StateData } from "../state/contract.ts";
import { emptyState } from "../state/empty.ts";
import { withStateLock } from "../state/with-lock.ts";
import { followMoved } from "./addresses.ts";
import type { Located } from "./addresses.ts";
import type { Applied } from "./apply.ts";
import type { Adoption } from "./adoption.ts";
import { openAdoption } from "./adoption.ts";
import { applyPlan } from "./apply.ts";
import { desiredOf, normaliser } from "./desired.ts";
import { standing } from "./guard.ts";
import type { Desired, ObservedTarget, Planned } from "./input.ts";
import { openTargets } from "./opened.ts";
import type { Seen, SessionParts } from "./opened.ts";
import { planFrom } from "./plan-session.ts";

/** A plan and what it was made from. Good for one apply. */
export interface SessionPlan extends Planned {
  readonly desired: readonly Desired[];
  readonly observed: readonly ObservedTarget[];
  /** Undefined before the first apply. What an apply that was cut short had left open is settled in it. */
  readonly state: StateData | undefined;
  /** Whether that makes it another one than what is written. */
  readonly recovered: boolean;
  /** Targets that were not looked at, for want of credentials. */
  readonly unread: readonly string[];
}

export interface PlanOptions {
  /** The plan that removes everything in the inventory. */
  readonly destroy?: boolean;
  /** A target whose credentials are not there is left out and said to be, instead of failing. */
  readonly tolerant?: boolean;
}

export interface ApplyOptions {
  /** See `acknowledges` of guard.ts. */
  readonly acknowledged?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What an inventory can be made from anew. */
export interface Look {
  readonly desired: readonly Desired[];
  readonly observed: readonly ObservedTarget[];
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
}

export type LockOptions = Pick<LockRequest, "operation" | "waitMs" | "signal">;

export interface Session extends Adoption {
  /** Observes and compares; writes nothing. */
  plan(options?: PlanOptions): Promise<SessionPlan>;
  /** The state as it is now; undefined before the first apply. */
  state(): Promise<StateData | undefined>;
  /**
   * Does what the plan says and records it; also brings the inventory up to date where nothing changed. An AppError `blocked`,
   * and nothing is done, where anything stands in the way.
   */
  apply(plan: SessionPlan, options?: ApplyOptions): Promise<Applied>;
  /** Runs `action` while nobody else may write the state: what plans and then applies. */
  underLock<T>(request: LockOptions, action: () => Promise<T>): Promise<T>;
  /** What is declared and what is there, whatever the state says; writes nothing. */
  look(): Promise<Look>;
  close(): Promise<void>;
}

export function openSession(config: Config, parts: SessionParts): Session {
  const kinds = Object.fromEntries(parts.kindSpecs.map((spec) => [spec.kind, spec]));
  const normalise = normaliser(kinds, parts.providers);
  const desired = desiredOf(config, normalise);

  const targets = openTargets(config, parts, desired);
  const { observe, readLocated } = targets;

  return {
    plan: async ({ destroy = false, tolerant = false } = {}) => {
      const located = await readLocated();
      const wanted = destroy ? [] : desired;
      const seen = await observe(wanted, located?.state, { tolerant });
      const settled = located && followMoved(located, seen.observed);
      expectReadable(settled, seen.failed);
      const plan = planFrom({ wanted, ...seen, located: settled, kinds, destroy, onNote: parts.onNote });
      const renamed = located?.renamed === true;
      return { ...plan, recovered: plan.recovered || renamed || parts.stateStore.hasJournal() };
    },
    state: () => parts.stateStore.read(),
    apply: async (plan, { acknowledged, ...options } = {}) => {
      refuseBlocked(plan, acknowledged);
      return applyPlan({
        planned: plan,
        desired: plan.desired,
        observed: plan.observed,
        state: plan.state ?? emptyState(),
        recovered: plan.recovered,
        kinds,
        targets: new Map([...targets.opened].map(([name, { target }]) => [name, target])),
        stateStore: parts.stateStore,
        ...options,
      });
    },
    ...openAdoption({
      config,
      kinds,
      readState: async () => (await readLocated())?.state,
      placeOf,
      open: targets.open,
      opened: targets.opened,
      normalise,
    }),
    underLock: (request, action) => {
      const notes = parts.onNote === undefined ? {} : { onNote: parts.onNote };
      return withStateLock(parts.stateStore, { ...request, ...notes }, action);
    },
    look: async () => {
      const { observed } = await observe(desired, undefined, { everyStore: true });
      return { desired, observed, kinds };
    },
    close: async () => {
      await targets.close();
      await parts.stateStore.close();
    },
  };
}

/** Throws where something is still in a place that cannot be looked at. */
function expectReadable(located: Located | undefined, failed: Seen["failed"]): void {
  for (const { target } of Object.values(located?.state.inventory ?? {})) {
    const error = failed.get(target);
    if (error !== undefined) throw error;
  }
}

/** Throws AppError `blocked` where anything stands in the way that is not acknowledged. */
function refuseBlocked({ plan }: SessionPlan, acknowledged: string | undefined): void {
  const [first] = standing(plan, acknowledged);
  if (first === undefined) return;
  throw new AppError("blocked", `blocked: ${first.why}`, { hint: first.hint, exitCode: ExitCode.blocked });
}
