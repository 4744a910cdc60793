/**
 * Ways to come upon the deliveries that a selection may mean, newest first: one for each part of it that has an index, and the
 * log itself. Each finds all that match, and others too; which of them is quick depends on what the log holds.
 */
import { byText } from "./by-text.ts";
import { eventCondition, globOf, projectCondition, statusConditions } from "./conditions.ts";
import type { Condition, Conditions } from "./conditions.ts";
import type { Database } from "./driver.ts";
import {
  BY_EVENT_NUMBERS,
  type Candidates,
  createFinder,
  ofDeliveries,
  ofEvents,
  type Query,
} from "./finder.ts";
import type { Selection } from "./protocol.ts";
import { firstOf, merged } from "./stretch.ts";
import type { TextFile } from "./text-file.ts";

/** A pattern that so many types match, or so many ids, is no way to find anything; nor is a status that so many have. */
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
const EVENTS_BY_ID = "SELECT n AS id FROM events WHERE id = ?";

const EVENT_BY_IDENTITY = "SELECT n AS id FROM events WHERE id = ? AND origin = ?";

export function createCandidates(
  db: Database,
  conditions: Conditions,
  textFile: () => TextFile | undefined,
): (selection: Selection) => readonly Candidates[] {
  const finder = createFinder(db);
  const types = db.prepare<{ type: string }>(TYPES);
  const pending = db.prepare<{ n: number }>(
    "SELECT sum(deliveries) AS n FROM counts WHERE status = 'pending'",
  );

  const byEvent = (pattern: string, others: readonly Condition[], from: number): Candidates => {
    const glob = pattern.includes("*") ? globOf(pattern) : undefined;
    let ways: readonly Candidates[] | undefined;
    const find = (below: number): readonly Candidates[] | undefined => {
      const named = glob === undefined ? [pattern] : types.all(glob, MOST_TYPES + 1).map(({ type }) => type);
      const numbers =
        glob === undefined
          ? finder.ids(EVENTS_BY_ID, [pattern])
          : finder.ids(EVENTS_BY_GLOB, [glob, MOST_IDS + 1]);
      if (named.length > MOST_TYPES || numbers.length > MOST_IDS) return undefined;
      const queries = named.map((type) => ofEvents({ sql: "e.type = ?", values: [type] }, others));
      const ids = finder.ids(BY_EVENT_NUMBERS, [JSON.stringify(numbers), below, from]);
      return [finder.events(queries, from), within(ids)];
    };
    return (below, count) => {
      ways ??= find(below);
      return ways === undefined ? undefined : merged(ways.flatMap((way) => way(below, count) ?? []));
    };
  };

  const byIdentity = ({ id, origin }: NonNullable<Selection["identity"]>, from: number): Candidates => {
    let found: Candidates | undefined;
    const find = (below: number): Candidates => {
      const numbers = JSON.stringify(finder.ids(EVENT_BY_IDENTITY, [id, origin]));
      return within(finder.ids(BY_EVENT_NUMBERS, [numbers, below, from]));
    };
    return (below, count) => {
      found ??= find(below);
      return found(below, count);
    };
  };

  const byProject = (project: string, others: readonly Condition[], from: number): Candidates => {
    const columns = ["e.project_id = ?", "e.project_name = ?"];
    return finder.events(
      columns.map((sql) => ofEvents({ sql, values: [project] }, others)),
      from,
    );
  };

  /** What was delivered is most of the log, and has no index; what is pending has one in another order. */
  const byStatus = (
    { status }: Selection,
    parties: readonly Condition[] | undefined,
    from: number,
  ): Candidates => {
    const many = status.includes("pending") && (pending.get()?.n ?? 0) > MOST_IDS;
    if (many || status.includes("delivered")) return () => undefined;
    const queries = status.flatMap((one): readonly Query[] => {
      const is = statusConditions([one]);
      return parties === undefined
        ? [ofDeliveries(is, `INDEXED BY deliveries_${one}`)]
        : parties.map((party) => ofDeliveries([party, ...is]));
    });
    return finder.deliveries(queries, from);
  };

  return (selection) => {
    const { integration, status, event, identity, project, text, ids } = selection;
    const from = selection.from ?? 0;
    const parties = integration === null ? undefined : conditions.parties(integration);
    const ofEvent = event === null ? [] : [eventCondition(event)];
    const ofParties = parties?.map((one) => ofDeliveries([one]));
    return [
      finder.deliveries([ofDeliveries([])], from),
      ...(ids === null ? [] : [within(ids)]),
      ...(ofParties === undefined ? [] : [finder.deliveries(ofParties, from)]),
      ...(status.length === 0 ? [] : [byStatus(selection, parties, from)]),
      ...(event === null ? [] : [byEvent(event, projectCondition(project), from)]),
      ...(identity === null ? [] : [byIdentity(identity, from)]),
      ...(project === null ? [] : [byProject(project, ofEvent, from)]),
      ...(text === null ? [] : [byText(finder, textFile, text, from)]),
    ];
  };
}

const within =
  (ids: readonly number[]): Candidates =>
  (below, count) =>
    firstOf(
      ids.filter((id) => id < below),
      count,
    );
