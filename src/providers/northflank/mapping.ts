/** Northflank's bodies ↔ documented fields. */
import type { KindSpec } from "../../model/field.ts";
import type { Observed } from "../../model/plan.ts";
import { isObject } from "../../model/value.ts";
import type { Fields, Value } from "../../model/value.ts";
import type { Known } from "../adapter-contract.ts";
import { readFields } from "../incoming.ts";
import type { JsonObject } from "../read-json.ts";
import { asText } from "../read-json.ts";

const FOREIGN =
  "Northflank made it when somebody connected Slack in its dashboard; its API can neither make nor change one";

export const isForeign = (body: JsonObject): boolean => body["type"] === "SLACK";

export const idOf = (body: JsonObject): string => asText(body["id"]) ?? "";

/** Of a whole object, or of a SLACK one from a list. */
export function observe(kind: KindSpec, body: JsonObject): Observed {
  const version = asText(body["updatedAt"]);
  return {
    remoteId: idOf(body),
    kind: kind.kind,
    fields: readFields(kind, body),
    ...(version === undefined ? {} : { version }),
    ...(isForeign(body) ? { foreign: FOREIGN } : {}),
  };
}

/**
 * A listed item that has not been written since our last write: what the list leaves out is as it was applied. Undefined where it has
 * been written, or that cannot be told.
 */
export function observeUnmoved(
  kind: KindSpec,
  item: JsonObject,
  known: Known | undefined,
): Observed | undefined {
  if (known?.version === undefined || known.version !== asText(item["updatedAt"])) return undefined;
  const remembered: Fields = {};
  const events: Fields = {};
  for (const [path, value] of Object.entries(known.applied)) {
    if (path === "restricted" || path === "projects") remembered[path] = value;
    else if (path.startsWith("events.")) events[path.slice("events.".length)] = value;
  }
  const seen = observe(kind, item);
  return { ...seen, fields: { ...seen.fields, ...remembered, events } };
}

/** Every event by name with true or false: whether an update adds to the map or takes its place is not documented. */
function allEvents(kind: KindSpec, wanted: Value | undefined, present: readonly string[]): Fields {
  const events: Fields = {};
  for (const name of [...(kind.fields["events"]?.keys ?? []), ...present]) events[name] = false;
  return { ...events, ...(isObject(wanted) ? wanted : {}) };
}

/** What is sent; `present` are the events that the object already has. `type` cannot be updated. */
export function toBody(kind: KindSpec, spec: Fields, present: readonly string[], update: boolean): Fields {
  const { type, ...rest } = spec;
  return {
    ...(update || type === undefined ? {} : { type }),
    restricted: false,
    projects: [],
    ...rest,
    events: allEvents(kind, spec["events"], present),
  };
}

/** Restrictions that we set are switched off by name, in case an update leaves alone what it does not mention. */
export function restrictionsOff(known: Known | undefined): Fields {
  const set = Object.keys(known?.applied ?? {}).some((path) => path.startsWith("restrictions."));
  return set ? { restrictions: { tags: { enabled: false, items: [], matchCondition: "and" } } } : {};
}

export const eventNames = (fields: Fields): readonly string[] =>
  Object.keys(isObject(fields["events"]) ? fields["events"] : {});

export const nameOf = (body: JsonObject): string | undefined => asText(body["name"]);

/**
 * The object as it was read after a write; without its version where it is not what was sent, so that later lists have it read
 * again instead of taking it for what was applied.
 */
export function confirmed(object: Observed, sent: Fields): Observed {
  const asSent =
    (object.fields["restricted"] === true) === (sent["restricted"] === true) &&
    sortedTexts(object.fields["projects"]) === sortedTexts(sent["projects"]) &&
    switchedOn(object.fields["events"]) === switchedOn(sent["events"]);
  if (asSent) return object;
  const { version: _, ...rest } = object;
  return rest;
}

const sortedTexts = (value: Value | undefined): string =>
  JSON.stringify(Array.isArray(value) ? value.filter((item) => typeof item === "string").toSorted() : []);

const switchedOn = (value: Value | undefined): string =>
  sortedTexts(isObject(value) ? Object.keys(value).filter((name) => value[name] === true) : []);
