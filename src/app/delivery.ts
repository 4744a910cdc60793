/** The delivery side without a daemon, for commands that need it when none is running. */
import { makeAttempt } from "../delivery/attempt.ts";
import type { AttemptContext } from "../delivery/attempt.ts";
import { openEngine } from "../delivery/engine.ts";
import type { Engine } from "../delivery/engine.ts";
import { createPolicies } from "../delivery/policy.ts";
import type { Endpoint } from "../delivery/routes.ts";
import { describeWith } from "../providers/describe.ts";
import { formats, providers } from "../generated/registry.ts";
import { systemClock } from "../lib/clock.ts";
import type { Clock } from "../lib/clock.ts";
import type { HttpClient } from "../lib/http.ts";
import { createLog } from "../lib/log.ts";
import type { Config, DisableConfig } from "../model/config.ts";
import type { Delivery } from "../model/delivery.ts";
import { AppError } from "../model/errors.ts";
import type { Outbox } from "../outbox/contract.ts";
import { openSqliteOutbox } from "../outbox/sqlite/client.ts";
import { createDeliveryHttp } from "./delivery-http.ts";
import { databaseFile } from "./session.ts";
import { closeStores, openStores } from "./stores.ts";

/** What every attempt of this process shares. */
export function attemptContext(options: {
  readonly engine: Engine;
  readonly outbox: Pick<Outbox, "counts">;
  readonly rules: DisableConfig;
  readonly clock: Clock;
  readonly http: HttpClient;
}): Omit<AttemptContext, "abort" | "log"> {
  const { engine, outbox, rules, clock, http } = options;
  const policies = createPolicies(formats);
  return {
    http,
    formats,
    describe: describeWith(providers),
    routes: () => engine.routes(),
    health: engine.health,
    owed: async (uid) => {
      const { pending = 0, delivering = 0, held = 0 } = (await outbox.counts())[uid] ?? {};
      return pending + delivering + held;
    },
    rules,
    policy: (uid) => policies(engine.routes().endpoints.get(uid)),
    clock,
    random: Math.random,
  };
}

/** The delivery side without a daemon; a daemon that is running makes this an AppError `outbox-in-use`. */
export interface OpenDelivery {
  readonly engine: Engine;
  readonly outbox: Outbox;
  /** Makes the next attempt of one pending delivery now; answers with the delivery as it then is. */
  send(deliveryId: string): Promise<Delivery>;
  /** Sends a confirmation message now; answers with the delivery as it then is. */
  sendTest(endpoint: Endpoint): Promise<Delivery>;
  close(): Promise<void>;
}

export async function openDelivery(config: Config): Promise<OpenDelivery> {
  const clock = systemClock;
  const stores = openStores(config);
  const outbox = await openSqliteOutbox({ path: databaseFile(config), mode: "exclusive" });
  const closeBoth = async (): Promise<void> => {
    await closeStores(stores);
    await outbox.close();
  };
  const log = createLog({ level: "silent", pretty: false, write: () => undefined });
  const engine = await openEngine({
    outbox,
    stores: () => stores,
    providers,
    log,
    clock,
    onAccepted: () => undefined,
  }).catch(async (error: unknown) => {
    await closeBoth();
    throw error;
  });
  const http = createDeliveryHttp(config.daemon.egress.allow);
  const shared = attemptContext({ engine, outbox, rules: config.daemon.disable, clock, http });
  const context = { ...shared, log, abort: new AbortController().signal };
  const send = async (id: string): Promise<Delivery> => {
    const now = clock.now();
    const claimed = await outbox.claim({ now, limit: 1, perIntegration: 1, skip: [], only: [id] });
    const attempted = await Promise.all(claimed.map((delivery) => makeAttempt(delivery, context)));
    await outbox.record(attempted.flatMap(({ result }) => result ?? []));
    await outbox.release(attempted.flatMap(({ release }) => release ?? []));
    const detail = await outbox.delivery(id);
    if (detail === undefined) throw new AppError("not-found", `there is no delivery ${id}`);
    return detail.delivery;
  };
  const sendTest = async (endpoint: Endpoint): Promise<Delivery> => {
    const eventId = await engine.test(endpoint);
    const [owed] = (await outbox.deliveries({ event: eventId, limit: 1 })).deliveries;
    return send(owed?.id ?? "");
  };
  const close = async (): Promise<void> => {
    await context.http.close();
    await closeBoth();
  };
  return { engine, outbox, send, sendTest, close };
}
