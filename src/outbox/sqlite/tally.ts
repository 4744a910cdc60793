/** Deliveries per integration and status, counted as they move and written once per transaction. */
import { DELIVERY_STATUSES, type DeliveryStatus } from "../../model/delivery.ts";
import type { Database } from "./driver.ts";

export interface Tally {
  /** One delivery moved; `from` is undefined for a new one. It counts for its integration and for the one it came through. */
  move(
    parties: { integration: number; via: number },
    from: DeliveryStatus | undefined,
    to: DeliveryStatus,
  ): void;
  /** One delivery is gone. */
  remove(parties: { integration: number; via: number }, from: DeliveryStatus): void;
  /** The request that moved them is kept, or undone. */
  keep(): void;
  drop(): void;
  /** Writes what was kept, within the transaction that made it. */
  write(): void;
  /** That transaction failed. */
  clear(): void;
}

const STATUSES = DELIVERY_STATUSES.length;

export function createTally(db: Database): Tally {
  const put = db.prepare(`
    INSERT INTO counts (integration, status, deliveries) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET deliveries = deliveries + excluded.deliveries`);
  const kept = new Map<number, number>();
  const moved = new Map<number, number>();
  const add = (to: Map<number, number>, key: number, by: number): void =>
    void to.set(key, (to.get(key) ?? 0) + by);
  const count = (integration: number, status: DeliveryStatus, by: number): void =>
    add(moved, integration * STATUSES + DELIVERY_STATUSES.indexOf(status), by);
  const change = (
    { integration, via }: { integration: number; via: number },
    from: DeliveryStatus | undefined,
    to: DeliveryStatus | undefined,
  ): void => {
    for (const n of via === 0 || via === integration ? [integration] : [integration, via]) {
      if (from !== undefined) count(n, from, -1);
      if (to !== undefined) count(n, to, 1);
    }
  };
  return {
    move: change,
    remove: (parties, from) => change(parties, from, undefined),
    keep: () => {
      for (const [key, by] of moved) add(kept, key, by);
      moved.clear();
    },
    drop: () => moved.clear(),
    clear: () => kept.clear(),
    write: () => {
      const changes = [...kept].filter(([, by]) => by !== 0);
      kept.clear();
      for (const [key, by] of changes) {
        put.run(Math.floor(key / STATUSES), DELIVERY_STATUSES[key % STATUSES] ?? "", by);
      }
    },
  };
}
