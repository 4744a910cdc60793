/** Composition root: puts the daemon together. What is started registers how it is stopped. */
import { rm } from "node:fs/promises";
import path from "node:path";
import { openEngine } from "./delivery/engine.ts";
import type { Engine } from "./delivery/engine.ts";
import { startWorker } from "./delivery/worker.ts";
import { attemptContext } from "./app/delivery.ts";
import { apiSurroundings } from "./app/api-targets.ts";
import { followStores } from "./app/follow.ts";
import { startLoop } from "./app/loop.ts";
import { databaseFile, openConfiguredSession } from "./app/session.ts";
import { closeStores, openStores } from "./app/stores.ts";
import { providers } from "./generated/registry.ts";
import { writeFileAtomic } from "./lib/atomic-file.ts";
import { systemClock } from "./lib/clock.ts";
import { createLifecycle } from "./lib/lifecycle.ts";
import type { Lifecycle } from "./lib/lifecycle.ts";
import { makeFolder } from "./lib/make-folder.ts";
import type { Log } from "./lib/log.ts";
import type { Config } from "./model/config.ts";
import { AppError } from "./model/errors.ts";
import type { Outbox } from "./outbox/contract.ts";
import { openSqliteOutbox } from "./outbox/sqlite/client.ts";
import { startServer } from "./server/server.ts";
import type { Sink } from "./sources/contract.ts";
import { createFileSource } from "./sources/file.ts";

const CONCURRENCY = 128;
/** Further requests, to endpoints that keep them waiting. */
const SLOW = 512;
const PER_INTEGRATION = 16;
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
  /** Paths in messages are relative to it. */
  readonly cwd: string;
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

async function start(options: DaemonOptions, lifecycle: Lifecycle): Promise<string> {
  refuseUnsupported(options.config);
  const { outbox, engine } = await startDelivery(options, lifecycle);
  let ready = false;
  const url = await serve(options, lifecycle, engine, () => ready);
  const { config, load, log, cwd } = options;
  const stopping = new AbortController();
  const surroundings = apiSurroundings({
    signal: stopping.signal,
    onNotice: ({ level, message }) => (level === "warning" ? log.warn(message) : log.info(message)),
  });
  const loop = startLoop({
    config,
    load,
    log,
    openSession: (current) => openConfiguredSession(current, cwd, surroundings),
    random: Math.random,
  });
  lifecycle.onStop("reconciling", () => {
    stopping.abort();
    return loop.stop();
  });
  await loop.first;
  await engine.reload();
  await engine.confirmNew();
  await startSources(options, lifecycle, outbox, engine);
  ready = true;
  return url;
}

/** A source that nothing reads would lose its events silently. */
function refuseUnsupported({ daemon }: Config): void {
  const source = daemon.sources.find(({ type }) => type !== "file" && type !== "http");
  if (source === undefined) return;
  throw new AppError("unsupported", `a source of type ${source.type} is not supported yet`, {
    hint: "use a file or http",
  });
}

async function startDelivery(
  { config, log }: DaemonOptions,
  lifecycle: Lifecycle,
): Promise<{ outbox: Outbox; engine: Engine }> {
  const now = (): number => systemClock.now();
  const outbox = await openSqliteOutbox({ path: databaseFile(config), mode: "exclusive" });
  lifecycle.onStop("the outbox", () => outbox.close());
  const stores = openStores(config);
  lifecycle.onStop("the stores", () => closeStores(stores));
  let wake = (): void => undefined;
  const engine = await openEngine({ outbox, stores, providers, log, now, onAccepted: () => wake() });
  const context = attemptContext(engine, systemClock);
  lifecycle.onStop("connections", () => context.http.close());
  const worker = startWorker({
    ...context,
    outbox,
    log,
    concurrency: CONCURRENCY,
    slow: SLOW,
    perIntegration: PER_INTEGRATION,
  });
  wake = () => worker.wake();
  lifecycle.onStop("deliveries", () => worker.stop(GRACE_MS));
  const follow = followStores(engine, log);
  for (const { store } of stores) lifecycle.onStop("a store's watch", store.watch(follow));
  return { outbox, engine };
}

async function serve(
  { config, pid, log }: DaemonOptions,
  lifecycle: Lifecycle,
  engine: Engine,
  ready: () => boolean,
): Promise<string> {
  const server = await startServer({
    listen: config.daemon.listen,
    token: config.daemon.token,
    log,
    eventPaths: () =>
      config.daemon.sources.flatMap((source) => (source.type === "http" ? [source.path] : [])),
    ingest: () => [],
    port: {
      ready,
      accept: (batch) => engine.intake.accept(batch),
      test: async (name) => {
        const endpoint = engine.find(name);
        return endpoint?.behaviour.render === undefined ? undefined : engine.test(endpoint);
      },
    },
  });
  lifecycle.onStop("the HTTP server", () => server.close());
  const daemonFile = path.join(config.dataDir, "daemon.json");
  makeFolder(config.dataDir, 0o700);
  await writeFileAtomic(daemonFile, `${JSON.stringify({ pid, url: server.url })}\n`);
  lifecycle.onStop("daemon.json", () => rm(daemonFile, { force: true }));
  return server.url;
}

async function startSources(
  { config, log }: DaemonOptions,
  lifecycle: Lifecycle,
  outbox: Outbox,
  engine: Engine,
): Promise<void> {
  const sink: Sink = async (batch) => {
    const result = await engine.intake.accept(batch);
    for (const { position, reason } of result.rejected) {
      log.warn({ source: batch.source, position, reason }, "rejected");
    }
  };
  for (const source of config.daemon.sources) {
    if (source.type !== "file") continue;
    const file = createFileSource({
      pattern: source.pattern,
      base: source.base,
      onProblem: (error) =>
        log.error({ source: source.pattern, reason: String(error) }, "cannot read on; will try again"),
    });
    lifecycle.onStop(file.name, () => file.stop());
    await file.start(sink, { load: (prefix) => outbox.positions(prefix) });
  }
}
