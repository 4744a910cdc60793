/** What became of claimed deliveries. Only one that is still `delivering` moves; anything about another is left out. */
import type { Release } from "../contract.ts";
import { createAddEvents } from "./accept.ts";
import { createSetHealth } from "./health.ts";
import type { Writes } from "./protocol.ts";
import type { Shared } from "./shared.ts";

interface Moved {
  readonly integration: number;
  readonly via: number;
  readonly attempts: number;
}

const DELIVERING = `
  SELECT integration, via, attempts + 1 AS attempts FROM deliveries WHERE id = ? AND status = 'delivering'`;
const MOVE = `
  UPDATE deliveries SET status = ?, reason = ?, due_at = ?, last_status_code = ?, attempts = ? WHERE id = ?`;
const GIVE_BACK = `
  UPDATE deliveries SET status = 'pending', due_at = min(due_at, ?)
  WHERE id = ? AND status = 'delivering' RETURNING integration, via, due_at`;
const END_UNSENT = `
  UPDATE deliveries SET status = ?, reason = ?, due_at = NULL
  WHERE id = ? AND status = 'delivering' RETURNING integration, via`;

/** Numbers are not given twice: the newest may have been removed. */
const NEWEST_ATTEMPT = `
  SELECT max(coalesce((SELECT max(n) FROM attempts), 0),
    (SELECT CAST(value AS INTEGER) FROM facts WHERE name = 'last attempt')) AS n`;

/** Place of the response's status among an attempt's columns. */
const RESPONSE_STATUS = 6;

export function createRecord(shared: Shared): Writes["record"] {
  const { db, due, tally } = shared;
  const delivering = db.prepare<Moved>(DELIVERING);
  const move = db.prepare(MOVE);
  const newest = db.prepare<{ n: number }>(NEWEST_ATTEMPT);
  const insert = db.prepare(`
    INSERT INTO attempts (n, delivery, number, trigger, started_at, timings, url, request_headers, request_body,
      response_status, response_headers, response_body, response_truncated, remote_address, outcome, error_class, note)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const setHealth = createSetHealth(shared);
  const addEvents = createAddEvents(shared);
  return ({ results, now }) => {
    let last = newest.get()?.n ?? 0;
    for (const { deliveryId, status, reason, nextAttemptAt, health, attempt, events } of results) {
      const code = attempt[RESPONSE_STATUS] ?? null;
      const moved = delivering.get(deliveryId);
      if (moved === undefined) continue;
      move.run(status, reason, nextAttemptAt, code, moved.attempts, deliveryId);
      last += 1;
      insert.run(last, deliveryId, moved.attempts, ...attempt);
      tally.move(moved, "delivering", status);
      if (nextAttemptAt !== null) due.note(moved.integration, nextAttemptAt);
      if (health !== null) setHealth(health);
      if (events.length > 0) addEvents(events, now);
    }
    return null;
  };
}

export function createRelease({ db, due, tally }: Shared): Writes["release"] {
  const giveBack = db.prepare<{ integration: number; via: number; due_at: number }>(GIVE_BACK);
  const endUnsent = db.prepare<{ integration: number; via: number }>(END_UNSENT);
  const end = (id: number, { status, reason }: NonNullable<Release["to"]>): void => {
    const row = endUnsent.get(status, reason, id);
    if (row !== undefined) tally.move(row, "delivering", status);
  };
  const again = (id: number, now: number): void => {
    const row = giveBack.get(now, id);
    if (row === undefined) return;
    tally.move(row, "delivering", "pending");
    due.note(row.integration, row.due_at);
  };
  return ({ releases, now }) => {
    for (const [id, to] of releases) {
      if (to === null) again(id, now);
      else end(id, to);
    }
    return null;
  };
}

/** What a crash left `delivering`, and nobody sends, is pending again, in its old place, with no attempt counted. */
export function recoverDelivering(shared: Shared, now: number, isSent: (delivery: number) => boolean): void {
  const ids = shared.db
    .prepare<{ id: number }>("SELECT id FROM deliveries WHERE status = 'delivering'")
    .all()
    .flatMap(({ id }) => (isSent(id) ? [] : [id]));
  if (ids.length === 0) return;
  const release = createRelease(shared);
  shared.db.transaction(() => {
    release({ releases: ids.map((id) => [id, null] as const), now });
    shared.tally.keep();
    shared.tally.write();
  });
}
