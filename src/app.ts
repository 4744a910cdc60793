/** Composition root: puts the daemon together, and the delivery side alone for commands that need it without one. */
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { openEngine } from "./delivery/engine.ts";
import type { Engine } from "./delivery/engine.ts";
import { makeAttempt } from "./delivery/attempt.ts";
import type { AttemptContext } from "./delivery/attempt.ts";
import { policyOf } from "./delivery/policy.ts";
import type { Endpoint } from "./delivery/routes.ts";
import { startWorker } from "./delivery/worker.ts";
import { formats, providers } from "./generated/registry.ts";
import { writeFileAtomic } from "./lib/atomic-file.ts";
import { createHttpClient } from "./lib/http.ts";
import { createLifecycle } from "./lib/lifecycle.ts";
import type { Log } from "./lib/log.ts";
import { createLog } from "./lib/log.ts";
import type { Config } from "./model/config.ts";
import type { Delivery } from "./model/delivery.ts";
import { AppError } from "./model/errors.ts";
import { openSqliteOutbox } from "./outbox/sqlite/client.ts";
import { startLoop } from "./reconcile/loop.ts";
import { openStores } from "./reconcile/stores.ts";
import { startServer } from "./server/server.ts";
import { createFileSource } from "./sources/file.ts";

const CONCURRENCY = 128;
const PER_INTEGRATION = 16;
const CONNECTIONS = 16;
const RESPONSE_LIMIT = 64 * 1024;
/** How long a stop waits for requests in flight. */
const GRACE_MS = 20_000;

export interface Daemon {
  readonly url: string;
  /** Drains and stops everything, in reverse order of starting. */
  stop(): Promise<void>;
}

export interface DaemonOptions {
  readonly config: Config;
  /** Reads the configuration again; rejects when it is wrong. */
  readonly load: () => Promise<Config>;
  readonly log: Log;
  readonly pid: number;
}

export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const lifecycle = createLifecycle();
  try {
    return { url: await start(options, lifecycle), stop: () => lifecycle.stop() };
  } catch (error) {
    await lifecycle.stop().catch(() => undefined);
    throw error;
  }
}

async function start(options: DaemonOptions, lifecycle: ReturnType<typeof createLifecycle>): Promise<string> {
  const { config, log } = options;
  const now = (): number => Date.now();
  await mkdir(path.dirname(config.daemon.database), { recursive: true, mode: 0o700 });
  const outbox = await openSqliteOutbox({ path: config.daemon.database, mode: "exclusive" });
  lifecycle.onStop("the outbox", () => outbox.close());
  const stores = await openStores(config);
  lifecycle.onStop("the stores", async () => {
    await Promise.all(stores.map(({ store }) => store.close()));
  });
  let wake = (): void => undefined;
  const engine = await openEngine({ outbox, stores, providers, log, now, onAccepted: () => wake() });
  const context = attemptContext(engine, now);
  lifecycle.onStop("connections", () => context.http.close());
  const worker = startWorker({
    ...context,
    outbox,
    log,
    concurrency: CONCURRENCY,
    perIntegration: PER_INTEGRATION,
  });
  wake = worker.wake;
  lifecycle.onStop("deliveries", () => worker.stop(GRACE_MS));

  const follow = followStores(engine, log);
  for (const { store } of stores) lifecycle.onStop("a store's watch", store.watch(follow));
  const loop = startLoop({ config, load: options.load, log });
  lifecycle.onStop("reconciling", () => loop.stop());
  await loop.first;
  await engine.reload();
  await engine.confirmNew();

  for (const source of config.daemon.sources) {
    if (source.type !== "file") continue;
    const file = createFileSource({ pattern: source.pattern, base: source.base });
    await file.start(
      async (batch) => {
        const result = await engine.intake.accept(batch);
        for (const { position, reason } of result.rejected)
          log.warn({ source: batch.source, position, reason }, "rejected");
      },
      { load: (prefix) => outbox.positions(prefix) },
    );
    lifecycle.onStop(file.name, () => file.stop());
  }

  const server = await startServer({
    listen: config.daemon.listen,
    token: config.daemon.token,
    eventPaths: config.daemon.sources.flatMap((source) => (source.type === "http" ? [source.path] : [])),
    port: {
      ready: () => true,
      accept: (batch) => engine.intake.accept(batch),
      test: (name) => testByName(engine, name),
    },
  });
  lifecycle.onStop("the HTTP server", () => server.close());
  const daemonFile = path.join(config.dataDir, "daemon.json");
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  await writeFileAtomic(daemonFile, `${JSON.stringify({ pid: options.pid, url: server.url })}\n`);
  lifecycle.onStop("daemon.json", () => rm(daemonFile, { force: true }));
  return server.url;
}

function attemptContext(engine: Engine, now: () => number): Omit<AttemptContext, "abort"> {
  return {
    http: createHttpClient({ connections: CONNECTIONS, maxBodyBytes: RESPONSE_LIMIT, userAgent: "bellhop" }),
    formats,
    routes: () => engine.routes(),
    health: engine.health,
    policy: (uid) => policyOf(engine.routes().endpoints.get(uid)?.record),
    now,
    random: Math.random,
  };
}

/** One reload at a time; a change during a reload leads to one more. */
function followStores(engine: Engine, log: Log): () => void {
  let running: Promise<void> | undefined;
  let again = false;
  const run = async (): Promise<void> => {
    do {
      again = false;
      await engine.reload();
      await engine.confirmNew();
    } while (again);
  };
  return () => {
    again = true;
    running ??= run()
      .catch((error: unknown) => log.error({ reason: String(error) }, "cannot follow the stores"))
      .finally(() => (running = undefined));
  };
}

async function testByName(engine: Engine, name: string): Promise<string | undefined> {
  const endpoint = engine.find(name);
  return endpoint?.behaviour.render === undefined ? undefined : engine.test(endpoint);
}

/** The delivery side without a daemon; a daemon that is running makes this an AppError `outbox-in-use`. */
export interface OpenDelivery {
  readonly engine: Engine;
  /** Sends a confirmation message now; answers with the delivery as it then is. */
  sendTest(endpoint: Endpoint): Promise<Delivery>;
  close(): Promise<void>;
}

export async function openDelivery(config: Config): Promise<OpenDelivery> {
  await mkdir(path.dirname(config.daemon.database), { recursive: true, mode: 0o700 });
  const outbox = await openSqliteOutbox({ path: config.daemon.database, mode: "exclusive" });
  const stores = await openStores(config);
  const log = createLog({ level: "silent", pretty: false, write: () => undefined });
  const now = (): number => Date.now();
  const engine = await openEngine({ outbox, stores, providers, log, now, onAccepted: () => undefined });
  const sendTest = async (endpoint: Endpoint): Promise<Delivery> => {
    const eventId = await engine.test(endpoint);
    const context = { ...attemptContext(engine, now), abort: new AbortController().signal };
    try {
      const [owed] = (await outbox.deliveries({ event: eventId, limit: 1 })).deliveries;
      const claimed = await outbox.claim({
        now: now(),
        limit: 1,
        perIntegration: 1,
        skip: [],
        only: [owed?.id ?? ""],
      });
      const results = await Promise.all(claimed.map((delivery) => makeAttempt(delivery, context)));
      await outbox.record(results.filter((result) => result !== undefined));
      const detail = await outbox.delivery(owed?.id ?? "");
      if (detail === undefined) throw new AppError("not-found", "the message was not enqueued");
      return detail.delivery;
    } finally {
      await context.http.close();
    }
  };
  return {
    engine,
    sendTest,
    close: async () => {
      await Promise.all(stores.map(({ store }) => store.close()));
      await outbox.close();
    },
  };
}
