/**
 * How fast the daemon delivers durably, as a ratio to a bare undici loop that posts the same bodies to the same receiver in the
 * same run. The daemon with all its threads, and then the loop, have one core; the receiver has another.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { cpuSeconds, lineOf, peakRss, pinned } from "./processes.ts";

const ENDPOINTS = 20;
const cli = path.join(import.meta.dirname, "../dist/cli.js");

export interface DeliveryFigures {
  readonly daemonPerSecond: number;
  readonly undiciPerSecond: number;
  readonly ratio: number;
  readonly cpuSecondsPer10k: number;
  readonly peakRssMiB: number;
}

export async function benchDelivery(events: number): Promise<DeliveryFigures> {
  const folder = mkdtempSync(path.join(tmpdir(), "bellhop-bench-"));
  const receiver = await startReceiver();
  try {
    const undici = await runLoop(receiver.url, events);
    await receiver.reset();
    const daemon = await runDaemon(folder, receiver, events);
    return { ...daemon, undiciPerSecond: undici, ratio: daemon.daemonPerSecond / undici };
  } finally {
    receiver.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Receiver {
  readonly url: string;
  count(): Promise<number>;
  reset(): Promise<void>;
  stop(): void;
}

async function startReceiver(): Promise<Receiver> {
  const child = pinned(1, [path.join(import.meta.dirname, "receiver.mjs")]);
  const url = await lineOf(child);
  const ask = async (route: string): Promise<string> => (await fetch(`${url}${route}`)).text();
  return {
    url,
    count: async () => Number(await ask("/-count")),
    reset: async () => void (await ask("/-reset")),
    stop: () => child.kill(),
  };
}

async function runLoop(url: string, events: number): Promise<number> {
  const child = pinned(0, [
    path.join(import.meta.dirname, "undici-loop.mjs"),
    url,
    String(events),
    String(ENDPOINTS),
  ]);
  return Number(await lineOf(child));
}

async function runDaemon(
  folder: string,
  receiver: Receiver,
  events: number,
): Promise<Omit<DeliveryFigures, "undiciPerSecond" | "ratio">> {
  writeInput(folder, receiver.url, events);
  const child = pinned(0, [cli, "daemon"], folder);
  const pid = child.pid ?? 0;
  try {
    const started = performance.now();
    let [first, peak] = [0, 0];
    // Confirmations of the endpoints come on top.
    for (let got = 0; got < events + ENDPOINTS; got = await receiver.count()) {
      if (first === 0 && got > 0) first = performance.now();
      peak = Math.max(peak, peakRss(pid));
      if (performance.now() - started > 300_000)
        throw new Error(`only ${got} of ${events} were delivered in time`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    const seconds = (performance.now() - first) / 1000;
    const [cpu, rss] = [cpuSeconds(pid), Math.max(peak, peakRss(pid))];
    return {
      daemonPerSecond: events / seconds,
      cpuSecondsPer10k: (cpu * 10_000) / events,
      peakRssMiB: rss,
    };
  } finally {
    child.kill("SIGKILL");
  }
}

function writeInput(folder: string, url: string, events: number): void {
  const integrations = Array.from(
    { length: ENDPOINTS },
    (_item, index) =>
      `  e${index}:\n    kind: bellhop/integration\n    spec: { name: e${index}, type: RAW_WEBHOOK, webhook: "${url}/${index}", events: [t${index}] }\n`,
  );
  const daemon = `daemon:\n  listen: 127.0.0.1:0\n  sources: [{ file: events.ndjson }]\n  egress: { allow: [127.0.0.0/8] }\n`;
  const targets = "targets:\n  house: { provider: bellhop, store: .bellhop/store.json }\n";
  writeFileSync(
    path.join(folder, "notifications.yaml"),
    `version: 1\n${targets}integrations:\n${integrations.join("")}${daemon}`,
  );
  const text = "x".repeat(850);
  const lines = Array.from({ length: events }, (_item, index) =>
    JSON.stringify({
      specversion: "1.0",
      id: `e${index}`,
      source: "/b",
      type: `t${index % ENDPOINTS}`,
      data: { text },
    }),
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "events.ndjson"), `${lines.join("\n")}\n`);
}
