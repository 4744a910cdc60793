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
import { createHttpClient } from "../lib/http.ts";
import { createLog } from "../lib/log.ts";
import type { Config } from "../model/config.ts";
import type { Delivery } from "../model/delivery.ts";
import { AppError } from "../model/errors.ts";
import { openSqliteOutbox } from "../outbox/sqlite/client.ts";
import { databaseFile } from "./session.ts";
import { closeStores, openStores } from "./stores.ts";

/** How much of an answer is read and kept, in bytes. */
const RESPONSE_LIMIT = 64 * 1024;

/** What every attempt of this process shares. */
export function attemptContext(engine: Engine, clock: Clock): Omit<AttemptContext, "abort"> {
  const policies = createPolicies(formats);
  return {
    http: createHttpClient({ maxBodyBytes: RESPONSE_LIMIT, userAgent: "bellhop" }),
    formats,
    describe: describeWith(providers),
    routes: () => engine.routes(),
    health: engine.health,
    policy: (uid) => policies(engine.routes().endpoints.get(uid)),
    clock,
    random: Math.random,
  };
}

/** The delivery side without a daemon; a daemon that is running makes this an AppError `outbox-in-use`. */
export interface OpenDelivery {
  readonly engine: Engine;
  /** Sends a confirmation message now; answers with the delivery as it then is. */
  sendTest(endpoint: Endpoint): Promise<Delivery>;
  close(): Promise<void>;
}

export async function openDelivery(config: Config): Promise<OpenDelivery> {
  const stores = openStores(config);
  const outbox = await openSqliteOutbox({ path: databaseFile(config), mode: "exclusive" });
  const close = async (): Promise<void> => {
    await closeStores(stores);
    await outbox.close();
  };
  const log = createLog({ level: "silent", pretty: false, write: () => undefined });
  const engine = await openEngine({
    outbox,
    stores,
    providers,
    log,
    now: () => systemClock.now(),
    onAccepted: () => undefined,
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const sendTest = async (endpoint: Endpoint): Promise<Delivery> => {
    const eventId = await engine.test(endpoint);
    const context = { ...attemptContext(engine, systemClock), abort: new AbortController().signal };
    try {
      const [owed] = (await outbox.deliveries({ event: eventId, limit: 1 })).deliveries;
      const claimed = await outbox.claim({
        now: systemClock.now(),
        limit: 1,
        perIntegration: 1,
        skip: [],
        only: [owed?.id ?? ""],
      });
      const attempted = await Promise.all(claimed.map((delivery) => makeAttempt(delivery, context)));
      await outbox.record(attempted.flatMap(({ result }) => result ?? []));
      const detail = await outbox.delivery(owed?.id ?? "");
      if (detail === undefined) throw new AppError("not-found", "the message was not enqueued");
      return detail.delivery;
    } finally {
      await context.http.close();
    }
  };
  return { engine, sendTest, close };
}
