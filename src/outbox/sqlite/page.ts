/**
 * One page of deliveries, newest first. A filter by integration, status or event id is answered from an index each, in several
 * small queries whose results are merged; the others look at deliveries from the newest on until the page is full.
 */
import {
  combine,
  createConditions,
  statusConditions,
  valuesOf,
  whereOf,
  type Condition,
  type Conditions,
} from "./conditions.ts";
import type { Database, Statement } from "./driver.ts";
import type { DeliveryRecord, Searches, Selection } from "./protocol.ts";

export const DELIVERY_COLUMNS = `
  d.id, e.id AS event_id, e.type AS event_type, i.uid, i.name, v.uid AS via_uid, v.name AS via_name, i.kind,
  d.status, d.reason, d.attempts, d.attempts_before, d.last_status_code, d.due_at, d.trigger`;
/** CROSS JOIN: in this order, whatever the planner thinks. */
export const DELIVERY_TABLES = `
  deliveries d CROSS JOIN events e ON e.n = d.event CROSS JOIN integrations i ON i.n = d.integration
  LEFT JOIN integrations v ON v.n = d.via`;

/** Rows of deliveries that match, in the order of their ids. */
export type FindDeliveries<Row> = (selection: Selection, limit: number) => Row[];

/** `columns` has `d.id AS id` among them, under whatever name `id` has in a row. */
export function createFind<Row extends { readonly id: number }>(
  db: Database,
  columns: string,
  order: "ASC" | "DESC",
): FindDeliveries<Row> {
  const prepared = new Map<string, Statement<Row>>();
  const conditions = createConditions(db);
  const select = (some: readonly Condition[], limit: number): Row[] => {
    const sql = `SELECT ${columns} FROM ${DELIVERY_TABLES} WHERE ${whereOf(some)} ORDER BY d.id ${order} LIMIT ?`;
    const statement = prepared.get(sql) ?? db.prepare<Row>(sql);
    prepared.set(sql, statement);
    return statement.all(...valuesOf(some), limit);
  };
  return (selection, limit) => {
    const lists = listsOf(selection, conditions);
    const rest = conditions.rest(selection);
    const found = lists.flatMap((some) => select([...some, ...rest], limit));
    const all = new Map(found.map((row) => [row.id, row]));
    const sign = order === "ASC" ? 1 : -1;
    return [...all.values()].toSorted((a, b) => sign * (a.id - b.id)).slice(0, limit);
  };
}

/** What each of the small queries asks for. */
function listsOf(
  { integration, status }: Selection,
  { parties }: Pick<Conditions, "parties">,
): readonly Condition[][] {
  const lists = integration === null ? [[]] : parties(integration).map((one) => [one]);
  return combine(lists, statusConditions(status));
}

export function createPage(db: Database): Searches["page"] {
  const find = createFind<DeliveryRecord>(db, DELIVERY_COLUMNS, "DESC");
  return (query) => find(query, query.limit);
}

/** In one query, since what two small ones find may be the same delivery. */
export function createCount(db: Database): Searches["count"] {
  const conditions = createConditions(db);
  return (selection) => {
    const lists = listsOf(selection, conditions);
    if (lists.length === 0) return 0;
    const any = `(${lists.map((some) => (some.length === 0 ? "true" : whereOf(some))).join(" OR ")})`;
    const rest = conditions.rest(selection);
    const sql = `
      SELECT count(*) AS n FROM deliveries d CROSS JOIN events e ON e.n = d.event WHERE ${any} AND ${whereOf(rest)}`;
    return db.prepare<{ n: number }>(sql).get(...lists.flatMap(valuesOf), ...valuesOf(rest))?.n ?? 0;
  };
}
