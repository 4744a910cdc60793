/** Small queries for candidates, each prepared once. */
import { type Condition, valuesOf, whereOf } from "./conditions.ts";
import type { Database, SqlValue, Statement } from "./driver.ts";
import { firstOf, merged, NOTHING, type Stretch } from "./stretch.ts";

/** Some candidates below an id. Undefined when this way leads nowhere soon. */
export type Candidates = (below: number, count: number) => Stretch | undefined;

/** Finds deliveries of one sort, or events, newest first. */
export interface Query {
  readonly sql: string;
  readonly values: (below: number, from: number, count: number) => readonly SqlValue[];
}

interface Found {
  readonly id: number;
  /** Of events: whether they match otherwise, their first delivery, and how many there are. */
  readonly ok: number | null;
  readonly first: number;
  readonly made: number;
}

export interface Finder {
  readonly ids: (sql: string, values: readonly SqlValue[]) => readonly number[];
  readonly deliveries: (queries: readonly Query[], from: number) => Candidates;
  /** Their deliveries, of queries made by `ofEvents`. */
  readonly events: (queries: readonly Query[], from: number) => Candidates;
}

/** The deliveries of an event follow one another. */
export const OF_EVENT =
  "d.id BETWEEN e.first_delivery AND e.first_delivery + e.deliveries - 1 AND d.event = e.n";
export const BY_EVENT_NUMBERS = `
  SELECT d.id FROM json_each(?) j CROSS JOIN events e ON e.n = j.value CROSS JOIN deliveries d ON ${OF_EVENT}
  WHERE d.id < ? AND d.id >= ?`;
/** How many prepared queries are kept. */
const KEPT = 200;

export function createFinder(db: Database): Finder {
  const prepared = new Map<string, Statement<Found>>();
  const rows = (sql: string, values: readonly SqlValue[]): readonly Found[] => {
    const statement = prepared.get(sql) ?? db.prepare<Found>(sql);
    if (prepared.size < KEPT) prepared.set(sql, statement);
    return statement.all(...values);
  };
  const ids: Finder["ids"] = (sql, values) => rows(sql, values).map(({ id }) => id);
  return {
    ids,
    deliveries: (queries, from) => (below, count) =>
      firstOf(
        queries.flatMap(({ sql, values }) => ids(sql, values(below, from, count))),
        count,
      ),
    events: (queries, from) => (below, count) => {
      const found = queries.map(({ sql, values }) => rows(sql, values(below, from, count)));
      return merged([NOTHING, ...found.map((some) => ofFound(some, below, count))]);
    },
  };
}

export const ofDeliveries = (some: readonly Condition[], index = ""): Query => ({
  sql: `
    SELECT d.id FROM deliveries d ${index} WHERE ${[...some.map(({ sql }) => sql), "d.id < ? AND d.id >= ?"].join(" AND ")}
    ORDER BY d.id DESC LIMIT ?`,
  values: (below, from, count) => [...valuesOf(some), below, from, count],
});

/** Events of one sort, newest first, and whether they are what is asked for otherwise too. */
export const ofEvents = (some: Condition, others: readonly Condition[]): Query => ({
  sql: `
    SELECT e.n AS id, ${others.length === 0 ? "1" : whereOf(others)} AS ok, e.first_delivery AS first, e.deliveries AS made
    FROM events e WHERE ${some.sql}
      AND e.n <= (SELECT event FROM deliveries WHERE id < ? ORDER BY id DESC LIMIT 1)
      AND e.n >= (SELECT event FROM deliveries WHERE id >= ? ORDER BY id LIMIT 1)
    ORDER BY e.n DESC LIMIT ?`,
  values: (below, from, count) => [...valuesOf(others), ...some.values, below, from, count],
});

/** The deliveries of events that were found, newest first, so many of them having been asked for. */
function ofFound(found: readonly Found[], below: number, count: number): Stretch {
  const numbers = found.flatMap(({ ok, first, made }) =>
    ok === 1 ? Array.from({ length: made }, (_, at) => first + made - 1 - at).filter((id) => id < below) : [],
  );
  return { numbers, next: found.length < count ? undefined : found.at(-1)?.first };
}
