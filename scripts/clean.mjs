// Empties dist/ and makes the built command executable-ready, so that no stale file survives a build.
import { rmSync } from "node:fs";
rmSync(new URL("../dist", import.meta.url), { recursive: true, force: true });
