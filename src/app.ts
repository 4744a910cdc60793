/** Composition root: puts the daemon together. What is started registers how it is stopped. */
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { attemptContext } from "./app/delivery.ts";
import { apiSurroundings } from "./app/api-targets.ts";
import { openConfiguration } from "./app/configuration.ts";
import type { Configuration, ConfigurationStatus, Loaded } from "./app/configuration.ts";
import { createDeliveryHttp } from "./app/delivery-http.ts";
import type { DeliveryHttp } from "./app/delivery-http.ts";
import type { Difference } from "./app/difference.ts";
import { followStores } from "./app/follow.ts";
import { startLoop } from "./app/loop.ts";
import type { Loop } from "./app/loop.ts";
import { watchOutbox } from "./app/outbox-watch.ts";
import type { WatchedOutbox } from "./app/outbox-watch.ts";
import { databaseFile, openConfiguredSession } from "./app/session.ts";
import { createPort } from "./app/port.ts";
import { createSources, openSource } from "./app/sources.ts";
import type { Sources } from "./app/sources.ts";
import { openLiveStores } from "./app/stores.ts";
import type { LiveStores } from "./app/stores.ts";
import type { LoadResult } from "./config/load.ts";
import { openEngine } from "./delivery/engine.ts";
import type { Engine } from "./delivery/engine.ts";
import { startRetention } from "./delivery/retention.ts";
import { startTries } from "./delivery/tries.ts";
import type { Tries } from "./delivery/tries.ts";
import { forWorker } from "./delivery/worker-outbox.ts";
import { startWorker } from "./delivery/worker.ts";
import { providers } from "./generated/registry.ts";
import { writeFileAtomic } from "./lib/atomic-file.ts";
import { systemClock } from "./lib/clock.ts";
import { createLifecycle } from "./lib/lifecycle.ts";
import type { Lifecycle } from "./lib/lifecycle.ts";
import { makeFolder } from "./lib/make-folder.ts";
import type { Log } from "./lib/log.ts";
import { processSpace } from "./lib/process-space.ts";
import type { Config, DisableConfig } from "./model/config.ts";
import { openSqliteOutbox } from "./outbox/sqlite/client.ts";
import type { IngestRoute } from "./server/ingest.ts";
import { refuseOpen, startServer } from "./server/server.ts";
import type { ConfigStatus } from "./server/status.ts";
import type { Sink } from "./sources/contract.ts";

const CONCURRENCY = 128;
/** Further requests, to endpoints that keep them waiting. */
const SLOW = 512;
const PER_INTEGRATION = 16;
/** How long a stop waits for requests in flight. */
const GRACE_MS = 20_000;

export interface Daemon {
  readonly url: string;
  /** Reads the configuration again now, and takes up what is good. */
  reload(): Promise<void>;
  /** Drains and stops everything: takes nothing more, ends what is in flight, gives the rest back. */
  stop(): Promise<void>;
}

export interface DaemonOptions {
  readonly first: Loaded;
  /** Reads the configuration again. */
  readonly load: () => Promise<LoadResult>;
  readonly log: Log;
  readonly pid: number;
  /** Paths in messages are relative to it. */
  readonly cwd: string;
  /** For a source of type stdin. */
  readonly stdin: Readable;
}

export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const lifecycle = createLifecycle();
  try {
    const { url, configuration } = await start(options, lifecycle);
    return { url, reload: () => configuration.reload(), stop: () => lifecycle.stop() };
  } catch (error) {
    await lifecycle.stop().catch(() => undefined);
    throw error;
  }
}

/** Why the daemon is not ready; undefined when it is. */
interface Phase {
  reason: "starting" | "stopping" | undefined;
}

async function start(
  options: DaemonOptions,
  lifecycle: Lifecycle,
): Promise<{ url: string; configuration: Configuration }> {
  const { first, load, log } = options;
  const phase: Phase = { reason: "starting" };
  const running = await openDelivery(options, lifecycle);
  const sources = sourcesOf(options, running);
  let reconcile = (): void => undefined;
  let keepTo = (): void => undefined;
  const configuration = openConfiguration({
    first,
    load,
    log,
    now: () => systemClock.now(),
    apply: async (change) => {
      refuseOpen({ listen: first.config.daemon.listen, token: change.after.daemon.token });
      await takeUp(change, running, sources);
    },
    inForce: ({ plan, settings }) => {
      if (settings.includes("retention")) keepTo();
      if (plan || settings.includes("reconcile")) reconcile();
    },
  });
  // It is closed after deliveries have ended: until then somebody must be there to say that nothing more is taken.
  let closeServer = async (): Promise<void> => undefined;
  lifecycle.onStop("the HTTP server", () => closeServer());
  const tries = deliver(options, lifecycle, running);
  const surface = await serve(options, { running, tries, configuration, phase });
  closeServer = surface.close;
  const loop = startReconciling(options, lifecycle, running, {
    current: configuration.current,
    reload: async () => (phase.reason === undefined ? configuration.reload() : undefined),
  });
  reconcile = () => loop.runNow();
  await loop.first;
  await running.engine.reload();
  await running.engine.confirmNew();
  lifecycle.onStop("the sources", () => sources.stop());
  await sources.follow(first.config.daemon.sources);
  lifecycle.onStop("the configuration", () => configuration.stop());
  keepTo = keepWithin(options, lifecycle, running, () => configuration.current().daemon.retention);
  configuration.watch();
  lifecycle.onStop("taking events", () => void (phase.reason = "stopping"));
  phase.reason = undefined;
  return { url: surface.url, configuration };
}

function startReconciling(
  { log, cwd }: DaemonOptions,
  lifecycle: Lifecycle,
  { follow }: Running,
  configuration: Pick<Configuration, "current" | "reload">,
): Loop {
  const stopping = new AbortController();
  const surroundings = apiSurroundings({
    signal: stopping.signal,
    onNotice: ({ level, message }) => (level === "warning" ? log.warn(message) : log.info(message)),
  });
  const loop = startLoop({
    configuration,
    log,
    openSession: (current) => openConfiguredSession(current, cwd, surroundings),
    onApplied: follow,
    random: Math.random,
  });
  lifecycle.onStop("reconciling", () => {
    stopping.abort();
    return loop.stop();
  });
  return loop;
}

interface Running {
  readonly watched: WatchedOutbox;
  readonly engine: Engine;
  readonly stores: LiveStores;
  /** Reads the stores again soon. */
  readonly follow: () => void;
  readonly http: DeliveryHttp;
  /** When integrations are disabled: changes with the configuration. */
  readonly rules: { -readonly [Name in keyof DisableConfig]: DisableConfig[Name] };
  /** Called when something may be due. */
  wake(): void;
}

async function openDelivery({ first, log }: DaemonOptions, lifecycle: Lifecycle): Promise<Running> {
  const { config } = first;
  const opened = await openSqliteOutbox({ path: databaseFile(config), mode: "exclusive" });
  lifecycle.onStop("the outbox", () => opened.close());
  const watched = watchOutbox(opened, systemClock, log);
  lifecycle.onStop("looking after the outbox", () => watched.stop());
  const { outbox } = watched;
  let follow = (): void => undefined;
  const stores = openLiveStores(config, () => follow());
  lifecycle.onStop("the stores", () => stores.close());
  const http = createDeliveryHttp(config.daemon.egress.allow);
  lifecycle.onStop("connections", () => http.close());
  const engine = await openEngine({
    outbox,
    stores: stores.current,
    providers,
    log,
    clock: systemClock,
    onAccepted: () => running.wake(),
  });
  follow = followStores(engine, log);
  const rules = { ...config.daemon.disable };
  const running: Running = { watched, engine, stores, follow, http, rules, wake: () => undefined };
  return running;
}

function deliver({ log }: DaemonOptions, lifecycle: Lifecycle, running: Running): Tries {
  const { engine, http, rules } = running;
  const { outbox } = running.watched;
  const clock = systemClock;
  const worker = startWorker({
    ...attemptContext({ engine, outbox, rules, clock, http }),
    outbox: forWorker(outbox, engine),
    log,
    concurrency: CONCURRENCY,
    slow: SLOW,
    perIntegration: PER_INTEGRATION,
    onSettled: (settled) => tries.onSettled(settled),
  });
  lifecycle.onStop("deliveries", () => worker.stop(GRACE_MS));
  const tries = startTries({ outbox, engine, rules, clock, log, onMoved: () => worker.wake() });
  lifecycle.onStop("probes and recoveries", () => tries.stop());
  running.wake = () => {
    worker.wake();
    tries.wake();
  };
  return tries;
}

/** What is answered with makes it keep to the limits of then. */
function keepWithin(
  { log }: DaemonOptions,
  lifecycle: Lifecycle,
  { watched }: Running,
  limits: () => Config["daemon"]["retention"],
): () => void {
  const begin = () =>
    startRetention({ outbox: watched.outbox, clock: systemClock, retention: limits(), log });
  let current = begin();
  lifecycle.onStop("retention", () => current.stop());
  return () => {
    const before = current;
    current = begin();
    void before.stop();
  };
}

/** Makes everything follow a configuration; what cannot be taken up is an AppError, and leaves all as it was. */
async function takeUp(
  { after, difference }: { readonly after: Config; readonly difference: Difference },
  { engine, stores, http, rules }: Running,
  sources: Sources,
): Promise<void> {
  if (difference.stores) {
    const closeGone = await stores.follow(after);
    await engine.reload();
    await closeGone();
  }
  if (difference.settings.includes("egress")) http.allow(after.daemon.egress.allow);
  Object.assign(rules, after.daemon.disable);
  await sources.follow(after.daemon.sources);
}

/** `close` also takes the daemon's file away, by which commands find it. */
async function serve(
  { first, pid, log }: DaemonOptions,
  parts: {
    readonly running: Running;
    readonly tries: Tries;
    readonly configuration: Configuration;
    readonly phase: Phase;
  },
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const { running, tries, configuration, phase } = parts;
  const { engine, watched } = running;
  const { config } = first;
  const key = randomBytes(32).toString("hex");
  const daemon = (): Config["daemon"] => configuration.current().daemon;
  const server = await startServer({
    listen: config.daemon.listen,
    token: () => daemon().token,
    key,
    log,
    eventPaths: () => daemon().sources.flatMap((source) => (source.type === "http" ? [source.path] : [])),
    ingest: () => daemon().sources.flatMap((source) => ingestRoute(source)),
    port: createPort({
      engine,
      tries,
      outbox: watched.outbox,
      clock: systemClock,
      pid,
      wake: () => running.wake(),
      trouble: () => phase.reason ?? watched.trouble(),
      stopping: () => phase.reason === "stopping",
      config: () => statusOf(configuration.status()),
      current: () => configuration.current(),
    }),
  });
  const daemonFile = path.join(config.dataDir, "daemon.json");
  // Relative: what is mounted into a container has another path outside.
  const database = path.relative(config.dataDir, databaseFile(config));
  const entry = { pid, space: processSpace(), url: server.url, key, database };
  try {
    makeFolder(config.dataDir, 0o700);
    await writeFileAtomic(daemonFile, `${JSON.stringify(entry)}\n`, 0o600);
  } catch (error) {
    await server.close();
    throw error;
  }
  const close = async (): Promise<void> => {
    await rm(daemonFile, { force: true });
    await server.close();
  };
  return { url: server.url, close };
}

const iso = (time: number): string => new Date(time).toISOString();

const statusOf = ({ error, loadedAt, ...status }: ConfigurationStatus): ConfigStatus => ({
  ...status,
  loadedAt: iso(loadedAt),
  error: error === undefined ? null : { message: error.message, at: iso(error.at), since: iso(error.since) },
});

function ingestRoute(source: Config["daemon"]["sources"][number]): readonly IngestRoute[] {
  if (source.type !== "ingest") return [];
  const { path: at, provider, secrets } = source;
  const rules = providers.find(({ id }) => id === provider)?.ingest;
  return rules === undefined ? [] : [{ path: at, provider, secrets, rules }];
}

function sourcesOf({ log, stdin }: DaemonOptions, { watched, engine }: Running): Sources {
  const sink: Sink = async (batch) => {
    const result = await engine.intake.accept(batch);
    for (const { position, reason } of result.rejected) {
      log.warn({ source: batch.source, position, reason }, "rejected");
    }
  };
  return createSources({
    open: (source) => openSource(source, { log, stdin }),
    sink,
    memory: { load: (prefix) => watched.outbox.positions(prefix) },
    log,
  });
}
