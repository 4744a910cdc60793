/**
 * Guards: what a plan does not do unless somebody acknowledges that very plan. Pure. They catch mistakes of a kind: a file that was
 * emptied, a target that answers with too little, a condition that no longer matches anything.
 */
import { DEFAULT_GUARDS } from "../model/config.ts";
import type { Blocked, Change, Guard, Op, Plan } from "../model/plan.ts";
import type { IndexedTarget, World } from "./world.ts";

export interface GuardInput {
  readonly world: World;
  readonly changes: readonly Change[];
  /** Deletions that `onRemove: confirm` is about. */
  readonly confirm: readonly Change[];
  /** Of the plan. */
  readonly digest: string;
}

/** From this many objects on, the share counts; below, only whether all would go. */
const SHARE_COUNTS_FROM = 10;

export function guard({ world, changes, confirm, digest }: GuardInput): Blocked[] {
  const hint = `if it is meant: bellhop apply --ack-deletes ${digest.slice(0, 12)} (good for this plan only)`;
  const lost = new Map<string, Change[]>();
  for (const change of changes) {
    if (change.op !== "delete" && change.op !== "replace") continue;
    const same = lost.get(change.target);
    if (same === undefined) lost.set(change.target, [change]);
    else same.push(change);
  }
  const owned = ownedObjects(world);
  const blocked: Blocked[] = confirm.map(({ op, key, kind, target, remoteId = null }) => ({
    op,
    key,
    kind,
    target,
    remoteId,
    hint,
    why: "onRemove says that its deletion must be confirmed",
    guard: "confirm",
  }));
  for (const target of world.targets.values()) {
    const refuse = (kind: Guard, op: Op, why: string): void => {
      blocked.push({
        op,
        key: null,
        kind: null,
        target: target.name,
        remoteId: null,
        why,
        hint,
        guard: kind,
      });
    };
    const { recorded, present } = owned.get(target.name) ?? { recorded: 0, present: 0 };
    const deletes = lost.get(target.name) ?? [];
    const why = tooMany(target, deletes, present);
    if (deletes.length > 0 && world.desired.size === 0) {
      const loss = why ?? `${counted(deletes)} would be deleted`;
      refuse("empty", "delete", `no integration is declared at all: ${loss}`);
    } else if (why !== undefined) refuse("deletes", "delete", why);
    // One object that is gone is what happens; of several, so many at once are more likely a wrong answer.
    if (recorded >= 2 && present * 2 < recorded) {
      const op = changes.some((one) => one.target === target.name && one.op === "create")
        ? "create"
        : "forget";
      const seen = present === 0 ? "none" : `only ${present}`;
      refuse(
        "listing",
        op,
        `the target lists ${seen} of the ${recorded} objects that the inventory has there`,
      );
    }
  }
  return blocked;
}

/** Why these deletions are too many for the target, where they are. */
function tooMany(target: IndexedTarget, deletes: readonly Change[], present: number): string | undefined {
  const { maxDeletes, maxDeletePercent } = target.guards ?? DEFAULT_GUARDS;
  const count = deletes.length;
  const own =
    target.ownership === "exclusive"
      ? target.objects.filter((object) => object.foreign === undefined).length
      : present;
  if (count > maxDeletes)
    return `${counted(deletes)} would be deleted, and guards.maxDeletes is ${maxDeletes}`;
  if (own >= SHARE_COUNTS_FROM) {
    if (count * 100 <= own * maxDeletePercent) return undefined;
    const percent = Math.floor((count * 1000) / own) / 10;
    return `${counted(deletes)} of ${own} would be deleted (${percent} %), and guards.maxDeletePercent is ${maxDeletePercent}`;
  }
  return count >= 2 && count >= own ? `all of its ${counted(deletes)} would be deleted` : undefined;
}

function counted(deletes: readonly Change[]): string {
  const replaced = deletes.filter(({ op }) => op === "replace").length;
  const objects = `${deletes.length} ${deletes.length === 1 ? "object" : "objects"}`;
  return replaced === 0 ? objects : `${objects} (${replaced} to be replaced)`;
}

interface Owned {
  /** Entries of the inventory. */
  recorded: number;
  /** Those whose object is still listed. */
  present: number;
}

function ownedObjects({ inventory, targets }: World): ReadonlyMap<string, Owned> {
  const owned = new Map<string, Owned>();
  for (const key in inventory) {
    const entry = inventory[key];
    if (entry === undefined) continue;
    const counts = owned.get(entry.target) ?? { recorded: 0, present: 0 };
    counts.recorded += 1;
    if (targets.get(entry.target)?.find(entry.kind, entry.remoteId) !== undefined) counts.present += 1;
    owned.set(entry.target, counts);
  }
  return owned;
}

/** At least this many hexadecimal digits of a digest name a plan. */
const SHORTEST_ACK = 8;

/** Whether a word can be the beginning of a digest at all. */
export const isAcknowledgement = (word: string): boolean =>
  word.length >= SHORTEST_ACK && /^[0-9a-f]{1,64}$/.test(word);

/** Whether `word` acknowledges this plan and no other. */
export const acknowledges = (word: string | undefined, { digest }: Pick<Plan, "digest">): boolean =>
  word !== undefined && isAcknowledgement(word) && digest.startsWith(word);

/** What stands in the way of applying the plan, given what was acknowledged. */
export const standing = (plan: Plan, acknowledged: string | undefined): readonly Blocked[] =>
  acknowledges(acknowledged, plan) ? plan.blocked.filter((entry) => entry.guard === undefined) : plan.blocked;
