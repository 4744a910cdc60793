/**
 * A store keeps integrations on our side: the daemon delivers for what it holds. Several targets, and the emulator,
 * may share one. It knows records, not what they mean. Every implementation passes test/conformance/store.ts.
 */
import type { StoreRecord } from "../model/record.ts";

export interface Store {
  /** All records, in order of creation. */
  read(): Promise<readonly StoreRecord[]>;
  /**
   * Replaces the records with what `change` makes of them, in one durable step; answers with the result of `change`.
   * Writers of other processes are waited for. When `change` throws, nothing is written.
   */
  write<T>(change: (records: StoreRecord[]) => T): Promise<T>;
  /** Calls back after another writer, or this one, has changed it; answers with how to stop. */
  watch(changed: () => void): () => void;
  close(): Promise<void>;
}
