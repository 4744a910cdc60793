/** The file itself: who may read it, what becomes of a damaged one, and that no query reads all of it. */
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { describe, expect, test } from "vitest";
import { openSqliteOutbox } from "../../src/outbox/sqlite/client.ts";
import { type Database, openDatabase } from "../../src/outbox/sqlite/driver.ts";
import { openForWriting } from "../../src/outbox/sqlite/open.ts";
import type { DeliveryStatus } from "../../src/model/delivery.ts";
import { createCandidates } from "../../src/outbox/sqlite/candidates.ts";
import { createConditions } from "../../src/outbox/sqlite/conditions.ts";
import type { PageQuery } from "../../src/outbox/sqlite/protocol.ts";
import { createSession } from "../../src/outbox/sqlite/session.ts";
import { accepted, batchOf, owed } from "../conformance/outbox/fixtures.ts";
import { useFolder } from "./folder.ts";

const folder = useFolder();
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test("the file, its companions and its folder are the owner's alone, whatever the umask", async () => {
  const before = process.umask(0);
  const path = folder.path("new/folder/private.db");
  const outbox = await openSqliteOutbox({ path, mode: "exclusive" });
  try {
    await outbox.accept(batchOf([accepted("e1", [owed("a")])]));
    const modes = ["", "-wal", "-shm", ".lock"].map((suffix) => modeOf(path + suffix));
    expect(modes).toEqual(["600", "600", "600", "600"]);
    expect(modeOf(folder.path("new/folder"))).toBe("700");
  } finally {
    process.umask(before);
    await outbox.close();
  }
});

test("what was kept is there after closing and opening, in an empty file that was there before too", async () => {
  const path = folder.path("again.db");
  writeFileSync(path, "");
  const clock = (): number => 1_800_000_000_000;
  const first = await openSqliteOutbox({ path, mode: "exclusive", clock });
  await first.accept(batchOf([accepted("e1", [owed("a"), owed("b")])], { positions: { p: [1] } }));
  await first.setHealth({
    integrationUid: "a",
    disabled: true,
    numberOfFailedRequests: 2,
    warned: 50,
    confirmed: false,
  });
  const before = [
    await first.deliveries({}),
    await first.counts(),
    await first.allHealth(),
    await first.event("e1"),
  ];
  await first.close();
  const second = await openSqliteOutbox({ path, mode: "exclusive", clock });
  const after = [
    await second.deliveries({}),
    await second.counts(),
    await second.allHealth(),
    await second.event("e1"),
  ];
  expect(after).toEqual(before);
  expect(await second.position("p")).toEqual([1]);
  expect(await second.nextDue()).toBe(clock());
  await second.close();
});

/** An outbox with something in it, closed. */
async function filled(name: string): Promise<string> {
  const path = folder.path(name);
  const outbox = await openSqliteOutbox({ path, mode: "shared" });
  await outbox.accept(batchOf(Array.from({ length: 50 }, (_, n) => accepted(`e${n}`, [owed("a")]))));
  await outbox.close();
  return path;
}

function overwrite(path: string, at: number, length: number): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(length, 0xa5), 0, length, at);
  closeSync(file);
}

function sql(path: string, text: string): void {
  const db = openDatabase(path);
  db.exec(text);
  db.close();
}

describe("a file that cannot be used is left untouched and said to be so", () => {
  const damages: [string, (path: string) => void, RegExp][] = [
    [
      "text",
      (path) => writeFileSync(path, "not a database, but long enough to look at ".repeat(50)),
      /damaged, or is no SQLite/,
    ],
    ["a broken header", (path) => overwrite(path, 0, 64), /damaged, or is no SQLite/],
    ["a broken first page", (path) => overwrite(path, 100, 6000), /damaged, or is no SQLite/],
    ["half a file", (path) => truncateSync(path, 8192), /damaged, or is no SQLite/],
    ["somebody else's tables", (path) => sql(path, "PRAGMA application_id = 7"), /not one of Bellhop's/],
    ["a later version", (path) => sql(path, "PRAGMA user_version = 999"), /later version/],
  ];
  test.for(damages)("%s", async ([name, damage, message]) => {
    const path = await filled(`${name}.db`);
    damage(path);
    const before = readFileSync(path);
    for (const mode of ["exclusive", "shared"] as const) {
      const opening = openSqliteOutbox({ path, mode });
      await expect(opening).rejects.toMatchObject({
        name: "AppError",
        code: "outbox-unreadable",
        message: expect.stringMatching(message),
        hint: expect.any(String),
      });
      expect(readFileSync(path).equals(before)).toBe(true);
    }
  });

  test("a folder in its place", async () => {
    const path = folder.path("folder.db");
    mkdirSync(path);
    const opening = openSqliteOutbox({ path, mode: "shared" });
    await expect(opening).rejects.toMatchObject({
      code: "outbox-unavailable",
      message: expect.stringContaining(path),
    });
  });

  test.skipIf(process.getuid?.() === 0)("a file that may not be written", async () => {
    const path = await filled("readonly.db");
    chmodSync(path, 0o400);
    await expect(openSqliteOutbox({ path, mode: "shared" })).rejects.toMatchObject({
      code: "outbox-unavailable",
    });
  });
});

describe("no query reads a whole table", () => {
  /** Prepares everything that a connection can be asked for, noting the SQL. */
  function allQueries(db: Database): string[] {
    const queries: string[] = [];
    const noting: Database = {
      ...db,
      prepare: (text) => {
        queries.push(text);
        return db.prepare(text);
      },
    };
    const session = createSession(noting, { recover: () => false, now: 0, textFile: () => undefined });
    const statuses: DeliveryStatus[] = [
      "pending",
      "delivering",
      "delivered",
      "exhausted",
      "discarded",
      "held",
    ];
    const query: PageQuery = {
      ids: null,
      integration: null,
      notOf: [],
      status: [],
      event: null,
      identity: null,
      project: null,
      from: 1,
      before: null,
      text: null,
      limit: 51,
    };
    const candidates = createCandidates(noting, createConditions(noting), () => undefined);
    for (const more of [
      {},
      { event: "e1" },
      { event: "x*" },
      { integration: "a" },
      { integration: "a", status: statuses.filter((status) => status !== "delivered") },
      { status: statuses.filter((status) => status !== "delivered") },
      { project: "p" },
      { text: "t" },
    ]) {
      const wanted = { ...query, ...more };
      session.look({ id: 1, operation: "page", argument: wanted });
      session.look({ id: 1, operation: "count", argument: wanted });
      for (const way of candidates(wanted)) way(Number.MAX_SAFE_INTEGER, 10);
    }
    return queries;
  }

  const open = async (): Promise<Database> => openForWriting(await filled(`plans-${Math.random()}.db`));

  test("by itself", async () => {
    const db = await open();
    const queries = allQueries(db).filter((text) =>
      /^\s*(SELECT|WITH|UPDATE|DELETE|INSERT|REPLACE)/.test(text),
    );
    const scans = queries.flatMap((text) => {
      const values = Array.from(text.matchAll(/\?/g), () => null);
      const plan = db.prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`).all(...values);
      const bad =
        /SCAN (d|e|a|deliveries|events|attempts)\b(?! USING (COVERING INDEX deliveries_(delivering|pending)|INTEGER PRIMARY KEY))/;
      // Ids of events may be anything: a pattern is held against each, in the index of ids.
      const byIds = "USING COVERING INDEX events_id";
      return plan
        .filter((step) => bad.test(step.detail) && !step.detail.includes(byIds))
        .map((step) => `${step.detail}: ${text}`);
    });
    db.close();
    expect(queries.length).toBeGreaterThan(25);
    expect(scans).toEqual([]);
  });

  test.for([
    ["claiming", /due_at, id\) >/, "deliveries_pending"],
    ["the earliest due of each integration", /RECURSIVE/, "deliveries_pending"],
    ["what a crash left", /SELECT id FROM deliveries WHERE status = 'delivering'/, "deliveries_delivering"],
    [
      "a page of what is exhausted",
      /deliveries_exhausted WHERE d.status = 'exhausted' AND d.id </,
      "deliveries_exhausted",
    ],
    ["what is held of one integration", /d.integration = \? AND d.status = 'held' AND/, "deliveries_held_of"],
    ["a page of one integration", /WHERE d.integration = \? AND d.id </, "deliveries_integration"],
    ["a page of one event", /FROM json_each.* CROSS JOIN events/, "USING INTEGER PRIMARY KEY (rowid>? AND"],
    ["a page of one type", /WHERE e.type = \?\s+AND/, "events_type"],
    ["the types there are", /RECURSIVE types/, "events_type"],
    ["a page of one project", /WHERE e.project_name = \?\s+AND/, "events_project_name"],
  ] as const)("%s uses its index", async ([, pattern, index]) => {
    const db = await open();
    const text = allQueries(db).find((query) => pattern.test(query)) ?? "";
    const values = Array.from(text.matchAll(/\?/g), () => null);
    const plan = db.prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`).all(...values);
    db.close();
    expect(plan.map((step) => step.detail).join("\n")).toContain(index);
  });
});
