/** Whether a saved plan may be applied here and now. Every check throws Refusal; together they leave no doubt. */
import type { Config } from "../../model/config.ts";
import type { Change, Plan } from "../../model/plan.ts";
import type { StateData } from "../../state/contract.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import type { Planned } from "../input.ts";
import type { Account, SavedPlan } from "./contract.ts";
import { AGAIN, Refusal } from "./contract.ts";
import { checkSeal } from "./file.ts";
import { accounts, sealKey, valuesOf } from "./key.ts";

/** Clocks of two machines differ by this much at most. */
const CLOCK_SKEW_MS = 5 * 60_000;

export interface Here {
  readonly config: Pick<Config, "targets" | "file" | "digest">;
  readonly state: StateData | undefined;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What can be told before any target is looked at. */
export function checkBinding(saved: SavedPlan, { config, state, version, now }: Here): void {
  checkTime(saved, now);
  if (saved.tool.name !== "bellhop" || saved.tool.version !== version) {
    const { name, version: theirs } = saved.tool;
    throw new Refusal(`another version made it: ${name} ${theirs}, and this is ${version}`, AGAIN);
  }
  checkState(saved, state);
  if (saved.config.digest !== config.digest) {
    throw new Refusal(
      "it was made from another configuration: the files that were read are not the same",
      "give the same -f and --overlay as to bellhop plan, at the same commit",
    );
  }
  const key = sealKey(config, state, saved.seal.salt ?? undefined);
  checkAccounts(saved.targets, accounts(config, key));
  checkSeal(saved, key);
  const open = saved.changes.find(({ fields }) => fields.some(({ why }) => why === "not yet known"));
  if (open !== undefined) {
    throw new Refusal(
      `it was made without a value that the ${open.op} of ${open.key} depends on (not yet known), so nobody has seen what would be sent`,
      "make the plan where all variables are set",
    );
  }
}

/** Whether its time is now. Throws Refusal. */
export function checkTime(
  { createdAt, expiresAt }: Pick<SavedPlan, "createdAt" | "expiresAt">,
  now: number,
): void {
  if (now >= Date.parse(expiresAt)) throw new Refusal(`it has expired, at ${expiresAt}`, AGAIN);
  if (Date.parse(createdAt) > now + CLOCK_SKEW_MS) {
    throw new Refusal(`it was made in the future, at ${createdAt}`, "check the clocks of both machines");
  }
}

function checkState({ state: theirs }: SavedPlan, state: StateData | undefined): void {
  if (theirs === null) {
    if (state === undefined) return;
    throw new Refusal("it is stale: it was made before the first apply, and now there is a state", AGAIN);
  }
  if (state?.lineage !== theirs.lineage) {
    const found = state === undefined ? "there is no state here" : "the state here is another one";
    throw new Refusal(`it was made for another state: ${found}`, "apply it where it was made for");
  }
  if (state.serial !== theirs.serial) {
    const why = `the state has been written since (serial ${theirs.serial} then, ${state.serial} now), by this plan or another apply`;
    throw new Refusal(`it is stale: ${why}`, AGAIN);
  }
}

function checkAccounts(theirs: readonly Account[], ours: readonly Account[]): void {
  const byName = new Map(ours.map((account) => [account.name, account]));
  for (const account of theirs) {
    const here = byName.get(account.name);
    if (here === undefined) throw anotherTarget(`there is no target ${account.name} here`);
    for (const part of ["provider", "place", "scope"] as const) {
      if (account[part] === here[part]) continue;
      throw anotherTarget(
        `${account.name} is at ${part} ${account[part] ?? "none"}, and here at ${here[part] ?? "none"}`,
      );
    }
    if (account.credentials === here.credentials) continue;
    const why =
      account.credentials === null
        ? `it was made without the credentials of ${account.name}`
        : `the credentials of ${account.name} are not those that it was made with`;
    throw new Refusal(`it is for another account: ${why}`, "plan and apply with the same credentials");
  }
  const names = new Set(theirs.map(({ name }) => name));
  const added = ours.find(({ name }) => !names.has(name));
  if (added !== undefined) throw anotherTarget(`it does not know the target ${added.name}`);
}

const anotherTarget = (why: string): Refusal =>
  new Refusal(`it is for another target: ${why}`, "give the same variables as to bellhop plan");

/** Against the plan that would be made now, which is the one that is then applied. */
export function checkFresh(saved: SavedPlan, fresh: Planned, here: Pick<Here, "config" | "state">): void {
  const moved = movedSince(saved, fresh.plan);
  if (moved.length > 0 || fresh.plan.digest !== saved.digest) {
    const shown = moved.slice(0, SHOWN).join("; ") || "its changes are no longer the same";
    const more = moved.length > SHOWN ? `; and ${moved.length - SHOWN} more` : "";
    throw new Refusal(`it is stale: ${shown}${more}`, AGAIN);
  }
  const key = sealKey(here.config, here.state, saved.seal.salt ?? undefined);
  if (saved.values !== valuesOf(fresh.steps, key)) {
    throw new Refusal("it is stale: a value that would be sent is not the one that was planned", AGAIN);
  }
}

const SHOWN = 5;

/** What is no longer as it was planned, in words, one entry per integration. */
function movedSince(saved: Plan, fresh: Plan): string[] {
  const identity = ({ target, kind, key }: Change): string => JSON.stringify([target, kind, key]);
  const group = (changes: readonly Change[]): Map<string, Change> =>
    new Map(changes.map((change) => [identity(change), change]));
  const [before, after] = [group(saved.changes), group(fresh.changes)];
  const refusals = new Map(fresh.blocked.map(({ target, key, why }) => [JSON.stringify([target, key]), why]));
  const moved: string[] = [];
  for (const [name, change] of before) {
    const now = after.get(name);
    const why =
      now === undefined
        ? (refusals.get(JSON.stringify([change.target, change.key])) ?? goneWords(change))
        : difference(change, now);
    if (why !== undefined) moved.push(`${change.key} on ${change.target}: ${why}`);
  }
  for (const [name, { op, key, target }] of after) {
    if (!before.has(name))
      moved.push(`${key} on ${target}: the plan does not have its ${op}, which is needed now`);
  }
  return moved;
}

const goneWords = ({ op }: Change): string =>
  op === "create"
    ? "it was to be created, and that is no longer needed"
    : `the ${op} is no longer needed, or its object is gone`;

function difference(then: Change, now: Change): string | undefined {
  if (then.op !== now.op) return `it needed ${article(then.op)} then and needs ${article(now.op)} now`;
  if (then.remoteId !== now.remoteId) return "its object is another one now";
  if (canonicalJson(then.precondition) !== canonicalJson(now.precondition)) {
    return "its object has been changed since";
  }
  const same = canonicalJson({ ...then, source: null }) === canonicalJson({ ...now, source: null });
  return same ? undefined : "what would be changed is no longer the same";
}

const article = (op: string): string => (/^[aeiou]/.test(op) ? `an ${op}` : `a ${op}`);
