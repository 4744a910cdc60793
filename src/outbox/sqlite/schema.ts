/**
 * The tables, as steps that bring a file of version n to n + 1 (`user_version`); a step is never changed once it is released.
 *
 * Everything refers to events and integrations by number, so that ids and names stand in the file once. A delivery's number is
 * its id (lib/ids.ts) and tells when it was made. Secondary indexes are partial wherever a query asks for one status.
 */
import { AppError } from "../../model/errors.ts";
import type { Database } from "./driver.ts";

/** Marks a SQLite file as ours: "blhp". */
const APPLICATION_ID = 0x626c6870;

const first = `
CREATE TABLE integrations (
  n INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,               -- the key as last accepted
  kind TEXT NOT NULL                -- '' for one that only led to deliveries of others
) STRICT;
CREATE INDEX integrations_name ON integrations (name);

CREATE TABLE events (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  source TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  project_id TEXT,                  -- lower case
  project_name TEXT,                -- lower case
  rest TEXT NOT NULL,               -- the event without its data: see events.ts
  data TEXT NOT NULL
) STRICT;

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY,
  event INTEGER NOT NULL,
  integration INTEGER NOT NULL,
  via INTEGER NOT NULL,             -- 0 for none
  status TEXT NOT NULL,
  due_at INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_status_code INTEGER,
  trigger TEXT NOT NULL,
  reason TEXT
) STRICT;
CREATE UNIQUE INDEX deliveries_event ON deliveries (event, integration, via);
CREATE INDEX deliveries_integration ON deliveries (integration, id);
CREATE INDEX deliveries_via ON deliveries (via, id) WHERE via <> 0;
CREATE INDEX deliveries_pending ON deliveries (integration, due_at, id) WHERE status = 'pending';
CREATE INDEX deliveries_delivering ON deliveries (id) WHERE status = 'delivering';
CREATE INDEX deliveries_exhausted ON deliveries (id) WHERE status = 'exhausted';
CREATE INDEX deliveries_discarded ON deliveries (id) WHERE status = 'discarded';
CREATE INDEX deliveries_held ON deliveries (id) WHERE status = 'held';

CREATE TABLE attempts (
  n INTEGER PRIMARY KEY,
  delivery INTEGER NOT NULL,
  number INTEGER NOT NULL,
  trigger TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  timings TEXT NOT NULL,            -- [duration, total, first byte or null], milliseconds
  url TEXT NOT NULL,
  request_headers TEXT NOT NULL,
  request_body TEXT NOT NULL,
  response_status INTEGER,
  response_headers TEXT,
  response_body TEXT,
  response_truncated INTEGER,
  remote_address TEXT,
  outcome TEXT NOT NULL,
  error_class TEXT,
  note TEXT
) STRICT;
CREATE UNIQUE INDEX attempts_delivery ON attempts (delivery, number);

-- Deliveries per integration and status, kept with every move so that nothing has to count them.
CREATE TABLE counts (
  integration INTEGER NOT NULL,
  status TEXT NOT NULL,
  deliveries INTEGER NOT NULL,
  PRIMARY KEY (integration, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE health (
  uid TEXT PRIMARY KEY,
  disabled INTEGER NOT NULL,
  reason TEXT,
  first_failed_at INTEGER,
  failed_requests INTEGER NOT NULL,
  last_success INTEGER,
  last_failure INTEGER,
  confirmed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE positions (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rejected (
  n INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  position TEXT NOT NULL,
  reason TEXT NOT NULL,
  head TEXT NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;
`;

/** Rounds of attempts, what health needs to come back, and held deliveries by integration. */
const second = `
ALTER TABLE deliveries ADD COLUMN attempts_before INTEGER NOT NULL DEFAULT 0;  -- made before the present round
CREATE INDEX deliveries_exhausted_of ON deliveries (integration, id) WHERE status = 'exhausted';
CREATE INDEX deliveries_discarded_of ON deliveries (integration, id) WHERE status = 'discarded';
CREATE INDEX deliveries_held_of ON deliveries (integration, id) WHERE status = 'held';

ALTER TABLE health ADD COLUMN cause TEXT;
ALTER TABLE health ADD COLUMN disabled_at INTEGER;
ALTER TABLE health ADD COLUMN probe_at INTEGER;
ALTER TABLE health ADD COLUMN warned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE health ADD COLUMN recover_until INTEGER;
`;

/**
 * An event is its id and its CloudEvents source; it knows the ids of its deliveries, which follow one another, so that they need
 * no index of their own. Numbers of events and attempts are never given twice, also when the newest were removed: the
 * index of texts goes by them.
 */
const third = `
CREATE TABLE events_new (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  origin TEXT NOT NULL,             -- source of a CloudEvent, '' for any other
  type TEXT NOT NULL,
  source TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  project_id TEXT,                  -- lower case
  project_name TEXT,                -- lower case
  first_delivery INTEGER NOT NULL,
  deliveries INTEGER NOT NULL,      -- at most so many
  rest TEXT NOT NULL,               -- the event without its data: see events.ts
  data TEXT NOT NULL
) STRICT;
INSERT INTO events_new
  SELECT n, id,
    iif(json_type(rest, '$[2].specversion') = 'text', coalesce(json_extract(rest, '$[2].source'), ''), ''),
    type, source, received_at, project_id, project_name,
    coalesce((SELECT min(d.id) FROM deliveries d WHERE d.event = events.n), 0),
    (SELECT count(*) FROM deliveries d WHERE d.event = events.n),
    rest, data
  FROM events ORDER BY n;
DROP TABLE events;
ALTER TABLE events_new RENAME TO events;
CREATE UNIQUE INDEX events_id ON events (id, origin);
CREATE INDEX events_type ON events (type, n);
CREATE INDEX events_project_id ON events (project_id, n) WHERE project_id IS NOT NULL;
CREATE INDEX events_project_name ON events (project_name, n) WHERE project_name IS NOT NULL;
DROP INDEX deliveries_event;

CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO facts VALUES ('file', lower(hex(randomblob(16)))), ('last attempt', '0');
`;

const STEPS: readonly string[] = [first, second, third];

/** Brings the file to the newest version, whatever other process tries the same. */
export function migrate(db: Database): void {
  if (versionOf(db) === STEPS.length) return;
  db.transaction(() => {
    for (const step of STEPS.slice(versionOf(db))) db.exec(step);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${STEPS.length}`);
  });
}

/** Throws AppError `outbox-unreadable` for a SQLite file that is not an outbox, or is one of a later version. */
export function checkIdentity(db: Database, path: string): void {
  const tables = db.prepare<{ n: number }>("SELECT count(*) AS n FROM sqlite_schema").get()?.n ?? 0;
  if (tables > 0 && pragma(db, "application_id") !== APPLICATION_ID) {
    throw new AppError("outbox-unreadable", `${path} is a SQLite file, but not one of Bellhop's`, {
      hint: "Point daemon.database at another path; this file was left as it is.",
    });
  }
  if (versionOf(db) > STEPS.length) {
    throw new AppError("outbox-unreadable", `${path} was written by a later version of Bellhop`, {
      hint: "Run that version again, or point daemon.database at another path.",
    });
  }
}

const versionOf = (db: Database): number => pragma(db, "user_version");

function pragma(db: Database, name: string): number {
  const value = Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  return typeof value === "number" ? value : 0;
}
