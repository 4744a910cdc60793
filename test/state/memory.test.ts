import { memoryState } from "../support/memory-state.ts";
import { stateConformance } from "../conformance/state.ts";

stateConformance("the memory of tests", async () => {
  const state = memoryState();
  return () => state;
});
