/**
 * How many durable deliveries per second the SQLite outbox can carry, without any sending: `npx tsx bench/outbox.ts`
 * (`--events 40000`, `--dir FOLDER` to measure another disk, `--texts` with the index of texts). Every figure is for 1 KiB of data and 20 integrations.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { AcceptedEvent, AttemptResult, ClaimedDelivery, Outbox } from "../src/outbox/contract.ts";
import { openSqliteOutbox } from "../src/outbox/sqlite/client.ts";

const INTEGRATIONS = 20;
const PAYLOAD = "x".repeat(960);
const HEADERS = Object.entries({
  "content-type": "application/json",
  "user-agent": "bellhop/0.1",
  "webhook-id": "msg_2f4b5e7c9a",
  "webhook-timestamp": "1795204047",
  "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
});

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "20000" },
    texts: { type: "boolean", default: false },
    dir: { type: "string", default: tmpdir() },
  },
});
const EVENTS = Number(values.events);

function accepted(n: number): AcceptedEvent {
  const data = { message: PAYLOAD, n };
  const id = `event-${n}`;
  const event = {
    id,
    type: "build:start",
    provider: "cloudevents" as const,
    time: "2026-11-20T12:00:00Z",
    data,
  };
  const uid = `uid-${n % INTEGRATIONS}`;
  return {
    event: { ...event, body: { id, type: "build:start", data } },
    source: "file:events/*.ndjson",
    deliveries: [
      {
        integrationUid: uid,
        integration: `integration-${uid}`,
        kind: "bellhop/integration",
        status: "pending",
        trigger: "schedule",
      },
    ],
  };
}

function delivered({ delivery, event }: ClaimedDelivery): AttemptResult {
  return {
    status: "delivered",
    attempt: {
      deliveryId: delivery.id,
      number: 1,
      trigger: "schedule",
      startedAt: Date.now(),
      durationMs: 3,
      timings: { firstByteMs: 2, totalMs: 3 },
      request: {
        method: "POST",
        url: "https://hooks.example.com/… (secret)",
        headers: HEADERS,
        body: JSON.stringify(event.body),
      },
      response: { status: 200, headers: HEADERS.slice(0, 3), body: "ok", truncated: false },
      remoteAddress: "127.0.0.1",
      outcome: "delivered",
    },
  };
}

async function timed(name: string, work: () => Promise<void>): Promise<void> {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(cpu);
  const cpuPer10k = ((used.user + used.system) / 1e6 / EVENTS) * 10_000;
  console.log(
    `${name.padEnd(44)} ${Math.round(EVENTS / seconds)
      .toString()
      .padStart(7)}/s  ${cpuPer10k.toFixed(2)} CPU s per 10,000`,
  );
}

async function acceptAll(outbox: Outbox, batch: number, inFlight: number): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < EVENTS) {
      const from = next;
      next += batch;
      const events = Array.from({ length: Math.min(batch, EVENTS - from) }, (_, at) => accepted(from + at));
      await outbox.accept({ events, rejected: [], positions: { "file:a": { offset: from } } });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

async function deliverAll(outbox: Outbox, batch: number): Promise<void> {
  let done = 0;
  const records: Promise<void>[] = [];
  while (done < EVENTS) {
    const claimed = await outbox.claim({ now: Date.now(), limit: batch, perIntegration: batch, skip: [] });
    done += claimed.length;
    records.push(outbox.record(claimed.map(delivered)));
    if (records.length > 4) await records.shift();
  }
  await Promise.all(records);
}

for (const [acceptBatch, inFlight, deliverBatch] of [
  [1, 1, 1],
  [1, 64, 16],
  [100, 2, 64],
  [500, 2, 256],
] as const) {
  const folder = mkdtempSync(join(values.dir, "bellhop-bench-"));
  const path = join(folder, "outbox.db");
  const outbox = await openSqliteOutbox({ path, mode: "exclusive", texts: values.texts });
  await timed(`accept, ${acceptBatch} per batch, ${inFlight} in flight`, () =>
    acceptAll(outbox, acceptBatch, inFlight),
  );
  await timed(`claim and record, ${deliverBatch} per batch`, () => deliverAll(outbox, deliverBatch));
  await outbox.close();
  console.log(`  ${(statSync(path).size / EVENTS / 1024).toFixed(2)} KiB per delivery on disk\n`);
  rmSync(folder, { recursive: true });
}
