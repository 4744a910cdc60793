/** Builds dist/ once before the tests, so that those that start the real command never run a stale one. */
import { execFileSync } from "node:child_process";
import path from "node:path";

export function setup(): void {
  const root = path.join(import.meta.dirname, "../..");
  const tsc = path.join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
}
