/** A daemon under load that is killed again and again, and at the end an account of everything that was handed over. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createRandom } from "../../../src/emulator/random.ts";
import type { Random } from "../../../src/emulator/random.ts";
import type { DaemonStatus } from "../../../src/server/status.ts";
import { auditLog } from "./audit.ts";
import { openFaults } from "./faults.ts";
import type { Fault, FaultName, Faults } from "./faults.ts";
import { createLedger } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { startLife } from "./life.ts";
import type { Life } from "./life.ts";
import { startLoad } from "./load.ts";
import type { Load } from "./load.ts";
import { configuration, endpointsOf } from "./project.ts";
import { startReceivers } from "./receivers.ts";
import type { Receivers } from "./receivers.ts";
import { during } from "./readiness.ts";

export interface CampaignOptions {
  readonly kills: number;
  readonly seed: number;
  /** Events per second. */
  readonly rate: number;
  readonly integrations: number;
  readonly faults: readonly FaultName[];
  /** Told what happens, a line at a time. */
  readonly say: (line: string) => void;
}

export interface Account {
  readonly violations: readonly string[];
  /** Of a campaign that went wrong: its configuration, log, database and events. Otherwise it is gone. */
  readonly folder: string;
  readonly summary: string;
}

interface Campaign extends CampaignOptions {
  readonly folder: string;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly receivers: Receivers;
  readonly load: Load;
  readonly faulty: Faults;
  readonly violations: string[];
  readonly errors: Map<string, number>;
  /** The process that runs now, or ran last. */
  readonly life: { number: number; end?: () => Promise<unknown> };
}

export async function runCampaign(options: CampaignOptions): Promise<Account> {
  const folder = await mkdtemp(path.join(tmpdir(), "bellhop-chaos-"));
  const endpoints = endpointsOf(options.integrations);
  const ledger = createLedger(endpoints);
  const life: Campaign["life"] = { number: 0 };
  const random = createRandom(options.seed);
  const receivers = await startReceivers(endpoints, ledger, {
    life: () => life.number,
    random: createRandom(options.seed + 1),
  });
  await writeFile(path.join(folder, "notifications.yaml"), configuration(endpoints, receivers.url));
  const faulty = openFaults(options.faults, folder);
  faulty.notes.forEach(options.say);
  const violations: string[] = [];
  const load = startLoad({
    folder,
    endpoints,
    ledger,
    random: createRandom(options.seed + 2),
    rate: options.rate,
    onViolation: (text) => violations.push(text),
  });
  const errors = new Map<string, number>();
  const campaign = { ...options, folder, random, ledger, receivers, load, faulty, violations, errors, life };
  const started = performance.now();
  let summary = "";
  try {
    for (let kill = 1; kill <= options.kills; kill += 1) await liveAndDie(campaign, kill);
    await lastLife(campaign);
    const audit = await auditLog(folder, ledger, receivers);
    violations.push(...ledger.violations(), ...audit.wrong);
    summary = summarise(campaign, (performance.now() - started) / 1000, audit.compared);
    if (violations.length > 0) await writeFile(path.join(folder, "violations.txt"), violationsText(campaign));
  } finally {
    load.stop();
    await life.end?.();
    await receivers.close();
    faulty.close();
  }
  if (violations.length === 0) await rm(folder, { recursive: true, force: true });
  return { violations, folder, summary };
}

function begin(campaign: Campaign): Life {
  const { folder, ledger, faulty, errors } = campaign;
  const onError = (line: string): void => {
    const what = /"msg":"([^"]*)"/.exec(line)?.[1] ?? line.slice(0, 120);
    errors.set(what, (errors.get(what) ?? 0) + 1);
  };
  const life = startLife({ number: campaign.life.number, folder, ledger, env: faulty.env, onError });
  void life.ready.then((url) => campaign.load.direct(url));
  campaign.life.end = () => {
    life.signal("SIGKILL");
    return life.ended;
  };
  return life;
}

async function end(campaign: Campaign, life: Life, signal: NodeJS.Signals): Promise<number | null> {
  life.signal(signal);
  const { code, tail } = await life.ended;
  campaign.load.direct(undefined);
  if (code !== null && (signal === "SIGKILL" || code !== 0))
    campaign.violations.push(`life ${life.number} ended by itself, with ${code}:\n  ${tail.join("\n  ")}`);
  await campaign.receivers.idle();
  return code;
}

/** One in so many lives ends while it starts, or has a disk that fails. */
const EARLY = 0.15;
const FAULTY = 0.3;
const STARTING_MS = 400;
const LIVING_MS = 1100;

async function liveAndDie(campaign: Campaign, kill: number): Promise<void> {
  const { random, ledger, say, kills } = campaign;
  const started = performance.now();
  const life = begin(campaign);
  const early = random() < EARLY;
  const [moment, faultFor, which] = [random(), random(), random()];
  const fault =
    early || faultFor > FAULTY
      ? undefined
      : campaign.faulty.all[Math.floor(which * campaign.faulty.all.length)];
  if (early) await pause(moment * STARTING_MS);
  else if ((await life.ready) !== undefined) {
    if (fault !== undefined) await suffer(campaign, life, fault);
    await pause(moment * LIVING_MS);
  }
  await end(campaign, life, "SIGKILL");
  fault?.off();
  const notes = [
    `kill ${kill} of ${kills}`,
    `after ${((performance.now() - started) / 1000).toFixed(2)} s`,
    `in flight ${ledger.unrecorded(life.number)}`,
    `sent again so far ${ledger.totals().again}`,
    ...(early ? ["while starting"] : []),
    ...(fault === undefined ? [] : [fault.name]),
  ];
  say(notes.join("  "));
  campaign.life.number += 1;
}

/** Not ready while the disk fails, alive all the time, and ready again by itself. One in three is killed in the middle of it. */
async function suffer(campaign: Campaign, life: Life, fault: Fault): Promise<void> {
  const url = (await life.ready) ?? "";
  fault.on();
  const midway = campaign.random() < 1 / 3;
  campaign.violations.push(...(await during(url, fault.name, midway ? undefined : () => fault.off())));
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** How long nothing may arrive before the rest counts as lost. */
const PATIENCE_MS = 45_000;

async function lastLife(campaign: Campaign): Promise<void> {
  const { ledger, load, violations } = campaign;
  const life = begin(campaign);
  const url = await life.ready;
  if (url !== undefined) {
    await load.finish();
    // What was answered before a kill, and not recorded, has arrived and is owed all the same.
    const count = async (): Promise<number> => ledger.missing().length + (await owed(url));
    let [left, since] = [await count(), performance.now()];
    while (left > 0 && performance.now() - since < PATIENCE_MS) {
      await pause(200);
      const now = await count();
      if (now < left) since = performance.now();
      left = now;
    }
  }
  violations.push(...ledger.missing().map((name) => `${name} never arrived`));
  await end(campaign, life, "SIGTERM");
}

/** How many deliveries the daemon still has to make. */
async function owed(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/status`);
  const { integrations } = (await answer.json()) as Pick<DaemonStatus, "integrations">;
  return integrations
    .flatMap(({ deliveries: { pending = 0, delivering = 0 } }) => [pending, delivering])
    .reduce((sum, some) => sum + some, 0);
}

function summarise(campaign: Campaign, seconds: number, compared: number): string {
  const { ledger, violations, errors, kills, seed } = campaign;
  const { events, deliveries, again } = ledger.totals();
  const lost = violations.filter((text) => text.endsWith("never arrived")).length;
  return [
    `${kills} kills in ${seconds.toFixed(0)} s (seed ${seed}): ${events} events, ${deliveries} deliveries, ${lost} lost, ${again} sent again, ${compared} attempts compared with the log, ${violations.length} violations`,
    ...[...errors].map(([what, count]) => `  the daemon's log has ${count} × ${what}`),
  ].join("\n");
}

/** With every request of what a violation names. */
function violationsText({ violations, ledger }: Campaign): string {
  const lines = violations.map((text) => {
    const [, key, id] = /\b([\w-]+)\/([fh]\d+)\b/.exec(text) ?? [];
    const arrivals = key === undefined || id === undefined ? [] : ledger.arrivals(key, id);
    return [
      text,
      ...arrivals.map(({ seq, life, answered }) => `  request ${seq} of life ${life}: answered ${answered}`),
    ].join("\n");
  });
  return `${lines.join("\n")}\n`;
}
