/** What narrows deliveries down, as SQL over `deliveries d` and `events e`. */
import type { Database, SqlValue } from "./driver.ts";
import type { EventQuery, Selection } from "./protocol.ts";

/** A condition with its values; several of them narrow down. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

export interface Conditions {
  /** One for each way in which a delivery can be the integration's: each has an index. Empty when nothing can match. */
  readonly parties: (integration: string) => readonly Condition[];
  /** All that a selection asks for, apart from the integration and the status. */
  rest(selection: Selection): readonly Condition[];
  /** What is asked of events alone. */
  ofEvents(query: EventQuery): readonly Condition[];
}

export function createConditions(db: Database): Conditions {
  const named = db.prepare<{ n: number }>(
    "SELECT n FROM integrations WHERE uid = ? UNION SELECT n FROM integrations WHERE name = ?",
  );
  return {
    parties: (integration) =>
      named.all(integration, integration).flatMap(({ n }): Condition[] => [
        { sql: "d.integration = ?", values: [n] },
        { sql: "d.via <> 0 AND d.via = ?", values: [n] },
      ]),
    rest: (selection) => [
      ...idConditions(selection),
      ...notOfCondition(selection.notOf),
      ...(selection.event === null ? [] : [eventCondition(selection.event)]),
      ...identityCondition(selection.identity),
      ...projectCondition(selection.project),
      ...deliveryText(selection.text),
    ],
    ofEvents: (query) => [
      { sql: "e.n < ?", values: [query.before ?? Number.MAX_SAFE_INTEGER] },
      ...(query.since === null ? [] : [{ sql: "e.received_at >= ?", values: [query.since] }]),
      ...(query.until === null ? [] : [{ sql: "e.received_at < ?", values: [query.until] }]),
      ...(query.event === null ? [] : [eventCondition(query.event)]),
      ...projectCondition(query.project),
      ...(query.text === null
        ? []
        : [{ sql: "e.data LIKE ? ESCAPE '\\'", values: [anywhere(inJson(query.text))] }]),
    ],
  };
}

/** The status stands in the text, so that its partial index can be used. */
export const statusConditions = (statuses: readonly string[]): readonly Condition[] =>
  statuses.map((status): Condition => ({ sql: `d.status = '${status}'`, values: [] }));

/** Every one of `lists` together with every one of `choices`. */
export const combine = (
  lists: readonly Condition[][],
  choices: readonly Condition[],
): readonly Condition[][] =>
  choices.length === 0 ? lists : lists.flatMap((list) => choices.map((choice) => [...list, choice]));

export const whereOf = (conditions: readonly Condition[]): string =>
  conditions.map((one) => one.sql).join(" AND ");

export const valuesOf = (conditions: readonly Condition[]): readonly SqlValue[] =>
  conditions.flatMap((one) => one.values);

function idConditions({ from, before, ids }: Selection): readonly Condition[] {
  return [
    { sql: "d.id < ?", values: [before ?? Number.MAX_SAFE_INTEGER] },
    ...(from === null ? [] : [{ sql: "d.id >= ?", values: [from] }]),
    ...(ids === null
      ? []
      : [{ sql: "d.id IN (SELECT value FROM json_each(?))", values: [JSON.stringify(ids)] }]),
  ];
}

function notOfCondition(uids: readonly string[]): readonly Condition[] {
  if (uids.length === 0) return [];
  const some = "(SELECT n FROM integrations WHERE uid IN (SELECT value FROM json_each(?)))";
  const values = [JSON.stringify(uids), JSON.stringify(uids)];
  return [{ sql: `(d.integration NOT IN ${some} AND d.via NOT IN ${some})`, values }];
}

export function eventCondition(pattern: string): Condition {
  return pattern.includes("*")
    ? { sql: "(e.type GLOB ? OR e.id GLOB ?)", values: [globOf(pattern), globOf(pattern)] }
    : { sql: "(e.type = ? OR e.id = ?)", values: [pattern, pattern] };
}

const identityCondition = (identity: Selection["identity"]): readonly Condition[] =>
  identity === null ? [] : [{ sql: "e.id = ? AND e.origin = ?", values: [identity.id, identity.origin] }];

/** `*` is the only wildcard of ours. */
export const globOf = (pattern: string): string => pattern.replaceAll(/[[?]/g, "[$&]");

export const projectCondition = (project: string | null): readonly Condition[] =>
  project === null ? [] : [{ sql: "(e.project_id = ? OR e.project_name = ?)", values: [project, project] }];

function deliveryText(text: string | null): readonly Condition[] {
  if (text === null) return [];
  const found = `EXISTS (SELECT 1 FROM attempts a WHERE a.delivery = d.id AND a.response_body LIKE ? ESCAPE '\\')`;
  return [
    {
      sql: `(e.data LIKE ? ESCAPE '\\' OR ${found})`,
      values: [anywhere(inJson(text)), anywhere(text)],
    },
  ];
}

/** As it stands within the JSON that is stored. */
export const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

const anywhere = (text: string): string => `%${text.replaceAll(/[%_\\]/g, "\\$&")}%`;
