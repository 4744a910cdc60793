/**
 * Deliveries that match, as people ask for them. What may match is looked for in every way there is, by turns and each time for
 * longer, until one of them has enough or comes to its end: so the slow ways cost little more than the quick one.
 */
import { createCandidates } from "./candidates.ts";
import { combine, createConditions, statusConditions, valuesOf, whereOf } from "./conditions.ts";
import type { Condition, Conditions } from "./conditions.ts";
import type { Database, Statement } from "./driver.ts";
import type { Candidates } from "./finder.ts";
import type { DeliveryRecord, Searches, Selection } from "./protocol.ts";
import type { TextFile } from "./text-file.ts";

export const DELIVERY_COLUMNS = `
  d.id, e.id AS event_id, e.type AS event_type, i.uid, i.name, v.uid AS via_uid, v.name AS via_name, i.kind,
  d.status, d.reason, d.attempts, d.attempts_before, d.last_status_code, d.due_at, d.trigger`;
/** CROSS JOIN: in this order, whatever the planner thinks. */
export const DELIVERY_TABLES = `
  deliveries d CROSS JOIN events e ON e.n = d.event CROSS JOIN integrations i ON i.n = d.integration
  LEFT JOIN integrations v ON v.n = d.via`;

/** How many candidates a way brings at first, and at most, in one turn. */
const FIRST_TURN = 256;
const LONGEST_TURN = 8192;

/** A way with how far it has come. */
interface Runner {
  readonly next: Candidates;
  readonly found: DeliveryRecord[];
  below: number;
  turn: number;
  lost: boolean;
}

export function createPage(db: Database, textFile: () => TextFile | undefined): Searches["page"] {
  const conditions = createConditions(db);
  const candidates = createCandidates(db, conditions, textFile);
  const prepared = new Map<string, Statement<DeliveryRecord>>();
  const matching = (
    some: readonly Condition[],
    ids: readonly number[],
    limit: number,
  ): readonly DeliveryRecord[] => {
    const sql = `
      SELECT ${DELIVERY_COLUMNS} FROM json_each(?) j CROSS JOIN ${DELIVERY_TABLES}
      WHERE d.id = j.value AND ${whereOf(some)} LIMIT ?`;
    const statement = prepared.get(sql) ?? db.prepare<DeliveryRecord>(sql);
    prepared.set(sql, statement);
    return statement.all(JSON.stringify(ids), ...valuesOf(some), limit);
  };

  return (query) => {
    const some = conditionsOf(query, conditions);
    if (some === undefined) return [];
    const below = query.before ?? Number.MAX_SAFE_INTEGER;
    const runners = candidates(query).map((next): Runner => ({
      next,
      found: [],
      below,
      turn: FIRST_TURN,
      lost: false,
    }));
    for (;;) {
      for (const runner of runners) {
        const stretch = runner.lost ? undefined : runner.next(runner.below, runner.turn);
        runner.lost = stretch === undefined;
        if (stretch === undefined) continue;
        runner.found.push(...matching(some, stretch.numbers, query.limit - runner.found.length));
        if (runner.found.length >= query.limit || stretch.next === undefined) return runner.found;
        runner.below = stretch.next;
        runner.turn = Math.min(2 * runner.turn, LONGEST_TURN);
      }
    }
  };
}

/** All of a selection as one list; undefined when nothing can match. */
function conditionsOf(selection: Selection, conditions: Conditions): readonly Condition[] | undefined {
  const { integration, status } = selection;
  const parties = integration === null ? [] : [conditions.parties(integration)];
  if (parties.some((list) => list.length === 0)) return undefined;
  const either = (list: readonly Condition[]): Condition => ({
    sql: `(${list.map((one) => one.sql).join(" OR ")})`,
    values: valuesOf(list),
  });
  return [
    ...parties.map(either),
    ...(status.length === 0 ? [] : [either(statusConditions(status))]),
    ...conditions.rest(selection),
  ];
}

export function createCount(db: Database): Searches["count"] {
  const conditions = createConditions(db);
  return (selection) => {
    const some = conditionsOf(selection, conditions);
    if (some === undefined) return 0;
    const sql = `SELECT count(*) AS n FROM deliveries d CROSS JOIN events e ON e.n = d.event WHERE ${whereOf(some)}`;
    return db.prepare<{ n: number }>(sql).get(...valuesOf(some))?.n ?? 0;
  };
}

/** The oldest deliveries that match, in several small queries that have an index each where there is one. */
export function createOldest<Row extends { readonly id: number }>(
  db: Database,
  columns: string,
): (selection: Selection, limit: number) => readonly Row[] {
  const conditions = createConditions(db);
  const select = (some: readonly Condition[], limit: number): readonly Row[] =>
    db
      .prepare<Row>(
        `SELECT ${columns} FROM deliveries d CROSS JOIN events e ON e.n = d.event WHERE ${whereOf(some)} ORDER BY d.id LIMIT ?`,
      )
      .all(...valuesOf(some), limit);
  return (selection, limit) => {
    const { integration, status } = selection;
    const lists = integration === null ? [[]] : conditions.parties(integration).map((one) => [one]);
    const rest = conditions.rest(selection);
    const found = combine(lists, statusConditions(status)).flatMap((some) =>
      select([...some, ...rest], limit),
    );
    const all = new Map(found.map((row) => [row.id, row]));
    return [...all.values()].toSorted((a, b) => a.id - b.id).slice(0, limit);
  };
}
