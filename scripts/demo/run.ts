/**
 * `npm run demo`: the main job, end to end, on this machine and the embedded default. It works in a temporary folder, runs
 * the real commands, and ends by itself; `-- --keep` leaves everything running until Ctrl-C.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startReceiver } from "./receiver.ts";
import type { Received, Receiver } from "./receiver.ts";

const root = path.join(import.meta.dirname, "../..");
const cli = path.join(root, "dist/cli.js");
const EVENTS = "examples/demo/events/platform.ndjson";
const PATIENCE_MS = 30_000;

const secrets = {
  audit: `whsec_${Buffer.from("demo-secret-for-the-audit-log").toString("base64")}`,
  northflank: "demo-northflank-secret",
  qovery: "demo-qovery-secret",
  cloudflare: "demo-cloudflare-secret",
};

async function main(): Promise<void> {
  if (!existsSync(cli)) throw new Error("dist/ is missing: run npm ci first");
  const keep = process.argv.includes("--keep");
  const folder = mkdtempSync(path.join(tmpdir(), "bellhop-demo-"));
  const receiver = await startReceiver(secrets);
  const env = { ...process.env, RECEIVER: receiver.url, AUDIT_SECRET: secrets.audit };
  const bellhop = makeRunner(folder, env);
  let daemon: ChildProcess | undefined;
  try {
    mkdirSync(path.join(folder, path.dirname(EVENTS)), { recursive: true });
    cpSync(path.join(root, "notifications.yaml"), path.join(folder, "notifications.yaml"));
    say("A receiver for every destination listens on this machine. The file is ./notifications.yaml.");

    await bellhop(["validate"]);
    await bellhop(["plan"]);
    await bellhop(["apply", "--yes"], (output) => output.slice(output.indexOf("\u2713")));

    say("The daemon tails examples/demo/events/*.ndjson while a platform writes to it.");
    daemon = await startDaemon(folder, env);
    for (const line of readFileSync(path.join(root, EVENTS), "utf8").split(/(?<=\n)/)) {
      appendFileSync(path.join(folder, EVENTS), line);
    }
    await everythingDelivered(folder, env);
    await bellhop(["status"]);
    say("What each receiver got, and how it knew the sender:");
    process.stdout.write(table(receiver.received));

    say("Nothing has changed since, so a second plan finds nothing to do (exit code 0).");
    await bellhop(["plan", "--exit-code"]);
    if (keep) await untilInterrupted(folder, receiver);
  } finally {
    if (daemon !== undefined) await stop(daemon);
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function say(text: string): void {
  process.stdout.write(`\n# ${text}\n`);
}

type Runner = (args: readonly string[], show?: (output: string) => string) => Promise<void>;

/** Runs a command as a person would, showing the command and its output; a failure ends the demo. */
function makeRunner(folder: string, env: NodeJS.ProcessEnv): Runner {
  return async (args, show = (output) => output) => {
    process.stdout.write(`\n$ bellhop ${args.join(" ")}\n`);
    const { code, output } = await capture(args, folder, env);
    process.stdout.write(show(output));
    if (code !== 0) throw new Error(`bellhop ${args.join(" ")} ended with exit code ${code}`);
  };
}

async function startDaemon(folder: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  process.stdout.write("\n$ bellhop daemon &\n");
  const child = spawn(process.execPath, [cli, "daemon", "--listen", "127.0.0.1:0"], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let log = "";
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      log += chunk.toString("utf8");
      if (/"msg":"ready"/.test(log)) resolve();
    });
    child.once("exit", (code) => reject(new Error(`the daemon ended with exit code ${code}:\n${log}`)));
  });
  return child;
}

/** Waits until nothing is owed any more and every integration has had at least one event. */
async function everythingDelivered(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const { output } = await capture(["status", "--format", "json"], folder, env);
    if (isDone(output)) return;
    if (Date.now() > deadline) throw new Error(`not everything was delivered in time:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface Status {
  readonly integrations: readonly {
    readonly kind: string;
    readonly deliveries: Readonly<Record<string, number>>;
  }[];
}

/** The first delivery of a new integration is its confirmation; a policy has none, as it has no address. */
function isDone(output: string): boolean {
  const { integrations } = JSON.parse(output) as Status;
  return integrations.every(({ kind, deliveries: { delivered = 0, ...rest } }) => {
    const wanted = kind === "cloudflare/policy" ? 1 : 2;
    return delivered >= wanted && Object.values(rest).every((count) => count === 0);
  });
}

async function capture(
  args: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  const code = await new Promise<number | null>((resolve) => child.once("close", (ended) => resolve(ended)));
  return { code, output };
}

function table(received: readonly Received[]): string {
  const paths = [...new Set(received.map((item) => item.path))].toSorted((a, b) => a.localeCompare(b));
  const rows = paths.map((at) => {
    const items = received.filter((item) => item.path === at);
    const last = items.at(-1);
    return [at, String(items.length), last?.checked ?? "", last?.title ?? ""];
  });
  const all = [["RECEIVER", "GOT", "KNOWN BY", "LAST NOTIFICATION"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const pad = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return all.map((row) => `${pad(row).trimEnd()}\n`).join("");
}

async function untilInterrupted(folder: string, receiver: Receiver): Promise<void> {
  say(`Everything keeps running. Append events to ${path.join(folder, EVENTS)}; Ctrl-C ends it.`);
  say(`The receiver listens on ${receiver.url}.`);
  await new Promise<void>((resolve) => process.once("SIGINT", () => resolve()));
}

async function stop(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null) return;
  const ended = exitOf(daemon);
  daemon.kill("SIGTERM");
  const code = await ended;
  if (code !== 0) throw new Error(`the daemon ended with exit code ${code}`);
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
