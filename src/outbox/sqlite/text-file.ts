/**
 * The index of texts, in a file of its own beside the outbox: every three characters of each event's data and of each answer, so
 * that what holds a text is found without reading the log. It holds nothing that the outbox does not, may be deleted at any
 * time, and is never waited for by a delivery. It only narrows down: what it names is looked at again in the outbox.
 *
 * Every so many events have tables of their own, which go as a whole when their events are gone.
 */
import { statSync, unlinkSync } from "node:fs";
import { type Database, failureOf, openDatabase, type Statement } from "./driver.ts";
import { ensurePrivateFile } from "./open.ts";
import type { Stretch } from "./stretch.ts";

/** Number of the last event and attempt that is in the index, and which outbox it is of. */
export interface Watermark {
  readonly file: string;
  readonly event: number;
  readonly attempt: number;
}

export interface TextDocument {
  /** Of the event that it belongs to. */
  readonly event: number;
  /** Of the delivery whose answer it is; null for the event's data. */
  readonly delivery: number | null;
  readonly attempt: number;
  readonly text: string;
}

export interface TextFile {
  watermark(): Watermark;
  /** Adds documents and moves the watermark, in one transaction. */
  add(documents: readonly TextDocument[], watermark: Watermark): void;
  /** Events below a number, newest first, whose data may hold the text; or throws `TooCommon`. */
  events(text: string, below: number, count: number): Stretch;
  /** Deliveries below an id, newest first, of which an answer may hold the text; or throws `TooCommon`. */
  deliveries(text: string, below: number, count: number): Stretch;
  /** Drops the tables of which no event is left. */
  drop(isGone: (firstEvent: number, lastEvent: number) => boolean): void;
  close(): void;
}

/** How many events share tables. */
const PER_TABLE = 32_768;
/** A delivery's answers follow one another: `delivery * ANSWERS + number`. */
const ANSWERS = 1024;
const VERSION = 1;
/** Of terms that begin with one or two characters; more means that the text is too common to be looked up. */
const MOST_TERMS = 200;
/** Stands after every text, so that its last characters begin a term too. */
const END = "\u{1}\u{1}";

export const textPath = (path: string): string => `${path}.text`;

/** Opens it for reading; undefined when there is none that can be used. */
export function readTextFile(path: string): TextFile | undefined {
  if (statSync(textPath(path), { throwIfNoEntry: false }) === undefined) return undefined;
  try {
    const db = openDatabase(textPath(path), { readOnly: true });
    db.exec("PRAGMA busy_timeout = 1000");
    return over(db);
  } catch {
    return undefined;
  }
}

/** Opens it for adding to, of the outbox that is named; begins a new one where it is another's, damaged or of another version. */
export function writeTextFile(path: string, file: string): TextFile {
  const open = (): TextFile => {
    ensurePrivateFile(textPath(path));
    const db = openDatabase(textPath(path));
    try {
      db.exec("PRAGMA busy_timeout = 1000; PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL");
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 8388608");
      db.exec(
        "CREATE TABLE IF NOT EXISTS marks (version INTEGER, file TEXT, event INTEGER, attempt INTEGER)",
      );
      const mark = db.prepare<{ version: number; file: string }>("SELECT * FROM marks").get();
      if (mark === undefined) db.prepare("INSERT INTO marks VALUES (?, ?, 0, 0)").run(VERSION, file);
      else if (mark.version !== VERSION || mark.file !== file) throw new Error("of another outbox");
      return over(db);
    } catch (error) {
      db.close();
      throw error;
    }
  };
  try {
    return open();
  } catch (error) {
    if (!["none", "damaged", "other"].includes(failureOf(error))) throw error;
    removeTextFile(path);
    return open();
  }
}

export function removeTextFile(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) {
    const file = `${textPath(path)}${suffix}`;
    if (statSync(file, { throwIfNoEntry: false }) !== undefined) unlinkSync(file);
  }
}

type Kind = "data" | "answers";

interface Table {
  readonly name: string;
  readonly kind: Kind;
  /** Which `PER_TABLE` events. */
  readonly part: number;
}

function over(db: Database): TextFile {
  const mark = db.prepare<Watermark>("SELECT file, event, attempt FROM marks");
  const names = db.prepare<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%'",
  );
  const inserts = new Map<string, Statement<unknown>>();
  const watermark = (): Watermark => mark.get() ?? { file: "", event: 0, attempt: 0 };
  /** Newest first. */
  const tables = (kind: Kind): readonly Table[] =>
    names
      .all()
      .flatMap(({ name }) => readName(name) ?? [])
      .filter((table) => table.kind === kind)
      .toSorted((a, b) => b.part - a.part);

  const insertInto = (kind: Kind, part: number): Statement<unknown> => {
    const name = `${kind}_${part}`;
    const known = inserts.get(name);
    if (known !== undefined) return known;
    db.exec(`
      CREATE VIRTUAL TABLE IF NOT EXISTS ${name}
        USING fts5(x, content = '', detail = none, columnsize = 0, tokenize = 'trigram');
      CREATE VIRTUAL TABLE IF NOT EXISTS ${name}_terms USING fts5vocab(${name}, row)`);
    const rowid = kind === "data" ? "?" : `CAST(? AS INTEGER) * ${ANSWERS} + CAST(? AS INTEGER)`;
    const insert = db.prepare<unknown>(`INSERT INTO ${name} (rowid, x) VALUES (${rowid}, ?)`);
    inserts.set(name, insert);
    return insert;
  };

  /** Parts rise with the events, and the ids of deliveries with them. */
  const find = (kind: Kind, text: string, below: number, count: number): Stretch => {
    const unit = kind === "data" ? "rowid" : `rowid / ${ANSWERS}`;
    const bound = kind === "data" ? "CAST(? AS INTEGER)" : `CAST(? AS INTEGER) * ${ANSWERS}`;
    const found: number[] = [];
    for (const { name } of text.includes("\0") ? [] : tables(kind)) {
      const match = matchOf(db, name, text);
      if (match === undefined) continue;
      const rows = db
        .prepare<{ n: number }>(
          `SELECT ${unit} AS n FROM ${name} WHERE ${name} MATCH ? AND rowid < ${bound} ORDER BY rowid DESC LIMIT ?`,
        )
        .all(match, below, count - found.length);
      for (const { n } of rows) found.push(n);
      if (found.length === count) return { numbers: [...new Set(found)], next: found.at(-1) };
    }
    return { numbers: [...new Set(found)], next: undefined };
  };

  return {
    watermark,
    add: (documents, { event, attempt }) =>
      db.transaction(() => {
        for (const one of documents) {
          const text = `${one.text}${END}`;
          const part = Math.floor(one.event / PER_TABLE);
          if (one.delivery === null) insertInto("data", part).run(one.event, text);
          else insertInto("answers", part).run(one.delivery, one.attempt % ANSWERS, text);
        }
        db.prepare("UPDATE marks SET event = ?, attempt = ?").run(event, attempt);
      }),
    events: (text, below, count) => find("data", text, below, count),
    deliveries: (text, below, count) => find("answers", text, below, count),
    drop: (isGone) => {
      const { event } = watermark();
      let dropped = false;
      for (const { name, part } of [...tables("data"), ...tables("answers")]) {
        const last = (part + 1) * PER_TABLE - 1;
        if (last >= event || !isGone(part * PER_TABLE, last)) continue;
        inserts.delete(name);
        db.exec(`DROP TABLE ${name}_terms; DROP TABLE ${name}; PRAGMA incremental_vacuum`);
        dropped = true;
      }
      if (dropped) db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    },
    close: () => db.close(),
  };
}

function readName(name: string): Table | undefined {
  const [, kind, part] = /^(data|answers)_(\d+)$/.exec(name) ?? [];
  if (part === undefined) return undefined;
  return { name, kind: kind === "data" ? "data" : "answers", part: Number(part) };
}

const quoted = (term: string): string => `"${term.replaceAll('"', '""')}"`;

/** What to ask a table for; undefined when nothing in it can match. Throws `TooCommon` for one or two common characters. */
function matchOf(db: Database, name: string, text: string): string | undefined {
  const characters = Array.from(text);
  if (characters.length >= 3) {
    const terms = characters.slice(0, -2).map((_, at) => characters.slice(at, at + 3).join(""));
    return [...new Set(terms)].map(quoted).join(" AND ");
  }
  const from = text.toLowerCase();
  const terms = db
    .prepare<{ term: string }>(`SELECT term FROM ${name}_terms WHERE term >= ? AND term < ? LIMIT ?`)
    .all(from, `${from}\u{10ffff}`, MOST_TERMS + 1);
  if (terms.length > MOST_TERMS) throw new TooCommon();
  return terms.length === 0 ? undefined : terms.map(({ term }) => quoted(term)).join(" OR ");
}

/** So many documents may hold the text that looking at the newest finds enough. */
export class TooCommon extends Error {}
