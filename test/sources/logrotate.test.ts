/** With the real logrotate; where none can be had, nothing here runs. */
import { execFile } from "node:child_process";
import { appendFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { findProgram } from "../support/debian-package.ts";
import { createFollower, type Follower } from "./follower.ts";

const program = await findProgram("logrotate", ["logrotate", "libpopt0"]);
const missing = "missing" in program ? program.missing : undefined;
const run = promisify(execFile);

/** Rotates by force, again and again; where names have the second in them, no two rotations fall into the same one. */
function createRotator(on: Follower, directives: string): () => Promise<void> {
  if ("missing" in program) throw new Error(program.missing);
  const [config, state] = [join(on.folder, "logrotate.conf"), join(on.folder, "logrotate.state")];
  writeFileSync(
    config,
    `${on.path("a.ndjson")} {\n${directives.replaceAll("; ", "\n")}\nrotate 20\nmissingok\n}\n`,
    { mode: 0o600 },
  );
  let last = 0;
  return async () => {
    const second = (): number => Math.floor(Date.now() / 1000);
    if (directives.includes("%s"))
      await expect.poll(second, { timeout: 5000, interval: 20 }).toBeGreaterThan(last);
    last = second();
    await run(program.path, ["--force", "--state", state, config], { env: program.env });
  };
}

describe.skipIf(missing !== undefined)(`logrotate${missing === undefined ? "" : `: ${missing}`}`, () => {
  test.for([
    "create",
    "nocreate",
    "create; compress",
    "create; compress; delaycompress",
    "copytruncate",
    "copytruncate; compress",
    "copytruncate; compress; delaycompress",
    "create; dateext; dateformat -%Y%m%d-%s",
    "create; dateext; dateformat .%Y-%m-%d.%s; compress",
    "copytruncate; dateext; dateformat -%Y%m%d%H-%s; compress; delaycompress",
  ])("%s: each line once, while it runs and while it is stopped", async (directives) => {
    const on = createFollower();
    const rotate = createRotator(on, directives);
    const written: string[] = [];
    const write = (): void => {
      for (let n = 0; n < 40; n += 1) {
        const text = `line ${written.length} ${"x".repeat(written.length % 90)}`;
        appendFileSync(on.path("a.ndjson"), `${text}\n`);
        written.push(text);
      }
    };
    write();
    await on.start();
    await on.cameSomehow(written);
    for (let n = 0; n < 2; n += 1) {
      write();
      await rotate();
      write();
      await on.cameSomehow(written);
    }
    await on.stop();
    for (let n = 0; n < 3; n += 1) {
      write();
      await rotate();
      if (n < 2) write();
    }
    write();
    expect(readdirSync(join(on.folder, "events")).length).toBe(6);
    await on.start();
    await on.cameSomehow(written);
    await rotate();
    write();
    await on.cameSomehow(written);
    expect(new Set(on.items.map(({ seed }) => seed)).size).toBe(written.length);
  });
});
