/** Every source at once, through the real daemon to a real receiver, across a restart. */
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, it, onTestFinished } from "vitest";
import { runCli } from "../support/cli.ts";
import { startDaemonProcess } from "../support/daemon-process.ts";
import type { DaemonProcess } from "../support/daemon-process.ts";
import { EGRESS_TO_LOOPBACK } from "../support/loopback.ts";
import { natsProgram, startNats } from "../support/nats-server.ts";
import { listen } from "../support/receiver.ts";
import { tempDir } from "../support/temp.ts";

const cloudEvent = (id: string): string =>
  JSON.stringify({ specversion: "1.0", id, source: "/test", type: "com.example.t", data: { id } });

const northflankEvent = (id: string): string =>
  JSON.stringify({
    event: "trigger:build:start",
    data: { timestamp: 1_709_197_262, event: { id }, project: { id: "web" }, service: { name: "api" } },
  });

/** Answers with how often each event came, by what it says of itself. */
async function receiver(): Promise<{ url: string; counts: Map<string, number> }> {
  const counts = new Map<string, number>();
  const url = await listen((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      const { type, data } = JSON.parse(body) as {
        type: string;
        data: { id?: string; event?: { id: string } };
      };
      const name = data.id ?? data.event?.id ?? type;
      if (type !== "bellhop:confirm") counts.set(name, (counts.get(name) ?? 0) + 1);
      response.end();
    });
  });
  return { url, counts };
}

async function stream(): Promise<{ url: string; publish: (text: string) => Promise<unknown> }> {
  const { url } = await startNats();
  const connection = await connect({ servers: url });
  onTestFinished(() => connection.close());
  await (await jetstreamManager(connection)).streams.add({ name: "EVENTS", subjects: ["events.>"] });
  return { url, publish: (text) => jetstream(connection).publish("events.all", text) };
}

async function post(url: string, body: string, headers: Record<string, string>): Promise<void> {
  const answer = await fetch(url, { method: "POST", body, headers });
  expect(answer.status).toBeLessThan(300);
}

it.skipIf("missing" in natsProgram)(
  "delivers from each of them once, before and after a restart",
  async () => {
    const folder = await tempDir();
    const target = await receiver();
    const nats = await stream();
    writeFileSync(
      join(folder, "notifications.yaml"),
      `version: 1
targets:
  house: { provider: bellhop, store: .bellhop/store.json }
integrations:
  all:
    kind: bellhop/integration
    spec: { name: All, type: RAW_WEBHOOK, webhook: "${target.url}/all", events: ["*"] }
daemon:
  listen: 127.0.0.1:0
  ${EGRESS_TO_LOOPBACK}
  sources:
    - file: events.ndjson
    - http: /events
    - { ingest: northflank, secret: the-secret }
    - stdin
    - nats: { servers: ["${nats.url}"], stream: EVENTS, consumer: bellhop }
`,
    );
    const send = async (daemon: DaemonProcess, round: string): Promise<void> => {
      appendFileSync(join(folder, "events.ndjson"), `${cloudEvent(`file-${round}`)}\n`);
      await post(`${daemon.url}/events`, cloudEvent(`http-${round}`), {
        "content-type": "application/cloudevents+json",
      });
      await post(`${daemon.url}/ingest/northflank`, northflankEvent(`ingest-${round}`), {
        "content-type": "application/json",
        "x-northflank-notification-integration-token": "the-secret",
      });
      daemon.write(`${cloudEvent(`stdin-${round}`)}\n`);
      await nats.publish(cloudEvent(`nats-${round}`));
    };
    const all = (...rounds: string[]): [string, number][] =>
      ["file", "http", "ingest", "nats", "stdin"].flatMap((source) =>
        rounds.map((round): [string, number] => [`${source}-${round}`, 1]),
      );
    const came = (): [string, number][] => [...target.counts].toSorted(([a], [b]) => a.localeCompare(b));

    const first = await startDaemonProcess(folder);
    await send(first, "a");
    await expect.poll(came, { timeout: 20_000 }).toEqual(all("a"));
    const refused = await fetch(`${first.url}/ingest/northflank`, {
      method: "POST",
      body: northflankEvent("x"),
    });
    expect(refused.status).toBe(401);
    first.signal("SIGTERM");
    expect(await first.ended).toBe(0);
    await nats.publish(cloudEvent("nats-b"));
    appendFileSync(join(folder, "events.ndjson"), `${cloudEvent("file-b")}\n`);
    const second = await startDaemonProcess(folder);
    await send(second, "c");
    const between: [string, number][] = [
      ["file-b", 1],
      ["nats-b", 1],
    ];
    await expect
      .poll(came, { timeout: 20_000 })
      .toEqual([...all("a", "c"), ...between].toSorted(([a], [b]) => a.localeCompare(b)));
    const listed = await runCli(["events", "list", "--format", "json"], { cwd: folder });
    const sources = (JSON.parse(listed.out) as { events: { source: string }[] }).events.map(
      ({ source }) => source,
    );
    expect(new Set(sources)).toEqual(
      new Set(["confirm", "file:events.ndjson", "http", "ingest:northflank", "stdin", "nats:EVENTS"]),
    );
    second.signal("SIGTERM");
    expect(await second.ended).toBe(0);
  },
);
