/** Only what judges the pure part of `reconcile/`: what `npm run mutate` runs once per mutant. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/reconcile/**/*.test.ts", "test/state/memory.test.ts"],
    testTimeout: 60_000,
  },
});
