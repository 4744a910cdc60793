/** The log as people ask for it. Nothing here is needed to deliver. */
import type {
  DeliveryRecord,
  EventRecord,
  AttemptRecord,
  CountRow,
  RejectedRecord,
  Searches,
} from "./protocol.ts";
import type { Database } from "./driver.ts";
import { createConditions, valuesOf, whereOf } from "./conditions.ts";
import type { TextFile } from "./text-file.ts";
import { createCount, createPage, DELIVERY_COLUMNS, DELIVERY_TABLES } from "./page.ts";

// Text that others sent may hold a NUL, at which some versions of node:sqlite end a text: such columns are read as bytes.
const ATTEMPT = `
  SELECT number, trigger, started_at, timings, url, request_headers, CAST(request_body AS BLOB) AS request_body,
    response_status, response_headers, CAST(response_body AS BLOB) AS response_body, response_truncated,
    remote_address, outcome, error_class, note
  FROM attempts WHERE delivery = ? ORDER BY number`;

export function createSearches(db: Database, textFile: () => TextFile | undefined): Searches {
  const delivery = db.prepare<DeliveryRecord & { event: number }>(
    `SELECT ${DELIVERY_COLUMNS}, d.event FROM ${DELIVERY_TABLES} WHERE d.id = ?`,
  );
  const eventByNumber = db.prepare<EventRecord>(
    "SELECT n, rest, data, source, received_at FROM events WHERE n = ?",
  );
  const eventById = db.prepare<EventRecord>(
    "SELECT n, rest, data, source, received_at FROM events WHERE id = ? ORDER BY n DESC LIMIT 1",
  );
  const eventByIdentity = db.prepare<EventRecord>(
    "SELECT n, rest, data, source, received_at FROM events WHERE id = ? AND origin = ?",
  );
  const origins = db.prepare<{ origin: string }>(
    "SELECT origin FROM events WHERE id = ? ORDER BY n DESC LIMIT 1000",
  );
  const attempts = db.prepare<AttemptRecord>(ATTEMPT);
  const counts = db.prepare<CountRow>(`
    SELECT i.uid, c.status, c.deliveries FROM counts c JOIN integrations i ON i.n = c.integration
    WHERE c.deliveries <> 0 ORDER BY i.uid`);
  const rejected = db.prepare<RejectedRecord>(`
    SELECT n, source, position, reason, CAST(head AS BLOB) AS head, received_at FROM rejected
    WHERE n < ? ORDER BY n DESC LIMIT ?`);
  return {
    page: createPage(db, textFile),
    delivery: (id) => {
      const found = delivery.get(id);
      const event = found && eventByNumber.get(found.event);
      return found === undefined || event === undefined
        ? null
        : { delivery: found, event, attempts: attempts.all(id) };
    },
    counts: () => counts.all(),
    event: ({ id, origin }) =>
      (origin === null ? eventById.get(id) : eventByIdentity.get(id, origin)) ?? null,
    origins: (id) => origins.all(id).map(({ origin }) => origin),
    count: createCount(db),
    events: createEventPage(db),
    rejected: ({ limit, before }) => rejected.all(before ?? Number.MAX_SAFE_INTEGER, limit),
  };
}

function createEventPage(db: Database): Searches["events"] {
  const conditions = createConditions(db);
  return (query) => {
    const some = conditions.ofEvents(query);
    const sql = `
      SELECT e.n, e.rest, e.data, e.source, e.received_at FROM events e
      WHERE ${whereOf(some)} ORDER BY e.n DESC LIMIT ?`;
    return db.prepare<EventRecord>(sql).all(...valuesOf(some), query.limit);
  };
}
