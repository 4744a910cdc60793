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
    await bellhop(["apply", "--yes"]);

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

/** Runs a command as a person would, showing the command and its output; a failure ends the demo. */
function makeRunner(folder: string, env: NodeJS.ProcessEnv): (args: readonly string[]) => Promise<void> {
  return async (args) => {
    process.stdout.write(`\n$ bellhop ${args.join(" ")}\n`);
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: folder,
      env,
      stdio: ["ignore", "inherit", "inherit"],
    });
    const code = await exitOf(child);
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

/** Waits until the log says that nothing is owed any more and that every integration has had an event delivered. */
async function everythingDelivered(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const events = readFileSync(path.join(root, EVENTS), "utf8").trim().split("\n").length;
  const deadline = Date.now() + PATIENCE_MS;
  let output = "";
  while (Date.now() < deadline) {
    output = await capture(["status", "--format", "json"], folder, env);
    if (isDone(output)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${events} events were not delivered in time:\n${output}`);
}

function isDone(output: string): boolean {
  const { integrations } = JSON.parse(output) as {
    integrations: { deliveries: Record<string, number> }[];
  };
  // The confirmation message of a new integration is one delivery, an event makes the second.
  return integrations.every(({ deliveries }) => {
    const { delivered = 0, ...rest } = deliveries;
    return delivered >= 1 && Object.values(rest).every((count) => count === 0);
  });
}

async function capture(args: readonly string[], folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  await exitOf(child);
  return output;
}

function table(received: readonly Received[]): string {
  const byPath = group(received);
  const rows = [...byPath].map(([at, items]) => [
    at,
    String(items.length),
    items[0]?.checked ?? "",
    [...new Set(items.map(({ title }) => title))].join(", "),
  ]);
  const all = [["RECEIVER", "GOT", "KNOWN BY", "NOTIFICATIONS"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function group(received: readonly Received[]): Map<string, Received[]> {
  const groups = new Map<string, Received[]>();
  for (const item of received) groups.set(item.path, [...(groups.get(item.path) ?? []), item]);
  return groups;
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
