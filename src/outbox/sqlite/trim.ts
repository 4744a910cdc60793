/** Retention: the oldest events go, with all that hangs on them, and the file shrinks. */
import type { DeliveryStatus } from "../../model/delivery.ts";
import type { TrimRequest } from "../contract.ts";
import type { Database } from "./driver.ts";
import { OF_EVENT } from "./finder.ts";
import type { Writes } from "./protocol.ts";
import type { Shared } from "./shared.ts";
import type { Tally } from "./tally.ts";

interface Old {
  readonly n: number;
  readonly received_at: number;
  /** How many of its deliveries are not final, and how many are held. */
  readonly owed: number;
  readonly held: number;
}

const OLDEST = `
  SELECT e.n, e.received_at,
    (SELECT count(*) FROM deliveries d WHERE ${OF_EVENT} AND d.status IN ('pending', 'delivering')) AS owed,
    (SELECT count(*) FROM deliveries d WHERE ${OF_EVENT} AND d.status = 'held') AS held
  FROM events e WHERE e.n > ? ORDER BY e.n LIMIT ?`;

/** How many pages one call gives back at most: as much as a call removes, and somewhat more. */
const PAGES = 2000;
/** How many events one call looks at for each that it may remove: what is owed or held stays, however much it is. */
const LOOKS = 10;

export function createTrim({ db, tally }: Shared): Writes["trim"] {
  const oldest = db.prepare<Old>(OLDEST);
  const removeEvent = createRemoveEvent(db, tally);
  const oldestRejected = db.prepare<{ n: number; received_at: number }>(
    "SELECT n, received_at FROM rejected ORDER BY n LIMIT 1",
  );
  const removeRejected = db.prepare("DELETE FROM rejected WHERE n = ?");
  const size = createSize(db);

  // What comes next is not to be taken for what is gone.
  const rememberAttempt = db.prepare(`
    UPDATE facts SET value = max(CAST(value AS INTEGER), coalesce((SELECT max(n) FROM attempts), 0))
    WHERE name = 'last attempt'`);
  /** Where a call that found little to remove stopped: the next goes on there, until the end was reached. */
  let reached = 0;
  return ({ before = -Infinity, bytes = Infinity, limit }: TrimRequest) => {
    let [removed, held, looked, over, remembered, atEnd, last] = [
      0,
      0,
      0,
      size() > bytes,
      false,
      false,
      reached,
    ];
    const mayGo = (old: Old): boolean =>
      old.owed === 0 && (old.received_at < before || (over && old.held === 0));
    const trimRejected = (until: number): void => {
      for (let old = oldestRejected.get(); old !== undefined && removed < limit; old = oldestRejected.get()) {
        if (old.received_at >= before && !(over && old.received_at <= until)) return;
        removeRejected.run(old.n);
        removed += 1;
      }
    };
    trimRejected(-Infinity);
    while (removed < limit && looked < LOOKS * limit) {
      const rows = oldest.all(last, limit - removed);
      atEnd = rows.length === 0 || !(over || (rows[0]?.received_at ?? 0) < before);
      if (atEnd) break;
      looked += rows.length;
      for (const row of rows) {
        trimRejected(row.received_at);
        if (removed === limit) break;
        last = row.n;
        if (!mayGo(row)) continue;
        if (!remembered) rememberAttempt.run();
        remembered = true;
        removeEvent(row.n);
        removed += 1;
        held += row.held;
        if (over && removed % 16 === 0) over = size() > bytes;
      }
    }
    if (atEnd && over) trimRejected(Infinity);
    db.exec(`PRAGMA incremental_vacuum(${PAGES})`);
    reached = atEnd ? 0 : last;
    return { removed, held, bytes: size(), done: atEnd && removed < limit };
  };
}

function createRemoveEvent(db: Database, tally: Tally): (event: number) => void {
  const deliveries = db.prepare<{ id: number; integration: number; via: number; status: DeliveryStatus }>(
    `SELECT d.id, d.integration, d.via, d.status FROM events e CROSS JOIN deliveries d ON ${OF_EVENT} WHERE e.n = ?`,
  );
  const removeAttempts = db.prepare("DELETE FROM attempts WHERE delivery = ?");
  const removeDelivery = db.prepare("DELETE FROM deliveries WHERE id = ?");
  const remove = db.prepare("DELETE FROM events WHERE n = ?");
  return (event) => {
    for (const row of deliveries.all(event)) {
      removeAttempts.run(row.id);
      removeDelivery.run(row.id);
      tally.remove(row, row.status);
    }
    remove.run(event);
  };
}

/** Bytes in use: the file without the pages that are free. */
function createSize(db: Database): () => number {
  const pages = db.prepare<{ page_count: number }>("PRAGMA page_count");
  const free = db.prepare<{ freelist_count: number }>("PRAGMA freelist_count");
  const page = db.prepare<{ page_size: number }>("PRAGMA page_size").get()?.page_size ?? 0;
  return () => ((pages.get()?.page_count ?? 0) - (free.get()?.freelist_count ?? 0)) * page;
}
