/** A state in memory that remembers every write. */
import type { JournalEntry, StateData, StateStore } from "../../src/state/contract.ts";
import { foldJournal } from "../../src/state/journal.ts";
import { describeHolder, locked, newLockInfo, notLocked } from "../../src/state/locked.ts";
import { expectSuccessor } from "../../src/state/successor.ts";

export interface MemoryState extends StateStore {
  readonly writes: StateData[];
  /** Since the last write. */
  readonly journal: JournalEntry[];
}

export function memoryState(): MemoryState {
  const writes: StateData[] = [];
  const journal: JournalEntry[] = [];
  let holder: ReturnType<typeof newLockInfo> | undefined;
  return {
    writes,
    journal,
    read: async () => {
      const state = writes.at(-1);
      return state && foldJournal(state, journal);
    },
    hasJournal: () => journal.length > 0,
    write: async (state, { overwrite = false } = {}) => {
      const current = writes.at(-1);
      if (current !== undefined && !overwrite) expectSuccessor("the state", current, state);
      writes.push(structuredClone(state));
      journal.length = 0;
    },
    append: async (entries) => {
      if (writes.length === 0) throw new Error("a journal follows a state that was written");
      journal.push(...structuredClone(entries));
    },
    lock: async ({ operation, waitMs, onNote }) => {
      const deadline = Date.now() + waitMs;
      if (holder !== undefined && waitMs > 0) onNote?.(`waiting for the state: ${describeHolder(holder)}`);
      while (holder !== undefined) {
        if (Date.now() >= deadline) throw locked("the state", holder);
        await new Promise((resolve) => setImmediate(resolve));
      }
      const info = (holder = newLockInfo(operation));
      return {
        info,
        release: async () => void (holder = holder?.id === info.id ? undefined : holder),
      };
    },
    unlock: async (id) => {
      if (holder === undefined) throw notLocked("the state");
      if (holder.id !== id) throw locked("the state", holder);
      const info = holder;
      holder = undefined;
      return info;
    },
    close: () => Promise.resolve(),
  };
}
