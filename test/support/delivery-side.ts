/** A whole delivery side in a folder of its own: a real outbox and store, a worker, probes and recoveries; it can be restarted. */
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { createDeliveryHttp } from "../../src/app/delivery-http.ts";
import { attemptContext } from "../../src/app/delivery.ts";
import { openEngine } from "../../src/delivery/engine.ts";
import type { Engine } from "../../src/delivery/engine.ts";
import { startTries } from "../../src/delivery/tries.ts";
import type { Tries } from "../../src/delivery/tries.ts";
import { forWorker } from "../../src/delivery/worker-outbox.ts";
import { startWorker } from "../../src/delivery/worker.ts";
import { kindSpecs } from "../../src/generated/kinds.ts";
import { providers } from "../../src/generated/registry.ts";
import { createLog } from "../../src/lib/log.ts";
import type { Log } from "../../src/lib/log.ts";
import type { DisableConfig } from "../../src/model/config.ts";
import { concealWith } from "../../src/model/conceal.ts";
import type { Delivery, DeliveryStatus, Health } from "../../src/model/delivery.ts";
import type { Outbox } from "../../src/outbox/contract.ts";
import { openSqliteOutbox } from "../../src/outbox/sqlite/client.ts";
import { openFileStore } from "../../src/store/file.ts";
import type { Store } from "../../src/store/contract.ts";
import { shiftedClock } from "./shifted-clock.ts";
import type { ShiftedClock } from "./shifted-clock.ts";
import { tempDir } from "./temp.ts";
import { LOOPBACK } from "./loopback.ts";

export const START = Date.parse("2026-11-20T12:00:00Z");

export interface Integration {
  readonly key: string;
  readonly webhook: string;
  /** Further fields of its spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly confirm?: boolean;
}

/** One line of the log, as a machine reads it. */
export type Line = { readonly level: string; readonly msg: string } & Readonly<Record<string, unknown>>;

export interface Side {
  readonly clock: ShiftedClock;
  readonly store: Store;
  /** Those of now: a restart makes new ones. */
  now(): Pick<Running, "outbox" | "engine" | "tries" | "wake">;
  /** Accepts one event; `data` is what its payload says. */
  emit(id: string, type?: string, more?: object): Promise<unknown>;
  list(key: string, ...status: DeliveryStatus[]): Promise<readonly Delivery[]>;
  health(key: string): Promise<Health | undefined>;
  /** What the log says with these messages, since the beginning. */
  said(...messages: string[]): readonly Line[];
  /** Stops everything, closes the file, and starts again from it. */
  restart(between?: () => Promise<void>): Promise<void>;
}

/** Integrations are `bellhop/integration`s; uids are `uid-KEY`. `wrap` may delay or refuse what is asked of the outbox. */
export async function deliverySide(
  integrations: readonly Integration[],
  rules: DisableConfig,
  wrap: (outbox: Outbox) => Outbox = (outbox) => outbox,
): Promise<Side> {
  const folder = await tempDir();
  const clock = shiftedClock(START);
  const conceal = concealWith(Object.fromEntries(kindSpecs.map((spec) => [spec.kind, spec])));
  const store = openFileStore({ file: join(folder, "store.json"), conceal });
  await store.write((records) => {
    for (const { key, webhook, spec, confirm = false } of integrations) {
      records.push({
        uid: `uid-${key}`,
        kind: "bellhop/integration",
        scope: "",
        id: key,
        key,
        spec: conceal("bellhop/integration", { name: key, type: "RAW_WEBHOOK", webhook, ...spec }),
        confirm,
        createdAt: "2026-11-20T00:00:00.000Z",
        updatedAt: "2026-11-20T00:00:00.000Z",
      });
    }
  });
  const database = join(folder, "bellhop.db");
  const lines: Line[] = [];
  const log = createLog({
    level: "debug",
    pretty: false,
    write: (line) => void lines.push(JSON.parse(line) as Line),
  });
  const begin = (): Promise<Running> => start({ database, store, rules, clock, wrap, log });
  let current = await begin();
  onTestFinished(() => current.stop());
  return {
    clock,
    store,
    now: () => current,
    emit: (id, type = "com.example.t", more = {}) =>
      current.engine.intake.accept({
        source: "test",
        items: [
          {
            seed: id,
            position: id,
            content: {
              text: JSON.stringify({ specversion: "1.0", id, source: "/t", type, data: { id }, ...more }),
            },
          },
        ],
        positions: {},
      }),
    list: async (key, ...status) => {
      const filter = status.length === 0 ? {} : { status };
      const page = await current.outbox.deliveries({ integration: `uid-${key}`, limit: 1000, ...filter });
      return page.deliveries.toReversed();
    },
    said: (...messages) => lines.filter(({ msg }) => messages.includes(msg)),
    health: (key) => current.outbox.health(`uid-${key}`),
    restart: async (between) => {
      await current.stop();
      await between?.();
      current = await begin();
    },
  };
}

interface Running {
  readonly outbox: Outbox;
  readonly engine: Engine;
  readonly tries: Tries;
  /** Something may be due. */
  wake(): void;
  stop(): Promise<void>;
}

interface Parts {
  readonly database: string;
  readonly store: Store;
  readonly rules: DisableConfig;
  readonly clock: ShiftedClock;
  readonly wrap: (outbox: Outbox) => Outbox;
  readonly log: Log;
}

async function start({ database, store, rules, clock, wrap, log }: Parts): Promise<Running> {
  const opened = await openSqliteOutbox({ path: database, mode: "exclusive", clock: () => clock.now() });
  const outbox = wrap(opened);
  let wake = (): void => undefined;
  const stores = [{ store, scopes: [{ provider: "bellhop" }, { provider: "cloudflare" }] }];
  const engine = await openEngine({
    outbox,
    stores: () => stores,
    providers,
    log,
    clock,
    onAccepted: () => wake(),
  });
  const context = attemptContext({
    engine,
    outbox,
    rules,
    clock,
    http: createDeliveryHttp(LOOPBACK),
  });
  const worker = startWorker({
    ...context,
    random: () => 0.5,
    outbox: forWorker(outbox, engine),
    log,
    concurrency: 32,
    slow: 100,
    perIntegration: 8,
    onSettled: (settled) => tries.onSettled(settled),
  });
  const tries = startTries({ outbox, engine, rules, clock, log, onMoved: () => worker.wake() });
  wake = () => {
    worker.wake();
    tries.wake();
  };
  await engine.reload();
  return {
    outbox,
    engine,
    tries,
    wake: () => wake(),
    stop: async () => {
      await tries.stop();
      await worker.stop(1000);
      await context.http.close();
      await outbox.close();
    },
  };
}

/** Resolves once the condition holds; the test's own time limit says when it never does. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Resolves once what is read equals what is expected; vitest shows the difference when it never does. */
export async function becomes<T>(read: () => Promise<T> | T, expected: unknown): Promise<void> {
  await expect.poll(read, { timeout: 10_000, interval: 5 }).toMatchObject(expected as object);
}
