/** An outbox as a process sees it: every call takes a moment, fails while the disk is full, and is never answered once it is dead. */
import type { Health } from "../../src/model/delivery.ts";
import type {
  AcceptBatch,
  AttemptResult,
  ClaimedDelivery,
  MoveRequest,
  Outbox,
  Release,
} from "../../src/outbox/contract.ts";
import { AppError } from "../../src/model/errors.ts";
import type { SimulatedClock } from "./clock.ts";
import type { Dice } from "./random.ts";
import { isWithin } from "./world.ts";
import type { Span } from "./world.ts";

export interface DiskWatcher {
  claimed(deliveries: readonly ClaimedDelivery[]): void;
  /** `health` holds what the outbox then says of every integration that there is. */
  recorded(results: readonly AttemptResult[], health: ReadonlyMap<string, Health>): void;
  /** These events are in the outbox now, if they were not before. */
  accepted(eventIds: readonly string[]): void;
  moved(ids: readonly string[], dueAt: number): void;
  changing(health: Health): void;
  changed(uid: string): void;
  /** That was refused. */
  unchanged(health: Health): void;
  released(releases: readonly Release[]): void;
  /** A write was refused. */
  refused(): void;
}

export interface DiskOptions {
  readonly outbox: Outbox;
  readonly clock: SimulatedClock;
  readonly luck: Dice;
  readonly full: readonly Span[];
  readonly isAlive: () => boolean;
  readonly watcher: DiskWatcher;
}

const WRITES: ReadonlySet<string> = new Set(["accept", "claim", "record", "release", "move", "setHealth"]);

export function simulatedDisk({ outbox, clock, luck, full, isAlive, watcher }: DiskOptions): Outbox {
  const never = new Promise<never>(() => undefined);
  /** A process that dies while it waits may have written, and never learns it. */
  const slowly = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    if (luck.chance(0.5)) await clock.sleep(luck.int(1, 8));
    if (!isAlive()) return never;
    if (WRITES.has(name) && isWithin(full, clock.now())) {
      watcher.refused();
      await clock.sleep(1);
      if (!isAlive()) return never;
      throw new AppError("outbox-unavailable", "the disk is full");
    }
    const done = await work();
    await clock.sleep(luck.int(1, 4));
    return isAlive() ? done : never;
  };
  const call =
    <Arguments extends readonly unknown[], T>(name: string, work: (...given: Arguments) => Promise<T>) =>
    (...given: Arguments): Promise<T> =>
      slowly(name, () => work(...given));
  return {
    ...outbox,
    accept: call("accept", async (batch: AcceptBatch) => {
      const result = await outbox.accept(batch);
      watcher.accepted(batch.events.map(({ event }) => event.id));
      return result;
    }),
    claim: call("claim", async (options: Parameters<Outbox["claim"]>[0]) => {
      const claimed = await outbox.claim(options);
      watcher.claimed(claimed);
      return claimed;
    }),
    record: call("record", async (results: readonly AttemptResult[]) => {
      await outbox.record(results);
      const health = await outbox.allHealth();
      watcher.recorded(results, new Map(health.map((one) => [one.integrationUid, one])));
    }),
    release: call("release", async (releases: readonly Release[]) => {
      await outbox.release(releases);
      watcher.released(releases);
    }),
    nextDue: call("nextDue", (options) => outbox.nextDue(options)),
    move: call("move", async (request: MoveRequest) => {
      const ids = await outbox.move(request);
      if (request.to.status === "pending") watcher.moved(ids, request.to.dueAt);
      return ids;
    }),
    setHealth: (health) => {
      watcher.changing(health);
      return slowly("setHealth", async () => {
        await outbox.setHealth(health);
        watcher.changed(health.integrationUid);
      }).catch((error: unknown) => {
        watcher.unchanged(health);
        throw error;
      });
    },
    counts: call("counts", () => outbox.counts()),
    allHealth: call("allHealth", () => outbox.allHealth()),
    count: call("count", (filter) => outbox.count(filter)),
    deliveries: call("deliveries", (filter) => outbox.deliveries(filter)),
  };
}
