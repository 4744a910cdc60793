/** Events in, with the deliveries they lead to, what was rejected, and where the source stands. */
import { nextId } from "../../lib/ids.ts";
import type { AcceptResult } from "../contract.ts";
import type { DeliveryRow, EventRow, Writes } from "./protocol.ts";
import type { Shared } from "./shared.ts";

/** Adds events and their deliveries. */
export function createAddEvents({
  db,
  integrations,
  due,
  tally,
}: Shared): (events: readonly EventRow[], now: number) => AcceptResult {
  const newest = db.prepare<{ id: number | null }>("SELECT max(id) AS id FROM deliveries");
  const insertEvent = db.prepare(`
    INSERT INTO events
      (id, origin, type, source, received_at, project_id, project_name, first_delivery, deliveries, rest, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id, origin) DO NOTHING`);
  const insertDelivery = db.prepare(`
    INSERT INTO deliveries (id, event, integration, via, status, due_at, trigger, reason)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);

  const addEvent = (row: EventRow, now: number, first: number, owed: number): number | undefined => {
    const { changes, lastInsertRowid } = insertEvent.run(
      row.id,
      row.origin,
      row.type,
      row.source,
      now,
      row.projectId,
      row.projectName,
      first,
      owed,
      row.rest,
      row.data,
    );
    return changes === 0 ? undefined : lastInsertRowid;
  };
  const parties = ([uid, name, viaUid, viaName, kind]: DeliveryRow): {
    integration: number;
    via: number;
  } => ({
    integration: integrations.numberOf(uid, name, kind),
    via: viaUid === null ? 0 : integrations.numberOf(viaUid, viaName ?? viaUid, ""),
  });
  const addDelivery = (row: DeliveryRow, id: number, event: number, now: number): void => {
    const owed = parties(row);
    const [, , , , , status, reason, trigger, delayMs] = row;
    const dueAt = status === "pending" ? now + delayMs : null;
    insertDelivery.run(id, event, owed.integration, owed.via, status, dueAt, trigger, reason);
    if (dueAt !== null) due.note(owed.integration, dueAt);
    tally.move(owed, undefined, status);
  };

  return (events, now) => {
    const duplicates: string[] = [];
    let deliveries = 0;
    let last = newest.get()?.id ?? 0;
    for (const row of events) {
      const owed = eachOnce(row.deliveries);
      const first = nextId(last, now);
      const event = addEvent(row, now, first, owed.length);
      if (event === undefined) {
        duplicates.push(row.id);
        continue;
      }
      owed.forEach((delivery, at) => addDelivery(delivery, first + at, event, now));
      deliveries += owed.length;
      if (owed.length > 0) last = first + owed.length - 1;
    }
    return { accepted: events.length - duplicates.length, duplicates, deliveries };
  };
}

/** At most one for each integration and subscription. */
function eachOnce(rows: readonly DeliveryRow[]): readonly DeliveryRow[] {
  if (rows.length < 2) return rows;
  const seen = new Set<string>();
  return rows.filter(([uid, , via]) => seen.size < seen.add(JSON.stringify([uid, via])).size);
}

export function createAccept(shared: Shared): Writes["accept"] {
  const { db } = shared;
  const addEvents = createAddEvents(shared);
  const insertRejected = db.prepare(
    "INSERT INTO rejected (source, position, reason, head, received_at) VALUES (?, ?, ?, ?, ?)",
  );
  const setPosition = db.prepare(
    "INSERT INTO positions (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const forgetPosition = db.prepare("DELETE FROM positions WHERE key = ?");

  return ({ events, rejected, positions, now }): AcceptResult => {
    const result = addEvents(events, now);
    for (const input of rejected) insertRejected.run(...input, now);
    for (const [key, value] of positions) {
      if (value === null) forgetPosition.run(key);
      else setPosition.run(key, value);
    }
    return result;
  };
}
