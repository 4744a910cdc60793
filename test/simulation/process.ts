/** One life of the daemon's delivery side: the real engine, worker, probes and recoveries, over simulated time, network and disk. */
import { openEngine } from "../../src/delivery/engine.ts";
import type { Engine } from "../../src/delivery/engine.ts";
import { createPolicies } from "../../src/delivery/policy.ts";
import { startTries } from "../../src/delivery/tries.ts";
import type { Tries } from "../../src/delivery/tries.ts";
import { forWorker } from "../../src/delivery/worker-outbox.ts";
import { startWorker } from "../../src/delivery/worker.ts";
import { formats, providers } from "../../src/generated/registry.ts";
import type { Clock } from "../../src/lib/clock.ts";
import type { HttpClient } from "../../src/lib/http.ts";
import { createLog } from "../../src/lib/log.ts";
import type { DisableConfig } from "../../src/model/config.ts";
import type { Outbox } from "../../src/outbox/contract.ts";
import { describeWith } from "../../src/providers/describe.ts";
import type { Store } from "../../src/store/contract.ts";

export interface Process {
  readonly engine: Engine;
  readonly outbox: Outbox;
  readonly tries: Tries;
  readonly wake: () => void;
  readonly stop: () => Promise<void>;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly store: Store;
  readonly http: HttpClient;
  readonly random: () => number;
  readonly rules: DisableConfig;
}

const log = createLog({ level: "silent", pretty: false, write: () => undefined });
const policies = createPolicies(formats);
const describe = describeWith(providers);
/** As the daemon has them. */
const PLACES = { concurrency: 128, slow: 512, perIntegration: 16 };
const GRACE_MS = 20_000;

export async function startProcess(options: Surroundings): Promise<Process> {
  const { clock, outbox, store, http, random, rules } = options;
  let wake = (): void => undefined;
  const stores = [{ store, scopes: [{ provider: "bellhop" }] }];
  const engine = await openEngine({
    outbox,
    stores: () => stores,
    providers,
    log,
    clock,
    onAccepted: () => wake(),
  });
  const worker = startWorker({
    http,
    formats,
    describe,
    routes: () => engine.routes(),
    health: engine.health,
    owed: async (uid) => outbox.count({ integration: uid, status: ["pending", "delivering", "held"] }),
    policy: (uid) => policies(engine.routes().endpoints.get(uid)),
    rules,
    clock,
    random,
    outbox: forWorker(outbox, engine),
    log,
    onSettled: (settled) => tries.onSettled(settled),
    ...PLACES,
  });
  const tries = startTries({ outbox, engine, rules, clock, log, onMoved: () => worker.wake() });
  wake = () => {
    worker.wake();
    tries.wake();
  };
  await engine.reload();
  await engine.confirmNew();
  const stop = async (): Promise<void> => {
    await tries.stop();
    await worker.stop(GRACE_MS);
  };
  return { engine, outbox, tries, wake, stop };
}
