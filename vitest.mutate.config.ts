/**
 * What `npm run mutate` runs against every mutant: the tests of reconciling that need nothing built. Property tests are left out: many
 * mutants meet every test, and the tables alone have to find them.
 */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/reconcile/*.test.ts"],
    exclude: ["test/reconcile/*.property.test.ts"],
    setupFiles: ["test/support/fast-check.ts"],
    testTimeout: 60_000,
  },
});
