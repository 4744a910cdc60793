/** From a path to a database that is ours, whole and of the newest version. */
import { closeSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../../lib/make-folder.ts";
import { AppError } from "../../model/errors.ts";
import { type Database, type Failure, failureOf, openDatabase } from "./driver.ts";
import { checkIdentity, migrate } from "./schema.ts";

/** How long a write waits for another process. */
export const BUSY_TIMEOUT_MS = 10_000;

/** Creates the file, readable by its owner only, unless it is there; SQLite gives its companions the same mode. */
export function ensurePrivateFile(path: string): void {
  makeFolder(dirname(path), 0o700);
  closeSync(openSync(path, "a", 0o600));
}

/** A file that was made without giving space back is written anew, once. */
function makeShrinkable(db: Database): void {
  const incremental = 2;
  if (db.prepare<{ auto_vacuum: number }>("PRAGMA auto_vacuum").get()?.auto_vacuum === incremental) return;
  db.exec("PRAGMA auto_vacuum = INCREMENTAL");
  db.exec("VACUUM");
}

/** Opens for reading and writing; with `shrinks` as one that gives space back. A file that is damaged or not ours is left untouched: AppError `outbox-unreadable`. */
export function openForWriting(path: string, options: { shrinks?: boolean } = {}): Database {
  return readable(path, () => {
    ensurePrivateFile(path);
    // Looked at read-only first: closing a writable connection may write what a write-ahead log still holds.
    if (statSync(path).size > 0) openForReading(path).close();
    const db = openDatabase(path);
    try {
      db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      db.exec(
        "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
      );
      db.exec("PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 67108864");
      db.exec("PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY");
      migrate(db);
      if (options.shrinks === true) makeShrinkable(db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** Opens a second connection for reading only. */
export function openForReading(path: string): Database {
  return readable(path, () => {
    const db = openDatabase(path, { readOnly: true });
    try {
      db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA cache_size = -8192`);
      checkIdentity(db, path);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

function readable<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw explain(path, error);
  }
}

/** A failure of SQLite or of the file system as something a person can act on; anything else as it is. */
export function explain(path: string, cause: unknown): unknown {
  if (cause instanceof AppError) return cause;
  const failure = failureOf(cause);
  if (failure === "damaged") {
    return new AppError("outbox-unreadable", `${path} is damaged, or is no SQLite file`, {
      hint: "Nothing was changed. Restore it from a backup, or move it away (with its -wal and -shm files) to start an empty one.",
      cause,
    });
  }
  const reason =
    failure === "none" ? fileError(cause) : wordsFor(failure, REASONS[failure], messageOf(cause));
  if (reason === undefined) return cause;
  return new AppError("outbox-unavailable", `${path} cannot be used: ${reason}`, {
    hint: "Check the path, its permissions and the space on its disk.",
    cause,
  });
}

const REASONS: Readonly<Record<string, string>> = {
  busy: "another process has kept it locked",
  full: "the disk is full",
  disk: "the disk refuses to read or write",
  "read-only": "it may not be written",
  "cannot-open": "it cannot be opened",
};

/** Of a failing disk SQLite knows which call failed, which is worth keeping. */
const wordsFor = (failure: Failure, words: string | undefined, message: string): string =>
  failure === "disk" ? `${words} (${message})` : (words ?? message);

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

function fileError(cause: unknown): string | undefined {
  return cause instanceof Error && "syscall" in cause ? cause.message : undefined;
}
