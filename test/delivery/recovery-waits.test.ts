/** A recovery waits for the delivery that it is sending, and never for one that has ended already. */
import { expect, it, onTestFinished } from "vitest";
import { openEngine } from "../../src/delivery/engine.ts";
import type { Engine } from "../../src/delivery/engine.ts";
import { disable } from "../../src/delivery/health.ts";
import { startRecovery } from "../../src/delivery/recovery.ts";
import type { Recovery } from "../../src/delivery/recovery.ts";
import { providers } from "../../src/generated/registry.ts";
import { createLog } from "../../src/lib/log.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Delivery } from "../../src/model/delivery.ts";
import type { Outbox, Release } from "../../src/outbox/contract.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { until } from "../support/delivery-side.ts";
import { memoryOutbox } from "../support/memory-outbox.ts";
import type { MemoryOutbox } from "../support/memory-outbox.ts";
import { shiftedClock } from "../support/shifted-clock.ts";

const START = Date.parse("2026-11-20T12:00:00Z");
const OFF = { status: "held", reason: "off" } as const;

interface Waiting {
  readonly kept: MemoryOutbox;
  readonly engine: Engine;
  readonly logged: () => string;
  readonly clock: ReturnType<typeof shiftedClock>;
  /** Takes the one that is due for sending. */
  take(): Promise<Delivery>;
  /** Moves the oldest that is held to pending, as a recovery does. */
  takeUp(): Promise<void>;
  /** A recovery over an outbox whose answers `wrap` may delay. */
  recover(wrap?: (outbox: Outbox) => Outbox): Recovery;
}

/** A disabled integration with so many held deliveries, and a recovery of it that is asked for. */
async function held(count: number): Promise<Waiting> {
  const clock = shiftedClock(START);
  const kept = memoryOutbox(clock);
  let logged = "";
  const log = createLog({ level: "info", pretty: false, write: (line) => void (logged += line) });
  const time = new Date(START - 1000).toISOString();
  const spec = { name: "Hook", type: "RAW_WEBHOOK", webhook: new Secret("https://example.com/hook") };
  const record = { uid: "uid-hook", kind: "bellhop/integration", scope: "", id: "1", key: "hook", spec };
  const store = openMemoryStore([{ ...record, confirm: false, createdAt: time, updatedAt: time }]);
  const stores = [{ store, scopes: [{ provider: "bellhop" }] }];
  const engine = await openEngine({
    outbox: kept,
    stores: () => stores,
    providers,
    log,
    clock,
    onAccepted: () => undefined,
  });
  await engine.change("uid-hook", (health) => disable(health, "gone", "answered 410", START));
  const items = Array.from({ length: count }, (_, index) => ({
    seed: `e${index}`,
    position: `e${index}`,
    content: {
      text: JSON.stringify({ specversion: "1.0", id: `e${index}`, source: "/t", type: "t", data: 1 }),
    },
  }));
  await engine.intake.accept({ source: "test", items, positions: {} });
  await engine.change("uid-hook", (health) => ({ ...health, recoverUntil: clock.now() }));
  return {
    kept,
    engine,
    logged: () => logged,
    clock,
    take: async () => {
      const now = clock.now();
      const [claimed] = await kept.claim({ now, limit: 1, perIntegration: 1, skip: [] });
      if (claimed === undefined) throw new Error("nothing is due");
      return claimed.delivery;
    },
    takeUp: async () => {
      const to = { status: "pending", dueAt: clock.now(), trigger: "recover" } as const;
      await kept.move({ filter: { integration: "hook" }, from: ["held"], limit: 1, to });
    },
    recover: (wrap = (outbox) => outbox) => {
      const recovery = startRecovery({ outbox: wrap(kept), engine, clock, log, onMoved: () => undefined });
      onTestFinished(() => recovery.stop());
      return recovery;
    },
  };
}

const discardOf = ({ id }: Delivery): Release => ({
  deliveryId: id,
  to: { status: "discarded", reason: "it cannot be made" },
});

async function ends({ engine, clock }: Waiting): Promise<void> {
  await until(async () => {
    await clock.advance(200);
    return engine.health.of("uid-hook").recoverUntil === undefined;
  });
}

it("goes on after a restart when the one under way ends while it is looked up", async () => {
  const side = await held(1);
  await side.takeUp();
  const sent = await side.take();
  const recovery = side.recover((outbox) => ({
    ...outbox,
    deliveries: async (filter) => {
      const page = await outbox.deliveries(filter);
      await outbox.release([discardOf(sent)]);
      recovery.onSettled({ deliveryId: sent.id, status: "discarded" });
      return page;
    },
  }));
  recovery.wake();
  await ends(side);
  expect(side.logged()).toContain('"integration":"hook"');
  expect(side.logged()).toContain("recovered: nothing that may be sent is held any more");
});

it("goes on when the one that it takes up ends before it knows which that is", async () => {
  const side = await held(2);
  const recovery = side.recover((outbox) => ({
    ...outbox,
    move: async (request) => {
      const ids = await outbox.move(request);
      if (ids.length > 0) {
        const sent = await side.take();
        await outbox.release([discardOf(sent)]);
        recovery.onSettled({ deliveryId: sent.id, status: "discarded" });
      }
      return ids;
    },
  }));
  recovery.wake();
  await ends(side);
  const { deliveries } = await side.kept.deliveries({});
  expect(deliveries.map(({ status }) => status)).toEqual(["discarded", "discarded"]);
});

it("does not take news of an earlier attempt for the end of what it sends", async () => {
  const side = await held(2);
  const recovery = side.recover();
  recovery.wake();
  await until(async () => (await side.kept.count({ status: ["pending"] })) === 1);
  const [first] = (await side.kept.deliveries({ status: ["pending"] })).deliveries;
  recovery.onSettled({ deliveryId: first?.id ?? "", status: "held" });
  for (let at = 0; at < 5; at += 1) await side.clock.advance(200);
  expect(await side.kept.count({ status: ["held"] })).toBe(1);
  const sent = await side.take();
  await side.kept.release([discardOf(sent)]);
  recovery.onSettled({ deliveryId: sent.id, status: "discarded" });
  await until(async () => {
    await side.clock.advance(200);
    return (await side.kept.count({ status: ["pending"] })) === 1;
  });
});

it("ends when what it sends is given back as held, because somebody disables the integration", async () => {
  const side = await held(2);
  const recovery = side.recover();
  recovery.wake();
  await until(async () => (await side.kept.count({ status: ["pending"] })) === 1);
  const sent = await side.take();
  await side.engine.change("uid-hook", (health) => disable(health, "request", "off", side.clock.now()));
  await side.kept.release([{ deliveryId: sent.id, to: OFF }]);
  recovery.onSettled({ deliveryId: sent.id, status: "held" });
  await recovery.stop();
  expect(await side.kept.count({ status: ["held"] })).toBe(2);
});

it("goes on when more was asked for while it found nothing more", async () => {
  const side = await held(0);
  const later = START + 3_600_000;
  let asked = false;
  const recovery = side.recover((outbox) => ({
    ...outbox,
    move: async (request) => {
      const ids = await outbox.move(request);
      if (!asked) {
        asked = true;
        await side.engine.change("uid-hook", (health) => ({ ...health, recoverUntil: later }));
        await outbox.accept({
          events: [
            {
              event: {
                id: "late",
                type: "t",
                provider: "cloudevents",
                time: "2026-11-20T12:00:00Z",
                data: 1,
                body: 1,
              },
              source: "test",
              deliveries: [
                {
                  integrationUid: "uid-hook",
                  integration: "hook",
                  kind: "bellhop/integration",
                  trigger: "schedule",
                  ...OFF,
                },
              ],
            },
          ],
          rejected: [],
          positions: {},
        });
      }
      return ids;
    },
  }));
  recovery.wake();
  await until(async () => (await side.kept.count({ status: ["pending"] })) === 1);
  expect(side.engine.health.of("uid-hook").recoverUntil).toBe(later);
});
