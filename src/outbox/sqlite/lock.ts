/**
 * One daemon per outbox. The lock is a write transaction that stays open on a second SQLite file beside the outbox: the
 * operating system lets go of it when the process ends in whatever way, and no process id is ever trusted. The file also names
 * its holder, which anybody may read while the lock is held.
 */
import { hostname } from "node:os";
import { pid } from "node:process";
import { AppError } from "../../model/errors.ts";
import { type Database, failureOf, openDatabase } from "./driver.ts";
import { ensurePrivateFile } from "./open.ts";

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: number;
}

const ATTEMPTS = 3;

/** Answers with how to let go. Throws AppError `outbox-in-use` when another process, or another part of this one, holds it. */
export function lockOutbox(path: string, now: number): () => void {
  const file = `${path}.lock`;
  ensurePrivateFile(file);
  const db = openDatabase(file);
  try {
    // Long enough for another that writes its name, no longer: a holder does not let go while it lives.
    db.exec("PRAGMA busy_timeout = 250");
    const mine: Holder = { pid, host: hostname(), since: now };
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) if (hold(db, mine)) return () => db.close();
    throw inUse(path, readHolder(db));
  } catch (error) {
    const other = failureOf(error) === "busy" ? readHolder(db) : undefined;
    db.close();
    throw failureOf(error) === "busy" ? inUse(path, other) : error;
  }
}

/** Names the holder in one transaction and keeps a second one open; false when another came between the two. */
function hold(db: Database, holder: Holder): boolean {
  db.transaction(() => {
    db.exec(
      "CREATE TABLE IF NOT EXISTS holder (one INTEGER PRIMARY KEY, pid INTEGER, host TEXT, since INTEGER)",
    );
    db.prepare("REPLACE INTO holder (one, pid, host, since) VALUES (1, ?, ?, ?)").run(
      holder.pid,
      holder.host,
      holder.since,
    );
  });
  db.exec("BEGIN IMMEDIATE");
  const found = readHolder(db);
  if (found?.pid === holder.pid && found.since === holder.since && found.host === holder.host) return true;
  db.exec("ROLLBACK");
  return false;
}

function readHolder(db: Database): Holder | undefined {
  try {
    return db.prepare<Holder>("SELECT pid, host, since FROM holder").get();
  } catch {
    return undefined;
  }
}

function inUse(path: string, holder: Holder | undefined): AppError {
  const who =
    holder === undefined
      ? "another daemon"
      : `the daemon with pid ${holder.pid} on ${holder.host} since ${new Date(holder.since).toISOString()}`;
  return new AppError("outbox-in-use", `${path} is in use by ${who}`, {
    hint: "Stop that daemon first, or give this one another daemon.database.",
  });
}
