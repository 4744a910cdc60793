/**
 * Ways to come upon the deliveries that a selection may mean, newest first: one for each part of it that has an index, and the
 * log itself. Each finds all that match, and others too; which of them is quick depends on what the log holds.
 */
import {
  eventCondition,
  globOf,
  inJson,
  projectCondition,
  statusConditions,
  valuesOf,
  whereOf,
} from "./conditions.ts";
import type { Condition, Conditions } from "./conditions.ts";
import { type Database, failureOf, type SqlValue, type Statement } from "./driver.ts";
import type { Selection } from "./protocol.ts";
import { type Stretch, type TextFile, TooCommon } from "./text-file.ts";

/** Some candidates below an id. Undefined when this way leads nowhere soon. */
export type Candidates = (below: number, count: number) => Stretch | undefined;

/** The deliveries of an event follow one another. */
export const OF_EVENT =
  "d.id BETWEEN e.first_delivery AND e.first_delivery + e.deliveries - 1 AND d.event = e.n";
/** A pattern that so many types match, or so many ids, is no way to find anything. */
const MOST_TYPES = 100;
const MOST_IDS = 10_000;
const TYPES = `
  WITH RECURSIVE types (type) AS (
    SELECT min(type) FROM events
    UNION ALL
    SELECT (SELECT min(type) FROM events WHERE type > types.type) FROM types WHERE types.type IS NOT NULL
  )
  SELECT type FROM types WHERE type GLOB ? LIMIT ?`;
const EVENTS_BY_GLOB = "SELECT n AS id FROM events INDEXED BY events_id WHERE id GLOB ? LIMIT ?";
const BY_EVENT_NUMBERS = `
  SELECT d.id FROM json_each(?) j CROSS JOIN events e ON e.n = j.value CROSS JOIN deliveries d ON ${OF_EVENT}
  WHERE d.id < ? AND d.id >= ?`;
/** The id above all deliveries of the events below a number: those from there on are of it and of what came later. */
const ABOVE = `
  SELECT first_delivery + deliveries AS id FROM events WHERE n < ? AND deliveries > 0 ORDER BY n DESC LIMIT 1`;
const FIRST_AFTER = "SELECT first_delivery AS id FROM events WHERE n > ? ORDER BY n LIMIT 1";

/** Finds deliveries of one sort, newest first. */
interface Query {
  readonly sql: string;
  readonly values: (below: number, from: number, count: number) => readonly SqlValue[];
}

const ofDeliveries = (some: readonly Condition[], index = ""): Query => ({
  sql: `
    SELECT d.id FROM deliveries d ${index} WHERE ${[...some.map(({ sql }) => sql), "d.id < ? AND d.id >= ?"].join(" AND ")}
    ORDER BY d.id DESC LIMIT ?`,
  values: (below, from, count) => [...valuesOf(some), below, from, count],
});

/** Events of one sort, newest first, and whether they are what is asked for otherwise too. */
const ofEvents = (some: Condition, others: readonly Condition[]): Query => ({
  sql: `
    SELECT e.n AS id, ${others.length === 0 ? "1" : whereOf(others)} AS ok, e.first_delivery AS first, e.deliveries AS made
    FROM events e WHERE ${whereOf([some])}
      AND e.n <= (SELECT event FROM deliveries WHERE id < ? ORDER BY id DESC LIMIT 1)
      AND e.n >= (SELECT event FROM deliveries WHERE id >= ? ORDER BY id LIMIT 1)
    ORDER BY e.n DESC LIMIT ?`,
  values: (below, from, count) => [...valuesOf(others), ...some.values, below, from, count],
});

interface EventFound {
  readonly id: number;
  readonly ok: number | null;
  readonly first: number;
  readonly made: number;
}

export function createCandidates(
  db: Database,
  conditions: Conditions,
  textFile: () => TextFile | undefined,
): (selection: Selection) => readonly Candidates[] {
  const prepared = new Map<string, Statement<EventFound>>();
  const rows = (sql: string, values: readonly SqlValue[]): readonly EventFound[] => {
    const statement = prepared.get(sql) ?? db.prepare<EventFound>(sql);
    if (prepared.size < 200) prepared.set(sql, statement);
    return statement.all(...values);
  };
  const all = (sql: string, values: readonly SqlValue[]): readonly number[] =>
    rows(sql, values).map(({ id }) => id);
  const among =
    (queries: readonly Query[], from: number): Candidates =>
    (below, count) =>
      stretch(
        queries.flatMap(({ sql, values }) => all(sql, values(below, from, count))),
        count,
      );
  const eventsAmong =
    (queries: readonly Query[], from: number): Candidates =>
    (below, count) =>
      merged([
        NOTHING,
        ...queries.map(({ sql, values }) => ofFound(rows(sql, values(below, from, count)), below, count)),
      ]);
  const types = db.prepare<{ type: string }>(TYPES);
  const pending = db.prepare<{ n: number }>(
    "SELECT sum(deliveries) AS n FROM counts WHERE status = 'pending'",
  );
  const byType = (pattern: string): readonly string[] =>
    pattern.includes("*") ? types.all(globOf(pattern), MOST_TYPES + 1).map(({ type }) => type) : [pattern];

  const byEvent = (pattern: string, others: readonly Condition[], from: number): Candidates => {
    let ways: readonly Candidates[] | undefined;
    return (below, count) => {
      if (ways === undefined) {
        const named = byType(pattern);
        const numbers = pattern.includes("*")
          ? all(EVENTS_BY_GLOB, [globOf(pattern), MOST_IDS + 1])
          : all("SELECT n AS id FROM events WHERE id = ?", [pattern]);
        if (named.length > MOST_TYPES || numbers.length > MOST_IDS) return undefined;
        const ids = all(BY_EVENT_NUMBERS, [JSON.stringify(numbers), below, from]);
        const queries = named.map((type) => ofEvents({ sql: "e.type = ?", values: [type] }, others));
        ways = [eventsAmong(queries, from), within(ids)];
      }
      return merged(ways.flatMap((way) => way(below, count) ?? []));
    };
  };
  const byProject = (project: string, others: readonly Condition[], from: number): Candidates =>
    eventsAmong(
      ["e.project_id = ?", "e.project_name = ?"].map((sql) => ofEvents({ sql, values: [project] }, others)),
      from,
    );
  /** What was delivered is most of the log, and has no index; what is pending has one in another order. */
  const byStatus = (
    parties: readonly Condition[] | undefined,
    statuses: readonly string[],
    from: number,
  ): Candidates => {
    const queries = statuses.flatMap((status): readonly Query[] => {
      const is = statusConditions([status]);
      if (parties === undefined) return [ofDeliveries(is, `INDEXED BY deliveries_${status}`)];
      return parties.map((party) => ofDeliveries([party, ...is]));
    });
    const few = !statuses.includes("pending") || (pending.get()?.n ?? 0) < MOST_IDS;
    return few ? among(queries, from) : () => undefined;
  };

  const byText = (text: string, from: number): Candidates => {
    let tail: { readonly first: number; readonly answered: readonly number[] } | undefined;
    return (below, count) => {
      const file = textFile();
      if (file === undefined) return undefined;
      const mark = file.watermark();
      tail ??= {
        first: all(FIRST_AFTER, [mark.event])[0] ?? Number.MAX_SAFE_INTEGER,
        answered: all("SELECT delivery AS id FROM attempts WHERE n > ? ORDER BY n", [mark.attempt]),
      };
      const highest =
        all("SELECT event AS id FROM deliveries WHERE id < ? ORDER BY id DESC LIMIT 1", [below])[0] ?? 0;
      try {
        const events = file.events(inJson(text), highest + 1, count);
        const made = all(BY_EVENT_NUMBERS, [JSON.stringify(events.numbers), below, from]);
        const reached = events.next === undefined ? undefined : all(ABOVE, [events.next])[0];
        const newest = ofDeliveries([{ sql: "d.id >= ?", values: [tail.first] }]);
        return merged([
          { numbers: made, next: reached },
          file.deliveries(text, below, count),
          stretch(all(newest.sql, newest.values(below, from, count)), count),
          { numbers: tail.answered.filter((id) => id < below), next: undefined },
        ]);
      } catch (error) {
        // An index that cannot be read is none.
        if (error instanceof TooCommon || failureOf(error) !== "none") return undefined;
        throw error;
      }
    };
  };

  return (selection) => {
    const { integration, status, event, project, text, ids } = selection;
    const from = selection.from ?? 0;
    const parties = integration === null ? undefined : conditions.parties(integration);
    const ofEvent = event === null ? [] : [eventCondition(event)];
    const ofProject = projectCondition(project);
    return [
      among([ofDeliveries([])], from),
      ...(ids === null ? [] : [within(ids)]),
      ...(parties === undefined
        ? []
        : [
            among(
              parties.map((one) => ofDeliveries([one])),
              from,
            ),
          ]),
      ...(status.length === 0 || status.includes("delivered") ? [] : [byStatus(parties, status, from)]),
      ...(event === null ? [] : [byEvent(event, ofProject, from)]),
      ...(project === null ? [] : [byProject(project, ofEvent, from)]),
      ...(text === null ? [] : [byText(text, from)]),
    ];
  };
}

const within =
  (ids: readonly number[]): Candidates =>
  (below, count) =>
    stretch(
      ids.filter((id) => id < below),
      count,
    );

const NOTHING: Stretch = { numbers: [], next: undefined };

/** The deliveries of events that were found, newest first, so many of them having been asked for. */
function ofFound(found: readonly EventFound[], below: number, count: number): Stretch {
  const numbers = found.flatMap(({ ok, first, made }) =>
    ok === 1 ? Array.from({ length: made }, (_, at) => first + made - 1 - at).filter((id) => id < below) : [],
  );
  return { numbers, next: found.length < count ? undefined : found.at(-1)?.first };
}

/** The newest of what several queries found, each of which was asked for so many. */
function stretch(found: readonly number[], count: number): Stretch {
  const numbers = [...new Set(found)].toSorted((a, b) => b - a).slice(0, count);
  return { numbers, next: numbers.length < count ? undefined : numbers.at(-1) };
}

/** What several stretches hold above the place where the first of them ends. */
function merged(stretches: readonly Stretch[]): Stretch {
  const floor = Math.max(...stretches.map(({ next }) => next ?? -Infinity));
  const numbers = stretches.flatMap((one) => one.numbers.filter((number) => number >= floor));
  return {
    numbers: [...new Set(numbers)].toSorted((a, b) => b - a),
    next: floor === -Infinity ? undefined : floor,
  };
}
