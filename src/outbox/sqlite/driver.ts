/**
 * The one door to SQLite: `node:sqlite` where Node has it without a flag (22.13 and later), better-sqlite3 otherwise. Both
 * work the same way behind this interface; nothing else knows which one is there.
 */
import { createRequire } from "node:module";
import { AppError } from "../../model/errors.ts";

export type SqlValue = string | number | null | Uint8Array;

export interface Statement<Row> {
  run(...values: readonly SqlValue[]): { readonly changes: number; readonly lastInsertRowid: number };
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): Row[];
  /** Reads row by row; nothing may be written through the same database before it ends. */
  iterate(...values: readonly SqlValue[]): Iterable<Row>;
}

export interface Database {
  exec(sql: string): void;
  /** `Row` is what the SQL text answers with: the two stand side by side, and nothing checks it again. */
  prepare<Row = Readonly<Record<string, SqlValue>>>(sql: string): Statement<Row>;
  inTransaction(): boolean;
  /** Runs `work` in one transaction that takes the write lock first; rolls back when it throws. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** What the two packages have in common. */
interface RawDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): Statement<never>;
  close(): unknown;
  /** better-sqlite3 */
  readonly inTransaction?: boolean;
  /** node:sqlite, from 22.16 */
  readonly isTransaction?: boolean;
}

type Open = (path: string, readOnly: boolean) => RawDatabase;

/** Opens a file that exists, or `:memory:`. Throws AppError `outbox-unavailable` where Node has no SQLite at all. */
export function openDatabase(path: string, options: { readOnly?: boolean } = {}): Database {
  const raw = opener()(path, options.readOnly === true);
  const begin = raw.prepare("BEGIN IMMEDIATE");
  const commit = raw.prepare("COMMIT");
  const inTransaction = (): boolean => raw.inTransaction ?? raw.isTransaction ?? probeTransaction(raw);
  return {
    exec: (sql) => void raw.exec(sql),
    prepare: <Row>(sql: string): Statement<Row> => raw.prepare(sql),
    inTransaction,
    transaction: (work) => {
      begin.run();
      try {
        const result = work();
        commit.run();
        return result;
      } catch (error) {
        if (inTransaction()) raw.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => void raw.close(),
  };
}

/** For Node 22.13 to 22.15, which cannot tell: a transaction cannot be begun within another. */
function probeTransaction(raw: RawDatabase): boolean {
  try {
    raw.exec("BEGIN");
  } catch {
    return true;
  }
  raw.exec("ROLLBACK");
  return false;
}

function opener(): Open {
  const require = createRequire(import.meta.url);
  return nodeSqlite(require) ?? betterSqlite3(require);
}

/* oxlint-disable typescript/no-unsafe-type-assertion -- the types of both packages are stated here: Node 20's have no node:sqlite */
function nodeSqlite(require: NodeJS.Require): Open | undefined {
  type DatabaseSync = new (path: string, options: { readOnly: boolean }) => RawDatabase;
  try {
    const { DatabaseSync } = require("node:sqlite") as { DatabaseSync: DatabaseSync };
    return (path, readOnly) => new DatabaseSync(path, { readOnly });
  } catch {
    return undefined;
  }
}

function betterSqlite3(require: NodeJS.Require): Open {
  type BetterSqlite3 = new (
    path: string,
    options: { readonly: boolean; fileMustExist: boolean },
  ) => RawDatabase;
  const open: Open = (path, readOnly) => {
    const Database = require("better-sqlite3") as BetterSqlite3;
    return new Database(path, { readonly: readOnly, fileMustExist: path !== ":memory:" });
  };
  return (path, readOnly) => {
    try {
      return open(path, readOnly);
    } catch (cause) {
      if (failureOf(cause) !== "none") throw cause;
      throw new AppError("outbox-unavailable", "no SQLite is available to this Node", {
        hint: "Run Node 22.13 or later, or install the optional dependency better-sqlite3 with its install script allowed (npm install better-sqlite3@12).",
        cause,
      });
    }
  };
}

/** What kind of failure of SQLite an exception is; `none` when it comes from elsewhere. */
export type Failure = "none" | "busy" | "damaged" | "disk" | "full" | "read-only" | "cannot-open" | "other";

const FAILURES: Readonly<Record<number, [Failure, string]>> = {
  5: ["busy", "SQLITE_BUSY"],
  8: ["read-only", "SQLITE_READONLY"],
  10: ["disk", "SQLITE_IOERR"],
  11: ["damaged", "SQLITE_CORRUPT"],
  13: ["full", "SQLITE_FULL"],
  14: ["cannot-open", "SQLITE_CANTOPEN"],
  26: ["damaged", "SQLITE_NOTADB"],
};

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return "none";
  const { code, errcode } = error as Error & { code?: unknown; errcode?: unknown };
  if (typeof errcode === "number") return FAILURES[errcode % 256]?.[0] ?? "other";
  if (typeof code !== "string" || !code.startsWith("SQLITE_")) return "none";
  return Object.values(FAILURES).find(([, name]) => code.startsWith(name))?.[0] ?? "other";
}
/* oxlint-enable typescript/no-unsafe-type-assertion */
