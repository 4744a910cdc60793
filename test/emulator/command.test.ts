/** `bellhop emulate` as a user runs it. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runCli } from "../support/cli.ts";

const root = path.join(import.meta.dirname, "../..");
const folder = (): Promise<string> => mkdtemp(path.join(tmpdir(), "bellhop-emulate-"));

test("it prints one line with its address, keeps its store, and stops cleanly at SIGTERM", async () => {
  const cwd = await folder();
  const seed =
    "resources: [{ kind: qovery/webhook, scope: acme, spec: { kind: STANDARD, target_url: https://e.com, events: [] } }]";
  await writeFile(path.join(cwd, "seed.yaml"), seed);
  const options = [
    "--listen",
    "127.0.0.1:0",
    "--store",
    "store.json",
    "--seed",
    "seed.yaml",
    "--token",
    "right",
  ];
  const child = spawn(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), path.join(root, "src/cli.ts"), "emulate", ...options],
    { cwd, stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  let out = "";
  const ready = new Promise<string>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes("\n")) resolve(out);
    });
  });
  const closed = new Promise<number | null>((resolve) => void child.on("close", resolve));
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await ready)?.[0] ?? "";
  const headers = { authorization: "Token right" };
  const list = await fetch(`${url}/organization/acme/webhook`, { headers });
  expect(list.status).toBe(200);
  expect(((await list.json()) as { results: unknown[] }).results).toHaveLength(1);
  const wrong = await fetch(`${url}/organization/acme/webhook`, {
    headers: { authorization: "Token wrong" },
  });
  expect(wrong.status).toBe(401);
  child.kill("SIGTERM");
  expect(await closed).toBe(0);
  expect(out.trimEnd().split("\n")).toHaveLength(1);
  const { records } = JSON.parse(await readFile(path.join(cwd, "store.json"), "utf8"));
  expect(records).toMatchObject([{ kind: "qovery/webhook", scope: "acme" }]);
});

test.for([
  [["--fault", "explode"], 64, "--fault explode is not understood"],
  [["--rate-limit", "github=1/1m"], 64, "--rate-limit github=1/1m is not understood"],
  [["--random-seed", "x"], 64, "--random-seed x is not a whole number"],
  [["--seed", "nothing.yaml"], 1, "the seed nothing.yaml cannot be read"],
  [["--listen", "nowhere"], 1, "nowhere is not host:port"],
] as const)("%j is refused with %d", async ([args, code, message]) => {
  const result = await runCli(["emulate", ...args], { cwd: await folder() });
  expect(result).toMatchObject({ code, out: "" });
  expect(result.err).toContain(message);
  expect(result.err).not.toContain("    at ");
});

test("listening for others without a token is warned of", async () => {
  const stopping = new AbortController();
  const result = await runCli(["emulate", "--listen", "0.0.0.0:0"], {
    cwd: await folder(),
    stopping: stopping.signal,
    watch: (text) => {
      if (text.startsWith("emulating")) stopping.abort();
    },
  });
  expect(result.code).toBe(0);
  expect(result.err).toContain("set --token");
});

test("--help explains the faults and has an example", async () => {
  const result = await runCli(["emulate", "--help"], { cwd: await folder() });
  expect(result.code).toBe(0);
  expect(result.out).toContain("drop-after-commit");
  expect(result.out).toContain("bellhop emulate --store");
});
