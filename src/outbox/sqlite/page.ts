/**
 * One page of deliveries, newest first. A filter by integration, status or event id is answered from an index each, in several
 * small queries whose results are merged; the others look at deliveries from the newest on until the page is full.
 */
import type { DeliveryRecord, PageQuery, Searches } from "./protocol.ts";
import type { Database, SqlValue, Statement } from "./driver.ts";

export const DELIVERY_COLUMNS = `
  d.id, e.id AS event_id, e.type AS event_type, i.uid, i.name, v.uid AS via_uid, v.name AS via_name, i.kind,
  d.status, d.reason, d.attempts, d.last_status_code, d.due_at, d.trigger`;
/** CROSS JOIN: in this order, whatever the planner thinks. */
export const DELIVERY_TABLES = `
  deliveries d CROSS JOIN events e ON e.n = d.event CROSS JOIN integrations i ON i.n = d.integration
  LEFT JOIN integrations v ON v.n = d.via`;

/** A condition with its values; several of them narrow down. */
interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

export function createPage(db: Database): Searches["page"] {
  const prepared = new Map<string, Statement<DeliveryRecord>>();
  const named = db.prepare<{ n: number }>(
    "SELECT n FROM integrations WHERE uid = ? UNION SELECT n FROM integrations WHERE name = ?",
  );
  const eventNumber = db.prepare<{ n: number }>("SELECT n FROM events WHERE id = ?");

  const select = (conditions: readonly Condition[], limit: number): DeliveryRecord[] => {
    const where = conditions.map((one) => one.sql).join(" AND ");
    const sql = `SELECT ${DELIVERY_COLUMNS} FROM ${DELIVERY_TABLES} WHERE ${where} ORDER BY d.id DESC LIMIT ?`;
    const statement = prepared.get(sql) ?? db.prepare<DeliveryRecord>(sql);
    prepared.set(sql, statement);
    return statement.all(...conditions.flatMap((one) => one.values), limit);
  };

  return (query) => {
    const numbers = query.integration === null ? [] : named.all(query.integration, query.integration);
    const parties = numbers.flatMap(({ n }): Condition[] => [
      { sql: "d.integration = ?", values: [n] },
      { sql: "d.via <> 0 AND d.via = ?", values: [n] },
    ]);
    // The status stands in the text, so that its partial index can be used.
    const statuses = query.status.map((status): Condition => ({ sql: `d.status = '${status}'`, values: [] }));
    const event = query.event === null ? [] : [eventCondition(query.event, (id) => eventNumber.get(id)?.n)];
    const rest = [...event, ...otherConditions(query)];
    const pages = combine(query.integration === null ? [[]] : parties.map((one) => [one]), statuses).map(
      (some) => select([...some, ...rest], query.limit),
    );
    const all = new Map(pages.flat().map((row) => [row.id, row]));
    return [...all.values()].toSorted((a, b) => b.id - a.id).slice(0, query.limit);
  };
}

const combine = (lists: readonly Condition[][], choices: readonly Condition[]): readonly Condition[][] =>
  choices.length === 0 ? lists : lists.flatMap((list) => choices.map((choice) => [...list, choice]));

function eventCondition(pattern: string, numberOf: (id: string) => number | undefined): Condition {
  if (pattern.includes("*")) {
    const glob = pattern.replaceAll(/[[?]/g, "[$&]");
    return { sql: "(e.type GLOB ? OR e.id GLOB ?)", values: [glob, glob] };
  }
  const number = numberOf(pattern);
  return number === undefined
    ? { sql: "e.type = ?", values: [pattern] }
    : { sql: "d.event = ?", values: [number] };
}

function otherConditions({ from, before, project, text }: PageQuery): readonly Condition[] {
  const conditions: Condition[] = [{ sql: "d.id < ?", values: [before ?? Number.MAX_SAFE_INTEGER] }];
  if (from !== null) conditions.push({ sql: "d.id >= ?", values: [from] });
  if (project !== null)
    conditions.push({ sql: "(e.project_id = ? OR e.project_name = ?)", values: [project, project] });
  if (text !== null) {
    const found = `EXISTS (SELECT 1 FROM attempts a WHERE a.delivery = d.id AND a.response_body LIKE ? ESCAPE '\\')`;
    const asJson = JSON.stringify(text).slice(1, -1);
    conditions.push({
      sql: `(e.data LIKE ? ESCAPE '\\' OR ${found})`,
      values: [anywhere(asJson), anywhere(text)],
    });
  }
  return conditions;
}

const anywhere = (text: string): string => `%${text.replaceAll(/[%_\\]/g, "\\$&")}%`;
