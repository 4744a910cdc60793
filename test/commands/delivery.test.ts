/** What `emit`, `test` and `deliveries` answer to wrong usage, without a daemon. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bellhop-commands-"));
  configure("");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function configure(daemon: string): void {
  writeFileSync(
    path.join(folder, "notifications.yaml"),
    `version: 1
targets:
  house: { provider: bellhop, store: .bellhop/store.json }
integrations: {}
${daemon}`,
  );
}

const run = (...args: string[]) => runCli(args, { cwd: folder });

describe("wrong usage", () => {
  it.for([
    [
      "a status that there is none",
      ["deliveries", "list", "--status", "lost"],
      /Allowed choices are pending/,
    ],
    ["a cursor that is none", ["deliveries", "list", "--cursor", "x"], /"x" is not a cursor/],
    ["no type", ["emit", " "], /no event: a type has 1 to 512 characters/],
    ["too long a type", ["emit", "t".repeat(600)], /no event: a type has 1 to 512 characters/],
    ["an empty id", ["emit", "t", "--id", ""], /no event: an id has 1 to 512 characters/],
    [
      "deep data",
      ["emit", "t", "--data", "[".repeat(600) + "]".repeat(600)],
      /nested deeper than 500 levels/,
    ],
  ] as const)("%s", async ([, args, message]) => {
    expect((await run("emit", "first")).code).toBe(0);
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([64, ""]);
    expect(err).toMatch(message);
  });
});

describe("what is not supported yet is refused", () => {
  it.for([
    [
      "another database",
      "daemon: { database: 'postgres://robot:hunter2@db.internal/x' }",
      /a database at postgres:/,
    ],
  ] as const)("%s", async ([, daemon, message]) => {
    configure(daemon);
    const { code, err } = await run("daemon");
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(err).not.toContain("hunter2");
    expect(existsSync(path.join(folder, "postgres:"))).toBe(false);
  });
});
