import { openMemoryStore } from "../../src/store/memory.ts";
import { storeConformance } from "../conformance/store.ts";

storeConformance("a store in memory", () => {
  const store = openMemoryStore();
  return Promise.resolve({ open: () => store });
});
