/** A plan is the difference between what is declared and what is there, as plain data. Never a closure. */
import type { Source } from "./config.ts";
import type { Kind } from "./field.ts";
import type { Fields, Json } from "./value.ts";

/** `replace` is delete and create; `adopt` takes an existing object into the inventory; `forget` drops it from there. */
export const OPS = ["create", "update", "replace", "delete", "adopt", "forget"] as const;
export type Op = (typeof OPS)[number];

export interface FieldChange {
  /** Path in `spec`, such as `events.trigger:build:start` or `type_data.webhook_url`. */
  readonly path: string;
  /** As printed: secrets masked. `null` where there is none. */
  readonly before: Json;
  readonly after: Json;
  /**
   * `changed`: the file asks for it. `drift`: the target moved and the file did not. `not yet known`: a variable is missing.
   * `unverifiable`: nothing can tell. `possibly changed remotely`. `forces replacement`.
   */
  readonly why: string;
}

/** One entry of a plan. JSON of it is public (schemas/plan.schema.json). */
export interface Change {
  readonly op: Op;
  readonly key: string;
  readonly kind: Kind;
  readonly target: string;
  readonly remoteId?: string;
  readonly fields: readonly FieldChange[];
  /** What must still hold when the change is applied. */
  readonly precondition: Precondition;
  /** What else the change does, in words: "sends a confirmation message to https://…". */
  readonly sideEffects: readonly string[];
  readonly source: Source | null;
  /** Whether every difference comes from the target's side. */
  readonly drift: boolean;
}

/** `absent`: no such object. `fingerprint`: the observed object's comparable fields, digested. */
export type Precondition =
  | { readonly absent: true }
  | { readonly fingerprint: string }
  | { readonly none: true };

/** Something that was seen and left alone, and why. */
export interface Kept {
  readonly key: string | null;
  readonly kind: Kind;
  readonly target: string;
  readonly remoteId: string | null;
  /** `unmanaged`, `ignored`, `protected`, `orphaned`, in words with what to do. */
  readonly why: string;
}

/**
 * Refusals that an acknowledgement of that very plan takes away. `empty`: nothing is declared. `deletes`: too many, or all.
 * `listing`: the target lists too little of the inventory. `confirm`: `onRemove` asks for it.
 */
export type Guard = "empty" | "deletes" | "listing" | "confirm";

/** A change that was wanted and refused; applying the plan exits 4. */
export interface Blocked {
  readonly op: Op;
  /** Null where it is about a whole target. */
  readonly key: string | null;
  readonly kind: Kind | null;
  readonly target: string;
  readonly remoteId: string | null;
  readonly why: string;
  readonly hint: string;
  /** There, the changes in question stand in the plan, and `--ack-deletes` with the plan's digest lets them pass. */
  readonly guard?: Guard;
}

/** A field or target that cannot be judged now. */
export interface Unknown {
  readonly key: string | null;
  readonly target: string;
  readonly path: string | null;
  readonly why: string;
}

export interface Plan {
  readonly formatVersion: 1;
  /** SHA-256 over the changes alone, in hex: the same from run to run. */
  readonly digest: string;
  readonly summary: Readonly<Record<Op, number>>;
  /** Sorted by target, dependency level and key. */
  readonly changes: readonly Change[];
  readonly kept: readonly Kept[];
  readonly blocked: readonly Blocked[];
  readonly unknown: readonly Unknown[];
}

/** A target's object as it is now. */
export interface Observed {
  readonly remoteId: string;
  readonly kind: Kind;
  /** Documented fields as the target gives them, read-only ones included; secrets as Secret. */
  readonly fields: Fields;
  /** The integration's key, where the target keeps one (our stores do). */
  readonly key?: string;
  /** Lineage of the state whose apply wrote the key, where the target keeps that. */
  readonly project?: string;
  /** Moves whenever the object changes, where the target has such a thing. */
  readonly version?: string;
  /**
   * Paths of fields that the target holds and gives back in part only: `fields` has the beginning (Cloudflare keeps the
   * credential of a chat service's URL apart). A desired value that begins with it can only be judged from memory.
   */
  readonly clipped?: readonly string[];
  /** Other spellings of `remoteId` that mean the same object. */
  readonly aliases?: readonly string[];
  /** Not ours whatever the ownership says, with the reason; only providers know. */
  readonly foreign?: string;
}
