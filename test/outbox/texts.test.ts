/** The index of texts: it finds what reading the log finds, is never relied on, and follows what retention removes. */
import { statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Database, openDatabase } from "../../src/outbox/sqlite/driver.ts";
import { openForReading, openForWriting } from "../../src/outbox/sqlite/open.ts";
import { selectionOf } from "../../src/outbox/sqlite/queries.ts";
import { acceptRows, resultRow } from "../../src/outbox/sqlite/rows.ts";
import { createSearches } from "../../src/outbox/sqlite/search.ts";
import { createSession, type Session } from "../../src/outbox/sqlite/session.ts";
import { createTextFeed } from "../../src/outbox/sqlite/text-feed.ts";
import { readTextFile, textPath } from "../../src/outbox/sqlite/text-file.ts";
import { encodeId } from "../../src/lib/ids.ts";
import type { DeliverySelection } from "../../src/outbox/contract.ts";
import { accepted, attempted, batchOf, owed, START } from "../conformance/outbox/fixtures.ts";
import { useFolder } from "./folder.ts";

const folder = useFolder();
const WORDS = [
  "build",
  "failed",
  "Straße",
  "naïve",
  "漢字",
  "100%",
  "a_b",
  'say "hi"',
  "back\\slash",
  "zz",
  "\u{1f642}",
];

interface Log {
  readonly path: string;
  readonly db: Database;
  readonly session: Session;
}

function open(name: string): Log {
  const path = folder.path(name);
  const db = openForWriting(path);
  return {
    path,
    db,
    session: createSession(db, { recover: undefined, now: START, textFile: () => undefined }),
  };
}

const write = (
  { session }: Log,
  operation: "accept" | "claim" | "record" | "trim",
  argument: unknown,
): unknown => {
  const [outcome] = session.commit([{ id: 1, operation, argument }]);
  if (outcome === undefined || "error" in outcome)
    throw new Error("the write failed", { cause: outcome?.error });
  return outcome.value;
};

/** Events for two integrations; of every other delivery an answer. */
function fill(log: Log, from: number, count: number): void {
  const word = (n: number): string => WORDS[n % WORDS.length] ?? "";
  const events = Array.from({ length: count }, (_, at) => {
    const data = { text: `${word(from + at)} ${word((from + at) * 7)}`, n: from + at };
    return accepted(`e${from + at}`, [owed("a"), owed("b")], { data, body: data });
  });
  write(log, "accept", acceptRows(batchOf(events), START + from));
  const claimed = log.db.prepare<{ id: number }>("SELECT id FROM deliveries WHERE status = 'pending'").all();
  write(log, "claim", { now: Number.MAX_SAFE_INTEGER, limit: 1e6, perIntegration: 1e6, skip: [] });
  const results = claimed.map(({ id }, at) => {
    const { attempt } = attempted(encodeId(id));
    const body = at % 2 === 0 ? "" : `answer ${word(at * 3)} ${at % 13}`;
    const response = { status: 200, headers: [], body, truncated: false };
    return resultRow({ status: "delivered", attempt: { ...attempt, response } }, START);
  });
  write(log, "record", { results, now: START });
}

const FILTERS: readonly DeliverySelection[] = [
  ...[
    ...WORDS,
    "BUILD",
    "straSSe",
    "failed b",
    "answer 1",
    "z",
    'hi"',
    "\\",
    "answer",
    "nowhere",
    "12",
    "漢",
  ].map((text) => ({
    text,
  })),
  { text: "answer zz", integration: "a" },
  { text: "failed", event: "e1*" },
  { text: "failed", until: START + 100, since: START + 40 },
];

/** All pages of every filter, as ids. */
function pages(db: Database, textFile: Parameters<typeof createSearches>[1]): readonly (readonly number[])[] {
  const searches = createSearches(db, textFile);
  return FILTERS.map((filter) => {
    const found: number[] = [];
    const selection = selectionOf(filter);
    for (let before = selection.before, more = true; more; before = found.at(-1) ?? null) {
      const rows = searches.page({ ...selection, before, limit: 50 });
      found.push(...rows.map(({ id }) => id));
      more = rows.length === 50;
    }
    return found;
  });
}

describe("the index of texts", () => {
  test("finds what reading the log finds: when it is empty, half done, behind, and complete", () => {
    const log = open("finds.db");
    fill(log, 0, 300);
    const reader = openForReading(log.path);
    const feed = createTextFeed(reader, log.path);
    const expected = pages(reader, () => undefined);
    expect(expected.filter((ids) => ids.length > 0).length).toBeGreaterThan(15);
    expect(pages(reader, feed.file)).toEqual(expected);
    feed.step(0);
    feed.step(0.01);
    expect(pages(reader, feed.file)).toEqual(expected);
    while (!feed.step(50));
    expect(feed.file().watermark()).toMatchObject({ event: 300, attempt: 600 });
    expect(pages(reader, feed.file)).toEqual(expected);
    fill(log, 300, 40);
    const more = pages(reader, () => undefined);
    expect(more).not.toEqual(expected);
    expect(pages(reader, feed.file)).toEqual(more);
    while (!feed.step(50));
    const other = readTextFile(log.path);
    expect(pages(reader, () => other)).toEqual(more);
    other?.close();
    feed.close();
    reader.close();
    log.db.close();
  });

  test("is the owner's alone, and begun anew where it is damaged or of another outbox", () => {
    const log = open("anew.db");
    fill(log, 0, 20);
    writeFileSync(textPath(log.path), "not a database, but long enough to look at ".repeat(100), {
      mode: 0o600,
    });
    const reader = openForReading(log.path);
    const feed = createTextFeed(reader, log.path);
    while (!feed.step(50));
    expect(feed.file().watermark().event).toBe(20);
    feed.close();
    expect((statSync(textPath(log.path)).mode & 0o777).toString(8)).toBe("600");
    const marks = openDatabase(textPath(log.path));
    marks.exec("UPDATE marks SET file = 'of another'");
    marks.close();
    const again = createTextFeed(reader, log.path);
    expect(again.file().watermark().event).toBe(0);
    while (!again.step(50));
    expect(pages(reader, again.file)).toEqual(pages(reader, () => undefined));
    again.close();
    reader.close();
    log.db.close();
  });

  test("finds nothing that is gone, and misses nothing that came after all was gone", () => {
    const log = open("gone.db");
    fill(log, 0, 50);
    const reader = openForReading(log.path);
    const feed = createTextFeed(reader, log.path);
    while (!feed.step(50));
    expect(write(log, "trim", { bytes: 0, limit: 1000 })).toMatchObject({ removed: 50, done: true });
    expect(pages(reader, feed.file).flat()).toEqual([]);
    fill(log, 100, 30);
    expect(pages(reader, feed.file)).toEqual(pages(reader, () => undefined));
    while (!feed.step(50));
    expect(feed.file().watermark()).toMatchObject({ event: 80, attempt: 160 });
    expect(pages(reader, feed.file)).toEqual(pages(reader, () => undefined));
    feed.close();
    reader.close();
    log.db.close();
  });
});
