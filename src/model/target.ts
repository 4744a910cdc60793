/**
 * The contract of a target: where integrations of one provider live. A store on our side and every provider's
 * API implement it, and pass test/conformance/target.ts.
 */
import type { Kind } from "./field.ts";
import type { Observed } from "./plan.ts";
import type { Fields } from "./value.ts";

/** What a mutation needs besides the fields. */
export interface Ownership {
  readonly key: string;
  /** Lineage of the state that remembers the object; a store keeps it. */
  readonly project?: string;
  readonly confirm: boolean;
}

export interface Target {
  /**
   * How many mutations may be under way at once. A target that makes one step of everything that is asked of it in the same
   * turn says Infinity.
   */
  readonly parallelism: number;
  /** Every object of these kinds in the target's scope, ours or not. */
  list(kinds: readonly Kind[]): Promise<Observed[]>;
  /** One object, or undefined when it is gone. */
  read(kind: Kind, remoteId: string): Promise<Observed | undefined>;
  /** Answers with the object as it then is. `spec` is normalised, its references are remote ids. */
  create(kind: Kind, spec: Fields, owner: Ownership): Promise<Observed>;
  /** `spec` is the whole desired state. An object that is gone is an AppError `not-found`. */
  update(kind: Kind, remoteId: string, spec: Fields, owner: Ownership): Promise<Observed>;
  /** An object that is already gone is success. */
  remove(kind: Kind, remoteId: string): Promise<void>;
  close(): Promise<void>;
}
