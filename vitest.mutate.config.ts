/** What `npm run mutate` runs against every mutant: the tests of the pure part of reconciling, which need nothing built. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/reconcile/*.test.ts"],
    setupFiles: ["test/support/fast-check.ts"],
    testTimeout: 60_000,
  },
});
