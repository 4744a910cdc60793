/** What a daemon with nothing to do costs, once it has come to rest. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds, lineOf, pinned, rss } from "./processes.ts";

const INTEGRATIONS = 20;
/** The thread for searches ends a minute after the last one; building the index counts as one. */
const REST_MS = 75_000;
const WATCHED_SECONDS = 10;
const cli = path.join(import.meta.dirname, "../dist/cli.js");

export interface IdleFigures {
  readonly rssMiB: number;
  /** Of one core. */
  readonly cpuPercent: number;
}

export async function benchIdle(): Promise<IdleFigures> {
  const folder = mkdtempSync(path.join(tmpdir(), "bellhop-bench-"));
  const integrations = Array.from(
    { length: INTEGRATIONS },
    (_item, n) =>
      `  e${n}:\n    kind: bellhop/integration\n    manage: { confirm: false }\n` +
      `    spec: { name: e${n}, type: RAW_WEBHOOK, webhook: "https://hooks.example.com/${n}", events: [t${n}] }\n`,
  );
  const targets = "targets:\n  house: { provider: bellhop, store: .bellhop/store.json }\n";
  const daemon = "daemon:\n  listen: 127.0.0.1:0\n  sources: [{ file: events.ndjson }, { http: /events }]\n";
  writeFileSync(
    path.join(folder, "notifications.yaml"),
    `version: 1\n${targets}integrations:\n${integrations.join("")}${daemon}`,
  );
  const child = pinned(0, [cli, "daemon"], folder);
  const pid = child.pid ?? 0;
  try {
    await lineOf(child, /"ready"/);
    await sleep(REST_MS);
    const before = cpuSeconds(pid);
    await sleep(WATCHED_SECONDS * 1000);
    return { rssMiB: rss(pid), cpuPercent: ((cpuSeconds(pid) - before) * 100) / WATCHED_SECONDS };
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}
