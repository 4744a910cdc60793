/** Every folder of examples/ is validated, planned, applied and planned again; its checked-in plan is what people see. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test } from "vitest";
import { emulate } from "./emulator/support.ts";
import type { CliResult } from "./support/cli.ts";
import { runCli } from "./support/cli.ts";
import { tempDir } from "./support/temp.ts";

const root = path.join(import.meta.dirname, "..");
const examples = path.join(root, "examples");
const folders = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const plans = folders.flatMap((folder) =>
  readdirSync(path.join(examples, folder))
    .filter((file) => /^plan(\..+)?\.txt$/.test(file))
    .map((file) => ({ folder, file, overlay: /^plan\.(.+)\.txt$/.exec(file)?.[1] })),
);

type Run = (...args: string[]) => Promise<CliResult>;

/** A copy of the folder, and a way to run commands in it, against the emulator where the example's target is an API. */
async function open(folder: string, overlay?: string): Promise<{ readonly cwd: string; readonly run: Run }> {
  const cwd = await tempDir();
  cpSync(path.join(examples, folder), cwd, { recursive: true });
  if (folder === "demo") cpSync(path.join(root, "notifications.yaml"), path.join(cwd, "notifications.yaml"));
  const emulated = existsSync(path.join(cwd, "notifications.emulator.yaml"));
  const env: Record<string, string> = emulated ? { EMULATOR: (await emulate()).url } : {};
  const options = [
    ...(existsSync(path.join(cwd, "example.env")) ? ["--vars", "example.env"] : []),
    ...(emulated ? ["--overlay", "emulator"] : []),
    ...(overlay === undefined ? [] : ["--overlay", overlay]),
  ];
  return { cwd, run: (...args) => runCli([...args, ...options], { cwd, env }) };
}

describe("examples", () => {
  test.for(folders)("%s has a page and a plan, and the page of examples names it", (folder) => {
    expect(readdirSync(path.join(examples, folder))).toEqual(
      expect.arrayContaining(["README.md", "plan.txt"]),
    );
    expect(readFileSync(path.join(examples, "README.md"), "utf8")).toContain(`(${folder}/README.md)`);
  });

  test.for(plans)("$folder does what $file says, once", async ({ folder, file, overlay }) => {
    const { run } = await open(folder, overlay);
    expect(await run("validate", "--strict")).toMatchObject({ code: 0, err: "" });
    const plan = await run("plan");
    expect(plan).toMatchObject({ code: 0, err: "" });
    await expect(plan.out).toMatchFileSnapshot(path.join(examples, folder, file));

    const applied = await run("apply", "--yes");
    expect(applied).toMatchObject({ code: 0, err: "" });
    const planned = /^Plan: (\d+) to create\.$/m.exec(plan.out)?.[1];
    expect(applied.out).toContain(`Applied: ${planned} created.`);
    expect((await run("status")).out).not.toContain("not applied");
    // Of a secret that its provider never shows, a plan says that it cannot tell.
    const said =
      /^(?:Not yet known:\n(?: {2}\S+: unverifiable: .+\n)+\nNo changes in what could be compared: .+|No changes: .+)\n$/;
    expect(await run("plan", "--exit-code")).toMatchObject({ code: 0, out: expect.stringMatching(said) });
  });
});

test("the receiver of raw-webhook takes what Bellhop signed, and nothing else", async () => {
  const { cwd } = await open("raw-webhook");
  const vars = readFileSync(path.join(cwd, "example.env"), "utf8");
  const secret = /^AUDIT_SECRET=(.*)$/m.exec(vars)?.[1] ?? "";
  const receiver = spawn(process.execPath, ["receiver.mjs"], {
    cwd,
    env: { AUDIT_SECRET: secret, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void receiver.kill());
  const lines = createInterface({ input: receiver.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const line = await lines.next();
    return line.done === true ? "" : line.value;
  };
  const url = /http:\S+/.exec(await next())?.[0] ?? "";
  const run: Run = (...args) => runCli([...args, "--vars", "example.env"], { cwd, env: { AUDIT_URL: url } });

  expect(await run("apply", "--yes")).toMatchObject({ code: 0 });
  expect(await run("test", "audit")).toMatchObject({ code: 0, out: expect.stringContaining("204") });
  expect(await next()).toMatch(/ bellhop:confirm$/);

  const now = String(Math.floor(Date.now() / 1000));
  const headers = { "webhook-id": "x", "webhook-timestamp": now, "webhook-signature": `v1,${btoa("x")}` };
  expect((await fetch(url, { method: "POST", body: "{}", headers })).status).toBe(401);
  expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(401);
});
