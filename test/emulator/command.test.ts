/** `bellhop emulate` as a user runs it. */
import { spawn } from "node:child_process";
import { appendFile, mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runCli } from "../support/cli.ts";

const root = path.join(import.meta.dirname, "../..");
const folder = (): Promise<string> => mkdtemp(path.join(tmpdir(), "bellhop-emulate-"));

/** The command as a process of its own, once it is ready. */
async function started(cwd: string, options: readonly string[]) {
  const child = spawn(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), path.join(root, "src/cli.ts"), "emulate", ...options],
    { cwd, stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  let out = "";
  const ready = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes("\n")) resolve();
    });
  });
  const closed = new Promise<number | null>((resolve) => void child.on("close", resolve));
  await ready;
  return {
    url: /http:\/\/127\.0\.0\.1:\d+/.exec(out)?.[0] ?? "",
    out: () => out,
    stop: () => {
      child.kill("SIGTERM");
      return closed;
    },
  };
}

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
  const child = await started(cwd, options);
  const headers = { authorization: "Token right" };
  const list = await fetch(`${child.url}/organization/acme/webhook`, { headers });
  expect(list.status).toBe(200);
  expect(((await list.json()) as { results: unknown[] }).results).toHaveLength(1);
  const wrong = await fetch(`${child.url}/organization/acme/webhook`, {
    headers: { authorization: "Token wrong" },
  });
  expect(wrong.status).toBe(401);
  expect(await child.stop()).toBe(0);
  expect(child.out().trimEnd().split("\n")).toHaveLength(1);
  const { records } = JSON.parse(await readFile(path.join(cwd, "store.json"), "utf8"));
  expect(records).toMatchObject([{ kind: "qovery/webhook", scope: "acme" }]);
});

test("what happened is kept with the store, and a journal is seeded once", async () => {
  const cwd = await folder();
  const seed =
    "journal: [{ topic: cloudflare/history, scope: a, entry: { id: h1, sent: 2026-01-01T00:00:00Z } }]";
  await writeFile(path.join(cwd, "seed.yaml"), seed);
  const options = ["--listen", "127.0.0.1:0", "--store", "house/store.json", "--seed", "seed.yaml"];
  const headers = { authorization: "Bearer any" };
  const read = async (url: string): Promise<unknown> => (await fetch(url, { headers })).json();
  const platforms = (url: string): Promise<unknown> =>
    read(`${url}/v1/notification_platforms/search?name=email`);

  const first = await started(cwd, options);
  const {
    notification_platforms: [platform],
  } = (await platforms(first.url)) as {
    notification_platforms: { id: string }[];
  };
  const notifier = { name: "Mail", platform_id: platform?.id };
  const body = JSON.stringify({ notifier });
  expect((await fetch(`${first.url}/v1/apps/shop/notifiers`, { method: "POST", headers, body })).status).toBe(
    201,
  );
  const events = await read(`${first.url}/v1/apps/shop/events`);
  expect(events).toMatchObject({ events: [{ type: "new_notifier", app_name: "shop" }] });
  expect(await first.stop()).toBe(0);
  await appendFile(path.join(cwd, "house/store.journal.ndjson"), '{"topic":"cut off in the mid');

  const second = await started(cwd, options);
  expect(await read(`${second.url}/v1/apps/shop/events`)).toEqual(events);
  const history = `${second.url}/client/v4/accounts/a/alerting/v3/history`;
  expect(await read(history)).toMatchObject({ result: [{ id: "h1" }], result_info: { total_count: 1 } });
  await fetch(`${second.url}/v1/apps/shop/notifiers`, { method: "POST", headers, body });
  expect(await second.stop()).toBe(0);
  const lines = (await readFile(path.join(cwd, "house/store.journal.ndjson"), "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).topic)).toEqual([
    "cloudflare/history",
    "scalingo/event",
    "scalingo/event",
  ]);
  expect((await stat(path.join(cwd, "house/store.journal.ndjson"))).mode & 0o777).toBe(0o600);
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
