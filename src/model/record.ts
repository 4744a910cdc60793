/** One resource as a store on our side keeps it: what the daemon delivers for. */
import type { Kind } from "./field.ts";
import type { Fields, Json } from "./value.ts";

export interface StoreRecord {
  /** Never changes and is never used again; what deliveries and health refer to. */
  readonly uid: string;
  readonly kind: Kind;
  /** App, organisation or account that it belongs to; "" where the provider has none. */
  readonly scope: string;
  /** The provider's form of id, unique within (kind, scope). */
  readonly id: string;
  /** Key of the integration in the file; absent for what an API client made. */
  readonly key?: string;
  /** Lineage of the state that remembers it: tells two projects apart that share a store. */
  readonly project?: string;
  /** Documented fields that can be written, normalised. In clear on disk (mode 0600), Secret in memory. */
  readonly spec: Fields;
  /** Whether its creation is to be confirmed to the receiver. */
  readonly confirm: boolean;
  /** ISO 8601. `updatedAt` moves with every write. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** What the provider says of it besides its fields, such as `status`; only the emulator reads it. */
  readonly facts?: { readonly [name: string]: Json };
}

/** What people call a record: its key, or `kind:id` when no file declares it. */
export const recordName = (record: StoreRecord): string => record.key ?? `${record.kind}:${record.id}`;

/**
 * The fields of a record as the type generated from its kind's schema. The one place where stored fields are trusted:
 * everything that writes a store validates first.
 */
export function specAs<T>(record: Pick<StoreRecord, "spec">): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- validated before it was stored
  return record.spec as T;
}
