/** A store that lives as long as the process. */
import type { StoreRecord } from "../model/record.ts";
import type { Store } from "./contract.ts";

export function openMemoryStore(initial: readonly StoreRecord[] = []): Store {
  let records: readonly StoreRecord[] = [...initial];
  const listeners = new Set<() => void>();
  const commit = <T>(change: (records: StoreRecord[]) => T): T => {
    const draft = [...records];
    const result = change(draft);
    const same = draft.length === records.length && draft.every((record, index) => record === records[index]);
    if (same) return result;
    records = draft;
    for (const listener of listeners) listener();
    return result;
  };
  return {
    read: () => Promise.resolve(records),
    write: async (change) => commit(change),
    watch: (changed) => {
      const listener = (): void => changed();
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      listeners.clear();
      return Promise.resolve();
    },
  };
}
