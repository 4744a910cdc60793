/** A state in memory that remembers every write. */
import type { StateData, StateStore } from "../../src/state/contract.ts";

export interface MemoryState extends StateStore {
  readonly writes: StateData[];
}

export function memoryState(): MemoryState {
  const writes: StateData[] = [];
  return {
    writes,
    read: () => Promise.resolve(writes.at(-1)),
    write: (state) => {
      writes.push(structuredClone(state));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
