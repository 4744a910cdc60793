/** What the pure plan is made from, and what it gives. */
import type { GuardLimits, Manage, Source } from "../model/config.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type { Change, Observed, Plan } from "../model/plan.ts";
import type { Fields } from "../model/value.ts";
import type { InventoryEntry, ObjectAddress } from "../state/contract.ts";
import type { Fingerprint } from "../state/fingerprint.ts";

/** One declared integration, normalised; references still as `{ ref: KEY }`. */
export interface Desired {
  readonly key: string;
  readonly kind: Kind;
  readonly target: string;
  readonly spec: Fields;
  readonly manage: Manage;
  readonly source: Source;
}

/** One target and everything in it. */
export interface ObservedTarget {
  readonly name: string;
  /** Where it is: two targets over the same store and scope are one place, whose objects either may own. */
  readonly place: string;
  /** What the inventory remembers of that. */
  readonly address?: ObjectAddress;
  readonly ownership: "recorded" | "exclusive";
  /** Whether objects carry their integration's key (our stores do). */
  readonly keepsKeys: boolean;
  /** Whether creating an object of this kind sends a confirmation message. */
  readonly confirms: (kind: Kind) => boolean;
  /** Left out, the defaults hold. */
  readonly guards?: GuardLimits;
  readonly objects: readonly Observed[];
}

/** Why it cannot be told which object an earlier apply made, and what to do. */
export interface Doubt {
  readonly remoteId: string;
  readonly why: string;
  readonly hint: string;
}

export interface PlanInput {
  readonly desired: readonly Desired[];
  readonly targets: readonly ObservedTarget[];
  readonly inventory: Readonly<Record<string, InventoryEntry>>;
  /** By integration key: what may have been created already, so that it is not created again. */
  readonly doubts?: ReadonlyMap<string, Doubt>;
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
  /** Absent before the first apply: there is no key yet, and secrets are printed without a fingerprint. */
  readonly fingerprint?: Fingerprint;
  /** Targets that could not be looked at, and why: what is declared or recorded there cannot be judged. */
  readonly unread?: ReadonlyMap<string, string>;
  /** Places where a target was before, by the name that entries have there, in words; those that can be looked at are targets too. */
  readonly former?: ReadonlyMap<string, string>;
  /** Lineage of the state; absent before the first apply. Objects of stores that another one has marked are not taken for ours. */
  readonly project?: string;
  /**
   * Nothing is desired, no guard holds, and everything in the inventory goes but what is protected or to be orphaned;
   * `onRemove: confirm` counts as confirmed.
   */
  readonly destroy?: boolean;
}

/** A change and what applying it takes; never printed, since `spec` holds secrets. */
export interface Step {
  readonly change: Change;
  /** What is sent, where something is: normalised, ignored fields as observed, references as `{ ref: KEY }`. */
  readonly spec?: Fields;
  /** Steps of a level do not depend on each other. From 0. */
  readonly level: number;
  /** Indices of the steps that must have succeeded before. */
  readonly dependsOn: readonly number[];
}

/** A plan and, in the order of its changes, the steps. */
export interface Planned {
  readonly plan: Plan;
  readonly steps: readonly Step[];
}
