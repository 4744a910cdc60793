/**
 * How fast the daemon delivers durably, as a ratio to a bare undici loop that posts the same bodies to the same receiver in the
 * same run. The daemon with all its threads, and then the loop, have one core; the receiver has another.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
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
    const daemon = await runDaemon({ folder, receiver, events, round: 0 });
    return { ...daemon, undiciPerSecond: undici, ratio: daemon.daemonPerSecond / undici };
  } finally {
    receiver.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Deliveries per second while retention brings the log back to its size, as a part of those without retention: rounds of both by
 * turns, on one log that each makes longer. In a round with retention the log is to shrink by a tenth.
 */
export async function benchRetention(events: number, rounds: number): Promise<RetentionFigures> {
  const folder = mkdtempSync(path.join(tmpdir(), "bellhop-bench-"));
  const receiver = await startReceiver();
  const size = (): number => statSync(path.join(folder, ".bellhop/bellhop.db")).size;
  const [alone, kept]: [number[], number[]] = [[], []];
  try {
    const run = async (round: number, bytes?: number): Promise<number> => {
      await receiver.reset();
      return (await runDaemon({ folder, receiver, events, round, bytes })).daemonPerSecond;
    };
    await run(0);
    let mib = 0;
    for (let round = 1; round <= rounds; round += 1) {
      alone.push(await run(2 * round));
      mib = size() / 2 ** 20;
      kept.push(await run(2 * round + 1, Math.round(0.9 * size())));
    }
    const [perSecond, perSecondAlone] = [median(kept), median(alone)];
    return {
      perSecond,
      perSecondAlone,
      ratio: perSecond / perSecondAlone,
      beforeMiB: mib,
      afterMiB: size() / 2 ** 20,
    };
  } finally {
    receiver.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface RetentionFigures {
  readonly perSecond: number;
  readonly perSecondAlone: number;
  readonly ratio: number;
  /** The log before the last round with retention, and after it. */
  readonly beforeMiB: number;
  readonly afterMiB: number;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

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

interface DaemonRun {
  readonly folder: string;
  readonly receiver: Receiver;
  readonly events: number;
  /** From 0; each has events of its own. */
  readonly round: number;
  /** Retention by size. */
  readonly bytes?: number | undefined;
}

async function runDaemon(run: DaemonRun): Promise<Omit<DeliveryFigures, "undiciPerSecond" | "ratio">> {
  const { folder, receiver, events, round } = run;
  writeInput(run);
  const child = pinned(0, [cli, "daemon"], folder);
  const pid = child.pid ?? 0;
  try {
    const started = performance.now();
    let [first, peak] = [0, 0];
    // Confirmations of the endpoints come on top, once.
    const expected = round === 0 ? events + ENDPOINTS : events;
    for (let got = 0; got < expected; got = await receiver.count()) {
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

function writeInput({ folder, receiver: { url }, events, round, bytes }: DaemonRun): void {
  const integrations = Array.from(
    { length: ENDPOINTS },
    (_item, index) =>
      `  e${index}:\n    kind: bellhop/integration\n    spec: { name: e${index}, type: RAW_WEBHOOK, webhook: "${url}/${index}", events: [t${index}] }\n`,
  );
  const retention = bytes === undefined ? "" : `  retention: { size: ${bytes}B }\n`;
  const daemon = `daemon:\n  listen: 127.0.0.1:0\n  sources: [{ file: events-${round}.ndjson }]\n  egress: { allow: [127.0.0.0/8] }\n${retention}`;
  const targets = "targets:\n  house: { provider: bellhop, store: .bellhop/store.json }\n";
  writeFileSync(
    path.join(folder, "notifications.yaml"),
    `version: 1\n${targets}integrations:\n${integrations.join("")}${daemon}`,
  );
  const text = "x".repeat(850);
  const lines = Array.from({ length: events }, (_item, index) =>
    JSON.stringify({
      specversion: "1.0",
      id: `e${round}-${index}`,
      source: "/b",
      type: `t${index % ENDPOINTS}`,
      data: { text },
    }),
  );
  writeFileSync(path.join(folder, `events-${round}.ndjson`), `${lines.join("\n")}\n`);
}
