/** The delivery side put together over an outbox and stores: routes that follow the stores, intake, health, confirmations. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { shellWord } from "../lib/shell-word.ts";
import { recordName } from "../model/record.ts";
import type { Log } from "../lib/log.ts";
import type { Health } from "../model/delivery.ts";
import type { AcceptedEvent, Outbox } from "../outbox/contract.ts";
import { confirmationEvent } from "../providers/confirm.ts";
import type { Provider } from "../providers/contract.ts";
import { followRecords } from "./follow-records.ts";
import { createHealthChanges } from "./health-changes.ts";
import { createHealthBook } from "./health.ts";
import type { HealthBook } from "./health.ts";
import { logHealthChange } from "./health-log.ts";
import type { ChangedBy } from "./health-log.ts";
import { createIntake } from "./intake.ts";
import type { Intake } from "./intake.ts";
import { discardRemoved } from "./removed.ts";
import { buildRoutes, newDelivery } from "./routes.ts";
import type { Endpoint, RouteTable } from "./routes.ts";
import { createStoreReads } from "./store-reads.ts";
import type { ScopedStore } from "./store-reads.ts";

export interface EngineOptions {
  readonly outbox: Outbox;
  /** Those of now; what is left out at a reload is forgotten. */
  readonly stores: () => readonly ScopedStore[];
  readonly providers: readonly Provider[];
  readonly log: Log;
  readonly clock: Clock;
  /** Called when something was accepted that deliveries are owed for, held ones included, and after the stores were read. */
  readonly onAccepted: () => void;
}

export interface Engine {
  readonly intake: Intake;
  readonly health: HealthBook;
  routes(): RouteTable;
  /**
   * Reads the stores again. A store that cannot be read keeps what it had, and says so in the log. What an integration that is
   * gone was owed is discarded; a disabled one whose record has changed since is enabled, once it is not switched off.
   */
  reload(): Promise<void>;
  /**
   * Changes an integration's health, here and in the outbox; durable, and in the log with what it was changed by (a request without
   * it), when it resolves. What the outbox refuses is taken back.
   */
  change(integrationUid: string, change: (health: Health) => Health, by?: ChangedBy): Promise<Health>;
  /**
   * The outbox has taken what may be owed to these integrations (uids): of those that are gone it is discarded, and what the
   * outbox refused before of anybody's health is written. Cheap; never rejects.
   */
  written(integrationUids: Iterable<string>): Promise<void>;
  /** Enqueues the confirmation of every new integration that asks for one and is not switched off; once each, for ever. */
  confirmNew(): Promise<void>;
  /** Enqueues a confirmation message for one integration; answers with the event's id. */
  test(endpoint: Endpoint): Promise<string>;
  /** The endpoint with this key, or with this `kind:id`. */
  find(name: string): Endpoint | undefined;
}

/** A store that cannot be read is an AppError: to begin without it would give up what is owed to its integrations. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { outbox, clock, log } = options;
  const time = (): string => new Date(clock.now()).toISOString();
  const health = createHealthBook(await outbox.allHealth());
  const reads = createStoreReads(options.stores, log);
  let routes = buildRoutes([], options.providers);
  const compile = (): void => {
    routes = buildRoutes(reads.all(), options.providers);
  };

  const changes = createHealthChanges(outbox, health);
  const change: Engine["change"] = async (uid, apply, by = "request") => {
    const before = health.of(uid);
    const after = await changes.change(uid, apply);
    const record = routes.endpoints.get(uid)?.record;
    const integration = record === undefined ? uid : recordName(record);
    logHealthChange(log, { integration, before, after, by });
    return after;
  };
  const removed = discardRemoved(outbox, log);
  const written: Engine["written"] = async (uids) => {
    await changes.catchUp();
    await removed.written(uids);
  };
  const acceptBatch = acceptAndTell(outbox, written);
  // One that began with other stores must not bring those back.
  const reload = oneAfterAnother(async () => {
    const reread = await reads.again();
    const { off } = routes;
    compile();
    // At once: what comes by these routes for one that is back is owed to it.
    const discarded = removed.since({ records: reads.records(), ...reread });
    await followRecords({ health, change }, routes);
    await discarded;
    options.onAccepted();
    await tellSwitched(off, routes, options);
  });

  const accept = async (accepted: AcceptedEvent): Promise<void> => {
    const result = await acceptBatch({ events: [accepted], rejected: [], positions: {} });
    if (result.deliveries > 0) options.onAccepted();
  };

  const confirmNew = async (): Promise<void> => {
    for (const endpoint of routes.endpoints.values()) {
      const { record } = endpoint;
      const known = health.of(record.uid);
      if (!record.confirm || known.confirmed || endpoint.behaviour.render === undefined) continue;
      if (routes.off.has(record.uid)) continue;
      const event = confirmationEvent(record, `confirm-${record.uid}`, time());
      await accept({ event, source: "confirm", deliveries: [newDelivery(record, "schedule")] });
      await change(record.uid, (current) => ({ ...current, confirmed: true }));
    }
  };

  await reads.begin();
  compile();
  await removed.since({ records: reads.records(), left: [], complete: false });
  return {
    intake: createIntake({ ...options, outbox: { accept: acceptBatch }, routes: () => routes, health }),
    health,
    routes: () => routes,
    reload,
    change,
    written,
    confirmNew,
    test: async (endpoint) => {
      const event = confirmationEvent(endpoint.record, `test-${randomUUID()}`, time());
      await accept({ event, source: "test", deliveries: [newDelivery(endpoint.record, "test")] });
      return event.id;
    },
    find: (name) => [...routes.endpoints.values()].find(({ record }) => recordName(record) === name),
  };
}

/** `before` are those that were off. One that is on again, and has something held, needs somebody to say that it is to be sent. */
async function tellSwitched(
  before: RouteTable["off"],
  { endpoints, off }: RouteTable,
  { outbox, log }: Pick<EngineOptions, "outbox" | "log">,
): Promise<void> {
  for (const uid of before.keys()) {
    const record = endpoints.get(uid)?.record;
    if (record === undefined || off.has(uid)) continue;
    const held = await outbox.count({ integration: uid, status: ["held"] });
    const integration = recordName(record);
    const recover = `bellhop deliveries recover ${shellWord(integration)}`;
    if (held > 0)
      log.warn({ integration, held }, `switched on again; what is held stays so until ${recover}`);
  }
}

const acceptAndTell =
  (outbox: Outbox, written: Engine["written"]): Outbox["accept"] =>
  async (batch) => {
    const result = await outbox.accept(batch);
    await written(uidsIn(batch.events));
    return result;
  };

/** Of all deliveries, as they are asked for; those through which they came too. */
function* uidsIn(events: readonly AcceptedEvent[]): Iterable<string> {
  for (const { deliveries } of events)
    for (const { integrationUid, viaUid } of deliveries) {
      yield integrationUid;
      if (viaUid !== undefined) yield viaUid;
    }
}

/** Each call's run begins when that of the call before is over, however it ended. */
function oneAfterAnother(run: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return () => {
    const next = last.then(run);
    last = next.catch(() => undefined);
    return next;
  };
}
