/** What the stores held when each could be read last. */
import type { Log } from "../lib/log.ts";
import type { StoreRecord } from "../model/record.ts";
import type { Store } from "../store/contract.ts";
import type { RoutedRecords, RouteScope } from "./routes.ts";

/** A store with what its targets deliver for. */
export interface ScopedStore {
  readonly store: Store;
  readonly scopes: readonly RouteScope[];
}

export interface StoreReads {
  /** The first time; a store that cannot be read is an AppError. */
  begin(): Promise<void>;
  /** A store that cannot be read keeps what it had, and says so in the log. */
  again(): Promise<Reread>;
  all(): readonly RoutedRecords[];
  records(): readonly StoreRecord[];
}

export interface Reread {
  /** Uids of what was in stores that are not asked any more; one whose scopes changed is another store. */
  readonly left: readonly string[];
  /** Every store could be read. */
  readonly complete: boolean;
}

/** `stores` are those of now. */
export function createStoreReads(stores: () => readonly ScopedStore[], log: Log): StoreReads {
  const reads = new Map<ScopedStore, RoutedRecords>();
  const read = async (scoped: ScopedStore): Promise<void> =>
    void reads.set(scoped, { records: await scoped.store.read(), scopes: scoped.scopes });
  const leave = (kept: readonly ScopedStore[]): readonly string[] => {
    const gone = [...reads].filter(([scoped]) => !kept.includes(scoped));
    for (const [scoped] of gone) reads.delete(scoped);
    return gone.flatMap(([, { records }]) => records.map(({ uid }) => uid));
  };
  return {
    begin: async () => {
      for (const scoped of stores()) await read(scoped);
    },
    again: async () => {
      const asked = stores();
      const left = leave(asked);
      let complete = true;
      for (const scoped of asked) {
        try {
          await read(scoped);
        } catch (error) {
          complete = false;
          const reason = error instanceof Error ? error.message : String(error);
          log.error({ reason }, "cannot read a store; delivering for what it held before");
        }
      }
      return { left, complete };
    },
    all: () => [...reads.values()],
    records: () => [...reads.values()].flatMap(({ records }) => records),
  };
}
