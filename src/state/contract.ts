/**
 * State is what apply must remember: the inventory (what we created or adopted; the only things we may delete) and
 * keyed fingerprints of secrets. It never holds a secret. Every implementation passes test/conformance/state.ts.
 */
import type { Kind } from "../model/field.ts";
import type { Json } from "../model/value.ts";

export interface InventoryEntry {
  readonly key: string;
  readonly kind: Kind;
  readonly target: string;
  readonly remoteId: string;
  /** Kept here so that removing the block does not remove the protection. */
  readonly protect: boolean;
  readonly onRemove: "delete" | "orphan" | "confirm";
  /** Printable form of every comparable leaf as last applied, by path: tells drift from a changed file. */
  readonly applied: Readonly<Record<string, Json>>;
  /** Keyed fingerprint of every secret leaf as last applied, by path. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The target's version mark after our last write, where it has one. */
  readonly version?: string;
  /** Keys of integrations that this one references. */
  readonly references: readonly string[];
}

export interface StateData {
  readonly formatVersion: 1;
  /** Random, made once: identifies this state. */
  readonly lineage: string;
  /** Counts writes. */
  readonly serial: number;
  /** Base64 of 32 random bytes: the key of all fingerprints. */
  readonly fingerprintKey: string;
  readonly inventory: Readonly<Record<string, InventoryEntry>>;
}

export interface StateStore {
  /** `undefined` when there is none yet. A damaged state is an AppError `state-unreadable`. */
  read(): Promise<StateData | undefined>;
  /** Durable when it resolves; the previous generation is kept. */
  write(state: StateData): Promise<void>;
  close(): Promise<void>;
}
