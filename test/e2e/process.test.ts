/** The real process: what it does when its output goes nowhere, and when it is told to end. */
import { execFile, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { SEVEN_KINDS, SEVEN_KINDS_ENV } from "../support/seven-kinds.ts";
import { tempDir } from "../support/temp.ts";

const cli = join(import.meta.dirname, "../../dist/cli.js");

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly err: string;
}

/** `stdout`: "pipe" closes it after the first bytes. */
function run(args: readonly string[], cwd: string, stdout: number | "pipe"): Promise<Ended> {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], ...SEVEN_KINDS_ENV },
    stdio: ["ignore", stdout, "pipe"],
  });
  let err = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  child.stdout?.once("data", () => child.stdout?.destroy());
  return new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal, err })));
}

async function project(): Promise<string> {
  const cwd = await tempDir();
  await writeFile(join(cwd, "notifications.yaml"), SEVEN_KINDS);
  return cwd;
}

test.for(["plan", "kinds", "apply --yes"])(
  "%s says that not all could be printed, and fails",
  async (line) => {
    const full = openSync("/dev/full", "w");
    const { code, err } = await run(line.split(" "), await project(), full);
    closeSync(full);
    expect(code).toBe(1);
    expect(err).toContain("error: not everything could be printed: ENOSPC");
  },
);

test("a reader that goes away is nothing to complain about", async () => {
  expect(await run(["schema"], await project(), "pipe")).toMatchObject({ code: 0, err: "" });
});

test("one signal ends a command that waits for its file", async () => {
  const cwd = await tempDir();
  await promisify(execFile)("mkfifo", [join(cwd, "pipe.yaml")]);
  const child = spawn(process.execPath, [cli, "validate", "-f", "pipe.yaml"], { cwd, stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("close", (_code, signal) => resolve(signal)));
  // Opening a pipe for writing succeeds once somebody reads it, and the reader waits until it is closed.
  const writer = await open(join(cwd, "pipe.yaml"), "w");
  child.kill("SIGINT");
  expect(await ended).toBe("SIGINT");
  await writer.close();
});
