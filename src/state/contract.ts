/**
 * State is what apply must remember: the inventory (what we created or adopted; the only things we may delete) and
 * keyed fingerprints of secrets, and, while it works, a journal of its calls. It never holds a secret. Every implementation passes test/conformance/state.ts.
 */
import type { Kind } from "../model/field.ts";
import type { Json } from "../model/value.ts";

/** Where an object is, apart from its id: the same on every machine, and without credentials. */
export interface ObjectAddress {
  /** Of the store: relative to the main file, or a URL. */
  readonly store?: string;
  /** URL of the API. */
  readonly api?: string;
  /** App, organisation or account. */
  readonly scope?: string;
}

export interface InventoryEntry {
  readonly key: string;
  readonly kind: Kind;
  readonly target: string;
  /** Where the target was then; left out by versions that did not remember it, which counts as where the target is. */
  readonly address?: ObjectAddress;
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
  /** Calls of which it is not known whether they were carried out; left out where there are none. */
  readonly pending?: readonly Intent[];
}

/** What the inventory will say of an integration, but for what only the target's answer tells. */
export type IntendedEntry = Omit<InventoryEntry, "remoteId" | "version">;

/** A call that is about to be made. */
export interface Intent {
  /** Unique within the state. */
  readonly id: string;
  readonly op: "create" | "update" | "delete";
  readonly key: string;
  readonly kind: Kind;
  readonly target: string;
  /** The object that is changed or deleted. */
  readonly remoteId?: string;
  /** Of a creation or update. */
  readonly entry?: IntendedEntry;
  /** Of a creation: objects that looked like it before. None of them is what the call makes. */
  readonly resembling?: readonly string[];
}

/** One line of the journal. It holds no secret: what stands for one in an inventory entry is a fingerprint. */
export type JournalEntry =
  | { readonly type: "intent"; readonly intent: Intent }
  /** The call was carried out. `former` is the key that the entry had before. */
  | {
      readonly type: "done";
      readonly id: string;
      readonly remoteId: string;
      readonly version?: string;
      readonly former?: string;
    }
  /** The call was certainly not carried out. */
  | { readonly type: "failed"; readonly id: string }
  /** Into the inventory without a call. */
  | { readonly type: "put"; readonly entry: InventoryEntry; readonly former?: string }
  /** Out of the inventory; after a call, `id` names it. */
  | {
      readonly type: "dropped";
      readonly id?: string;
      readonly key: string;
      readonly kind: Kind;
      readonly target: string;
      readonly remoteId: string | undefined;
    };

export interface StateStore {
  /**
   * The state with its journal folded in; `undefined` when there is none yet. A damaged state is an AppError
   * `state-unreadable`.
   */
  read(): Promise<StateData | undefined>;
  /** Whether a part of what was read last stands in the journal only: the next apply writes the whole. */
  hasJournal(): boolean;
  /**
   * Replaces the state and empties the journal. Durable when it resolves; the previous generation is kept where the store
   * can. A state of another lineage, or whose serial is not below, is in the way: an AppError `state-moved`.
   */
  write(state: StateData, options?: WriteOptions): Promise<void>;
  /**
   * Adds to the journal of the state that this store wrote last. Durable when it resolves. What is asked in one turn, or while
   * an earlier one is under way, is one step, so that thousands of entries cost a handful of them.
   */
  append(entries: readonly JournalEntry[]): Promise<void>;
  /** Alone from now on, until it is released. An AppError `state-locked` when somebody else is for longer than `waitMs`. */
  lock(request: LockRequest): Promise<StateLock>;
  /**
   * Takes the lock away from whoever has it; answers with who that was. An AppError `not-found` when nobody has it,
   * `state-locked` when somebody has it under another id.
   */
  unlock(id: string): Promise<LockInfo>;
  close(): Promise<void>;
}

export interface WriteOptions {
  /** Whatever is there, damaged or not, makes way. */
  readonly overwrite?: boolean;
}

export interface LockRequest {
  /** Such as `apply`. */
  readonly operation: string;
  /** How long to wait for another holder, in milliseconds. */
  readonly waitMs: number;
  /** Ends the waiting, as if its time were over. */
  readonly signal?: AbortSignal;
  /** Told, in a sentence, of a holder that is waited for, and of a dead one whose lock was taken over. */
  readonly onNote?: (note: string) => void;
}

export interface LockInfo {
  readonly id: string;
  readonly operation: string;
  /** `user@host`. */
  readonly who: string;
  /** ISO 8601. */
  readonly created: string;
  /** Where it is known. */
  readonly pid?: number;
  /** See processSpace; whoever has the same one can tell whether the process still runs. */
  readonly space?: string;
}

export interface StateLock {
  readonly info: LockInfo;
  release(): Promise<void>;
}
