/** Composition root: puts the daemon together. What is started registers how it is stopped. */
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import path from "node:path";
import { openEngine } from "./delivery/engine.ts";
import type { Engine } from "./delivery/engine.ts";
import { forWorker, startTries } from "./delivery/tries.ts";
import type { Tries } from "./delivery/tries.ts";
import { startWorker } from "./delivery/worker.ts";
import { attemptContext } from "./app/delivery.ts";
import { apiSurroundings } from "./app/api-targets.ts";
import { followStores } from "./app/follow.ts";
import { startLoop } from "./app/loop.ts";
import { createPort } from "./app/port.ts";
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
  const delivery = await startDelivery(options, lifecycle);
  const { outbox, engine } = delivery;
  let ready = false;
  const url = await serve(options, lifecycle, delivery, () => ready);
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

interface Delivery {
  readonly outbox: Outbox;
  readonly engine: Engine;
  readonly tries: Tries;
  readonly wake: () => void;
}

async function startDelivery({ config, log }: DaemonOptions, lifecycle: Lifecycle): Promise<Delivery> {
  const clock = systemClock;
  const outbox = await openSqliteOutbox({ path: databaseFile(config), mode: "exclusive" });
  lifecycle.onStop("the outbox", () => outbox.close());
  const stores = openStores(config);
  lifecycle.onStop("the stores", () => closeStores(stores));
  let wake = (): void => undefined;
  const engine = await openEngine({ outbox, stores, providers, log, clock, onAccepted: () => wake() });
  const rules = config.daemon.disable;
  const context = attemptContext({ engine, outbox, rules, clock });
  lifecycle.onStop("connections", () => context.http.close());
  const worker = startWorker({
    ...context,
    outbox: forWorker(outbox, engine),
    log,
    concurrency: CONCURRENCY,
    slow: SLOW,
    perIntegration: PER_INTEGRATION,
    onResult: (result) => tries.onResult(result),
  });
  lifecycle.onStop("deliveries", () => worker.stop(GRACE_MS));
  const tries = startTries({ outbox, engine, rules, clock, log, onMoved: () => worker.wake() });
  lifecycle.onStop("probes and recoveries", () => tries.stop());
  wake = () => {
    worker.wake();
    tries.wake();
  };
  const follow = followStores(engine, log);
  for (const { store } of stores) lifecycle.onStop("a store's watch", store.watch(follow));
  return { outbox, engine, tries, wake: () => wake() };
}

async function serve(
  { config, pid, log }: DaemonOptions,
  lifecycle: Lifecycle,
  delivery: Delivery,
  ready: () => boolean,
): Promise<string> {
  const key = randomBytes(32).toString("hex");
  const loadedAt = new Date(systemClock.now()).toISOString();
  const server = await startServer({
    listen: config.daemon.listen,
    token: config.daemon.token,
    key,
    log,
    eventPaths: () =>
      config.daemon.sources.flatMap((source) => (source.type === "http" ? [source.path] : [])),
    ingest: () => [],
    port: createPort({
      ...delivery,
      clock: systemClock,
      pid,
      ready,
      config: () => ({ file: config.file, loadedAt, error: null }),
    }),
  });
  lifecycle.onStop("the HTTP server", () => server.close());
  const daemonFile = path.join(config.dataDir, "daemon.json");
  makeFolder(config.dataDir, 0o700);
  await writeFileAtomic(daemonFile, `${JSON.stringify({ pid, url: server.url, key })}\n`, 0o600);
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
