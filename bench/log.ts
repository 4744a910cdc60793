/**
 * The log with a million attempts, built through the outbox: the worst time of each filter, how the file comes back to its size,
 * and what retention and the index of texts cost delivery. By itself: `npx tsx bench/log.ts 1000000 FOLDER`.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startRetention } from "../src/delivery/retention.ts";
import { systemClock } from "../src/lib/clock.ts";
import { createLog } from "../src/lib/log.ts";
import type {
  AcceptedEvent,
  AttemptResult,
  ClaimedDelivery,
  DeliveryFilter,
  Outbox,
} from "../src/outbox/contract.ts";
import { openSqliteOutbox } from "../src/outbox/sqlite/client.ts";
import { readTextFile } from "../src/outbox/sqlite/text-file.ts";

const START = Date.UTC(2026, 0, 1);
const FAN_OUT = 4;
const INTEGRATIONS = 40;
const WORDS = Array.from({ length: 2000 }, (_, n) =>
  ((n * 7919 + 104_729) ** 2).toString(36).slice(0, 3 + (n % 7)),
);
const HEADERS = [
  ["content-type", "application/json"],
  ["webhook-id", "msg_2f4b5e7c9a"],
  ["webhook-timestamp", "1795204047"],
  ["webhook-signature", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="],
] as const;

const word = (n: number): string => WORDS[n % WORDS.length] ?? "";

/** Every one of them another; types and projects from common to rare, one needle in all. */
function eventOf(n: number, events: number): AcceptedEvent {
  const rank = Math.floor(Math.sqrt((n * 2_654_435_761) % 40_000));
  const id = `event-${n}`;
  const message = Array.from({ length: 30 }, (_, at) => word(n * 31 + at * at * 17)).join(" ");
  const needle = n === Math.floor(events / 10) ? "needle in the haystack" : "";
  const data = { message, needle, number: n, commit: (n * 2_654_435_761).toString(16) };
  const event = {
    id,
    type: `build:step-${rank}`,
    provider: "cloudevents" as const,
    time: "2026-01-01T00:00:00Z",
    project: { name: `project-${rank % 97}` },
    data,
  };
  return {
    event: { ...event, body: { id, type: event.type, data } },
    source: "bench",
    deliveries: Array.from({ length: FAN_OUT }, (_, at) => {
      const uid = `uid-${(n * FAN_OUT + at) % INTEGRATIONS}`;
      return {
        integrationUid: uid,
        integration: `key-${uid}`,
        kind: "bellhop/integration",
        status: "pending",
        trigger: "schedule",
      };
    }),
  };
}

/** One in fifty is given up, one in a thousand discarded, one in ten thousand held. */
function resultOf({ delivery, event }: ClaimedDelivery, n: number): AttemptResult {
  const status =
    n % 10_000 === 9 ? "held" : n % 1000 === 5 ? "discarded" : n % 50 === 3 ? "exhausted" : "delivered";
  const failed = status !== "delivered";
  const body = failed ? `{"error":"upstream connect error ${n % 977}"}` : "ok";
  return {
    status,
    ...(failed ? { reason: "answered 503" } : {}),
    attempt: {
      deliveryId: delivery.id,
      number: 1,
      trigger: "schedule",
      startedAt: delivery.createdAt,
      durationMs: 3,
      timings: { firstByteMs: 2, totalMs: 3 },
      request: {
        method: "POST",
        url: "https://hooks.example.com/… (secret)",
        headers: HEADERS,
        body: JSON.stringify(event.body),
      },
      response: { status: failed ? 503 : 200, headers: HEADERS.slice(0, 1), body, truncated: false },
      remoteAddress: "192.0.2.1",
      outcome: failed ? "failed" : "delivered",
    },
  };
}

interface Load {
  readonly outbox: Outbox;
  readonly from: number;
  readonly events: number;
  readonly total: number;
  /** Moves the clock on. */
  readonly tick: () => void;
}

/** Accepts and delivers; what is claimed is recorded while the next is claimed. */
async function run({ outbox, from, events, total, tick }: Load): Promise<void> {
  const size = 250;
  let results = from * FAN_OUT;
  let recording: Promise<void> = Promise.resolve();
  for (let n = from; n < from + events; n += size) {
    tick();
    const batch = Array.from({ length: Math.min(size, from + events - n) }, (_, at) =>
      eventOf(n + at, total),
    );
    await outbox.accept({ events: batch, rejected: [], positions: { bench: n } });
    const claimed = await outbox.claim({
      now: Number.MAX_SAFE_INTEGER,
      limit: size * FAN_OUT,
      perIntegration: size * FAN_OUT,
      skip: [],
    });
    await recording;
    recording = outbox.record(claimed.map((one) => resultOf(one, (results += 1))));
  }
  await recording;
}

const FILTERS = (attempts: number): Readonly<Record<string, DeliveryFilter>> => {
  const seconds = attempts / FAN_OUT / 250;
  const middle = START + (seconds / 2) * 1000;
  return {
    none: {},
    "integration, one in ten": { integration: "uid-3" },
    "integration, unknown": { integration: "nobody" },
    "status delivered": { status: ["delivered"] },
    "status exhausted": { status: ["exhausted"] },
    "status held": { status: ["held"] },
    "status pending, none": { status: ["pending"] },
    "two statuses": { status: ["held", "discarded"] },
    "event type, common": { event: "build:step-199" },
    "event type, rare": { event: "build:step-2" },
    "event type, unknown": { event: "build:step" },
    "event glob, all": { event: "build:*" },
    "event glob, few types": { event: "*step-1?".replace("?", "1*") },
    "event glob, none": { event: "deploy:*" },
    "event glob of ids": { event: `event-${Math.floor(attempts / FAN_OUT / 3)}*` },
    "event id": { event: `event-${Math.floor(attempts / FAN_OUT / 3)}` },
    "project, common": { project: "Project-96" },
    "project, unknown": { project: "nothing" },
    "since, until": { since: middle, until: middle + 2000 },
    "until, all before": { until: START - 1 },
    "text, in all": { text: "message" },
    "text, a word": { text: word(1234) },
    "text, rare": { text: "Needle in the" },
    "text, an answer": { text: "upstream connect error 976" },
    "text, a common answer": { text: "upstream connect" },
    "text, none": { text: "no such text anywhere" },
    "text, digits that are nowhere": { text: "9876543219" },
    "text, two characters": { text: "zz" },
    "text, two that are nowhere": { text: "ß!" },
    "integration + status": { integration: "uid-3", status: ["exhausted"] },
    "integration + status + text": { integration: "uid-3", status: ["exhausted"], text: "upstream" },
    "integration + text, none": { integration: "uid-3", text: "no such text" },
    "integration + event": { integration: "uid-3", event: "build:step-150" },
    "project + event, never together": { project: "project-3", event: "build:step-199" },
    "status + project": { status: ["exhausted"], project: "project-96" },
    "status + text, none": { status: ["discarded"], text: "haystack" },
    "event + text, common, never together": { event: "build:step-199", text: "needle in" },
    "text + since": { text: "upstream connect", since: middle, until: middle + 500 },
  };
};

/** The slowest of the first pages of a filter, and of one from far down, each asked for several times. */
async function worst(outbox: Outbox, filter: DeliveryFilter, far: string | undefined): Promise<number> {
  let slowest = 0;
  let cursor: string | undefined;
  const cursors = [undefined, undefined, "next", "next", far];
  for (const which of cursors) {
    if (which === "next" && cursor === undefined) continue;
    const at = which === "next" ? cursor : which;
    const started = performance.now();
    const page = await outbox.deliveries({ ...filter, ...(at === undefined ? {} : { cursor: at }) });
    slowest = Math.max(slowest, performance.now() - started);
    cursor = page.next ?? undefined;
  }
  return slowest;
}

export interface LogFigures {
  readonly buildSeconds: number;
  readonly indexSeconds: number;
  readonly fileMiB: number;
  readonly textMiB: number;
  readonly filters: Readonly<Record<string, number>>;
  readonly worstMs: number;
  /** Deliveries per second, without sending, with retention and the index of texts at work: a part of those without. */
  readonly upkeepRatio: number;
  readonly halvedToMiB: number;
  readonly trimSeconds: number;
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);

export async function benchLog(attempts: number, dir: string = tmpdir()): Promise<LogFigures> {
  const folder = mkdtempSync(join(dir, "bellhop-bench-"));
  const path = join(folder, "outbox.db");
  let now = START;
  let outbox = await openSqliteOutbox({ path, mode: "exclusive", clock: () => now });
  try {
    const events = attempts / FAN_OUT;
    let started = performance.now();
    const seconds = (): number => Math.round((performance.now() - started) / 100) / 10;
    await run({ outbox, from: 0, events, total: events, tick: () => (now += 1000) });
    const buildSeconds = seconds();
    started = performance.now();
    await indexed(path, events, attempts);
    const indexSeconds = seconds();
    const far =
      (await outbox.deliveries({ until: START + (events / 250 / 3) * 1000, limit: 1 })).next ?? undefined;
    const filters: Record<string, number> = {};
    for (const [name, filter] of Object.entries(FILTERS(attempts))) {
      filters[name] = Math.round((await worst(outbox, filter, far)) * 10) / 10;
    }
    const [fileMiB, textMiB] = [mib(sizeOf(path)), mib(sizeOf(`${path}.text`))];
    await outbox.close();
    const upkeepRatio = Math.round((await upkeep(path, events, () => now)) * 1000) / 1000;
    outbox = await openSqliteOutbox({ path, mode: "exclusive", clock: () => now });
    started = performance.now();
    const bytes = sizeOf(path) / 2;
    for (let done = false; !done;) ({ done } = await outbox.trim({ bytes, limit: 500 }));
    const trimSeconds = seconds();
    await outbox.close();
    const halvedToMiB = mib(sizeOf(path));
    const worstMs = Math.max(...Object.values(filters));
    return {
      buildSeconds,
      indexSeconds,
      fileMiB,
      textMiB,
      filters,
      worstMs,
      upkeepRatio,
      halvedToMiB,
      trimSeconds,
    };
  } finally {
    await outbox.close();
    rmSync(folder, { recursive: true });
  }
}

async function indexed(path: string, events: number, attempts: number): Promise<void> {
  const until = performance.now() + 300_000;
  for (let done = false; !done;) {
    await sleep(100);
    const file = readTextFile(path);
    const mark = file?.watermark();
    file?.close();
    done = (mark?.event ?? 0) >= events && (mark?.attempt ?? 0) >= attempts;
    if (performance.now() > until) throw new Error(`only ${mark?.event} events are in the index of texts`);
  }
}

/** Rounds with and without what is to be kept up, by turns, on the same file. */
async function upkeep(path: string, from: number, now: () => number): Promise<number> {
  const events = 4000;
  let next = from;
  const round = async (kept: boolean): Promise<number> => {
    const outbox = await openSqliteOutbox({
      path,
      mode: "exclusive",
      clock: now,
      texts: kept,
      shrinks: true,
    });
    const keeper = startRetention({
      outbox,
      clock: systemClock,
      retention: kept ? { bytes: Math.round(0.9 * sizeOf(path)) } : {},
      log: createLog({ level: "silent", pretty: false, write: () => undefined }),
    });
    const started = performance.now();
    await run({ outbox, from: next, events, total: from, tick: () => undefined });
    const took = performance.now() - started;
    next += events;
    await keeper.stop();
    await outbox.close();
    return took;
  };
  const took = { with: 0, without: 0 };
  for (let n = 0; n < 4; n += 1) {
    took.without += await round(false);
    took.with += await round(true);
  }
  return took.without / took.with;
}

if (import.meta.filename === process.argv[1]) {
  const { filters, ...rest } = await benchLog(Number(process.argv[2] ?? "1000000"), process.argv[3]);
  console.table(filters);
  console.table({ log: rest });
}
