/** One life of the daemon's delivery side: the real engine and worker, over simulated time, network and disk. */
import { openEngine } from "../../src/delivery/engine.ts";
import type { Engine } from "../../src/delivery/engine.ts";
import { createPolicies } from "../../src/delivery/policy.ts";
import { startWorker } from "../../src/delivery/worker.ts";
import { formats, providers } from "../../src/generated/registry.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { createLog } from "../../src/lib/log.ts";
import type { Outbox } from "../../src/outbox/contract.ts";
import { describeWith } from "../../src/providers/describe.ts";
import type { Store } from "../../src/store/contract.ts";
import type { HttpClient } from "../../src/lib/http.ts";

export interface Process {
  readonly engine: Engine;
  readonly stop: () => Promise<void>;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly store: Store;
  readonly http: HttpClient;
  readonly random: () => number;
}

const log = createLog({ level: "silent", pretty: false, write: () => undefined });
const policies = createPolicies(formats);
const describe = describeWith(providers);
/** As the daemon has them. */
const PLACES = { concurrency: 128, slow: 512, perIntegration: 16 };
const GRACE_MS = 20_000;

export async function startProcess({ clock, outbox, store, http, random }: Surroundings): Promise<Process> {
  let wake = (): void => undefined;
  const stores = [{ store, scopes: [{ provider: "bellhop" }] }];
  const engine = await openEngine({
    outbox,
    stores: () => stores,
    providers,
    log,
    now: () => clock.now(),
    onAccepted: () => wake(),
  });
  const worker = startWorker({
    http,
    formats,
    describe,
    routes: () => engine.routes(),
    health: engine.health,
    policy: (uid) => policies(engine.routes().endpoints.get(uid)),
    clock,
    random,
    outbox,
    log,
    ...PLACES,
  });
  wake = () => worker.wake();
  await engine.confirmNew();
  return { engine, stop: () => worker.stop(GRACE_MS) };
}
