/** The server before a real engine and a real outbox. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openEngine } from "../../src/delivery/engine.ts";
import { providers } from "../../src/generated/registry.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createLog } from "../../src/lib/log.ts";
import { AppError } from "../../src/model/errors.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Event } from "../../src/model/event.ts";
import { openSqliteOutbox } from "../../src/outbox/sqlite/client.ts";
import type { IngestRoute } from "../../src/server/ingest.ts";
import { startServer } from "../../src/server/server.ts";
import type { SourceBatch } from "../../src/sources/contract.ts";
import { tempDir } from "../support/temp.ts";
import { port } from "./port.ts";

export interface Receiving {
  readonly url: string;
  /** What has been handed over. */
  readonly batches: SourceBatch[];
  /** The paths in use; what is put in or taken out counts at once. */
  readonly eventPaths: string[];
  readonly ingest: IngestRoute[];
  /** Makes the outbox refuse everything. */
  outboxGone: boolean;
  logged(): string;
  stored(id: string): Promise<Event | undefined>;
  rejected(): Promise<readonly { source: string; position: string; reason: string; head: string }[]>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly [name: string]: unknown };
}

export async function startReceiving(options: { token?: string } = {}): Promise<Receiving> {
  const outbox = await openSqliteOutbox({ path: join(await tempDir(), "bellhop.db"), mode: "exclusive" });
  let logged = "";
  const log = createLog({ level: "debug", pretty: false, write: (line) => void (logged += line) });
  const engine = await openEngine({
    outbox,
    stores: () => [],
    providers,
    log,
    clock: systemClock,
    onAccepted: () => undefined,
  });
  const [batches, eventPaths, ingest]: [SourceBatch[], string[], IngestRoute[]] = [[], ["/events"], []];
  const server = await startServer({
    listen: "127.0.0.1:0",
    token: () => (options.token === undefined ? undefined : new Secret(options.token)),
    key: "the key",
    eventPaths: () => eventPaths,
    ingest: () => ingest,
    log,
    port: {
      ...port,
      accept: (batch) => {
        if (receiving.outboxGone)
          return Promise.reject(new AppError("outbox-unavailable", "/var/db: disk full"));
        batches.push(batch);
        return engine.intake.accept(batch);
      },
    },
  });
  onTestFinished(async () => {
    await server.close();
    await outbox.close();
  });
  const receiving: Receiving = {
    url: server.url,
    batches,
    eventPaths,
    ingest,
    outboxGone: false,
    logged: () => logged,
    stored: async (id) => (await outbox.event(id))?.event,
    rejected: async () => (await outbox.rejected({ limit: 100 })).rejected,
  };
  return receiving;
}

/** A request whose answer, when it has a body, is JSON. */
export async function send(
  url: string,
  headers: Record<string, string>,
  body: string | Uint8Array<ArrayBuffer> | undefined,
  method = "POST",
): Promise<Answer> {
  const answer = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: text === "" ? {} : (JSON.parse(text) as Answer["body"]),
  };
}
