/**
 * What bad endpoints cost the others: the time from an event's acceptance to its request at a healthy endpoint, with and without
 * endpoints that are slow, hang, fail or are hostile. Runs with and without them take turns, and the median of each kind counts.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { lineOf, peakRss, pinned } from "./processes.ts";

const HEALTHY = 18;
/** Of the events, so many go to the others: all of them together. */
const SHARE = 0.1;
const PER_SECOND = 200;
const TICK_MS = 20;
const WARM_UP_MS = 2000;
const cli = path.join(import.meta.dirname, "../dist/cli.js");

const MIXES = {
  slow: ["slow", "slow"],
  hanging: ["hang", "hang"],
  failing: ["fail", "fail"],
  hostile: ["drip", "endless", "headers", "reset", "half", "continues", "garbage"],
  "50 hanging": Array.from({ length: 50 }, () => "hang"),
} as const;
type Mix = keyof typeof MIXES;

export interface IsolationFigures {
  readonly p99Ms: number;
  readonly p99AloneMs: number;
  readonly ratio: number;
  readonly peakRssMiB: number;
}

/** Of every mix; `seconds` of load in each of `rounds` runs. */
export async function benchIsolation(
  seconds: number,
  rounds: number,
): Promise<Readonly<Record<string, IsolationFigures>>> {
  // What the bad ones do to the core that they run on must not count.
  const children = [0, 1].map(() => pinned(1, [path.join(import.meta.dirname, "endpoints.mjs")]));
  try {
    const [url = "", badUrl = ""] = await Promise.all(children.map((child) => lineOf(child)));
    const run = (kinds: readonly string[]): Promise<Run> => runDaemon({ url, badUrl, kinds, seconds });
    const alone: Run[] = [];
    const mixed = new Map<Mix, Run[]>();
    for (let round = 0; round < rounds; round += 1) {
      for (const mix of names(MIXES)) {
        alone.push(await run(["ok", "ok"]));
        mixed.set(mix, [...(mixed.get(mix) ?? []), await run(MIXES[mix])]);
      }
    }
    const p99AloneMs = median(alone.map(({ p99 }) => p99));
    return Object.fromEntries(
      [...mixed].map(([mix, runs]) => {
        const p99Ms = median(runs.map(({ p99 }) => p99));
        const peakRssMiB = Math.max(...runs.map(({ rss }) => rss));
        return [mix, { p99Ms, p99AloneMs, ratio: p99Ms / p99AloneMs, peakRssMiB }];
      }),
    );
  } finally {
    for (const child of children) child.kill();
  }
}

const names = <Key extends string>(of: Readonly<Record<Key, unknown>>): readonly Key[] =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a literal
  Object.keys(of) as Key[];

interface Run {
  readonly p99: number;
  readonly rss: number;
}

/** Healthy endpoints beside one of each of these kinds. */
async function runDaemon(options: {
  url: string;
  badUrl: string;
  kinds: readonly string[];
  seconds: number;
}): Promise<Run> {
  const { url, badUrl, kinds, seconds } = options;
  const folder = mkdtempSync(path.join(tmpdir(), "bellhop-isolation-"));
  const webhooks = [
    ...Array.from({ length: HEALTHY }, (_item, n) => `${url}/ok/${n}`),
    ...kinds.map((kind, n) => `${badUrl}/${kind}/${n}`),
  ];
  writeFileSync(path.join(folder, "notifications.yaml"), configuration(webhooks));
  const daemon = pinned(0, [cli, "daemon"], folder);
  try {
    const { url: api } = JSON.parse(await lineOf(daemon, /"url"/)) as { url: string };
    await emit(`${api}/events`, kinds.length, WARM_UP_MS);
    await fetch(`${url}/-reset`);
    await emit(`${api}/events`, kinds.length, seconds * 1000);
    const latencies = (await (await fetch(`${url}/-reset`)).json()) as number[];
    return { p99: percentile(latencies, 0.99), rss: peakRss(daemon.pid ?? 0) };
  } finally {
    daemon.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

function configuration(webhooks: readonly string[]): string {
  const integrations = webhooks.map(
    (webhook, n) =>
      `  e${n}:\n    kind: bellhop/integration\n    spec: { name: e${n}, type: RAW_WEBHOOK, webhook: "${webhook}", events: [t${n}] }\n`,
  );
  return [
    "version: 1\ntargets:\n  house: { provider: bellhop, store: .bellhop/store.json }\nintegrations:\n",
    ...integrations,
    "daemon:\n  listen: 127.0.0.1:0\n  sources: [{ http: /events }]\n  egress: { allow: [127.0.0.0/8] }\n",
  ].join("");
}

/** The healthy ones get the same number of events a second whatever the others are. */
async function emit(url: string, others: number, forMs: number): Promise<void> {
  const started = performance.now();
  let made = 0;
  while (performance.now() - started < forMs) {
    const due = Math.floor(((performance.now() - started) * PER_SECOND) / 1000);
    const lines: string[] = [];
    for (; made < due; made += 1) lines.push(event(endpointOf(made, others)));
    if (lines.length > 0) {
      const headers = { "content-type": "application/x-ndjson" };
      const answer = await fetch(url, { method: "POST", headers, body: lines.join("\n") });
      if (!answer.ok) throw new Error(`the daemon answered ${answer.status}`);
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
}

const endpointOf = (event: number, others: number): number => {
  const turn = Math.round(1 / SHARE);
  const round = Math.floor(event / turn);
  return event % turn === 0 ? HEALTHY + (round % others) : (event - round - 1) % HEALTHY;
};

let events = 0;

const event = (endpoint: number): string =>
  JSON.stringify({
    specversion: "1.0",
    id: `i${(events += 1)}`,
    source: "/bench",
    type: `t${endpoint}`,
    data: { at: performance.timeOrigin + performance.now(), text: "x".repeat(800) },
  });

const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN;

const median = (values: readonly number[]): number => percentile(values, 0.5);
