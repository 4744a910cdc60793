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
    INSERT INTO events (id, type, source, received_at, project_id, project_name, rest, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`);
  const insertDelivery = db.prepare(`
    INSERT INTO deliveries (id, event, integration, via, status, due_at, trigger, reason)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);

  const addEvent = (row: EventRow, now: number): number | undefined => {
    const { id, type, source, projectId, projectName, rest, data } = row;
    const { changes, lastInsertRowid } = insertEvent.run(
      id,
      type,
      source,
      now,
      projectId,
      projectName,
      rest,
      data,
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
  /** Adds one event's deliveries; answers with the last id given. */
  const addDeliveries = (row: EventRow, event: number, previous: number, now: number): number => {
    const made = new Set<string>();
    let last = previous;
    for (const delivery of row.deliveries) {
      const owed = parties(delivery);
      if (made.size === made.add(`${owed.integration} ${owed.via}`).size) continue;
      const [, , , , , status, reason, trigger] = delivery;
      const pending = status === "pending";
      last = nextId(last, now);
      insertDelivery.run(
        last,
        event,
        owed.integration,
        owed.via,
        status,
        pending ? now : null,
        trigger,
        reason,
      );
      if (pending) due.note(owed.integration, now);
      tally.move(owed, undefined, status);
    }
    return last;
  };

  return (events, now) => {
    const duplicates: string[] = [];
    let deliveries = 0;
    let last = newest.get()?.id ?? 0;
    for (const row of events) {
      const event = addEvent(row, now);
      if (event === undefined) duplicates.push(row.id);
      else {
        const before = nextId(last, now);
        const after = addDeliveries(row, event, last, now);
        deliveries += after < before ? 0 : after - before + 1;
        last = after;
      }
    }
    return { accepted: events.length - duplicates.length, duplicates, deliveries };
  };
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
