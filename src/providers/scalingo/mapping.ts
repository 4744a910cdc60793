/** Scalingo's bodies ↔ documented fields. YAML has names where the API has ids. */
import { AppError } from "../../model/errors.ts";
import type { KindSpec } from "../../model/field.ts";
import type { Observed } from "../../model/plan.ts";
import { isObject } from "../../model/value.ts";
import type { Fields, Value } from "../../model/value.ts";
import { readFields } from "../incoming.ts";
import type { JsonObject } from "../read-json.ts";
import { asArray, asObject, asText, asTexts } from "../read-json.ts";
import type { Catalogue } from "./client.ts";

export const idOf = (body: JsonObject): string => asText(body["id"]) ?? "";

/** A body whose `platform` and `selected_events` are names. An id that the catalogue does not have stays an id, so that it shows. */
export function observeNotifier(kind: KindSpec, body: JsonObject, catalogue: Catalogue): Observed {
  const { selected_events: formerly, ...rest } = body;
  const ids = Array.isArray(body["selected_event_ids"]) ? asTexts(body["selected_event_ids"]) : undefined;
  const events = ids === undefined ? namesOf(formerly) : ids.map((id) => nameOf(catalogue.events, id) ?? id);
  const platformId = asText(body["platform_id"]);
  const platform =
    (platformId === undefined ? undefined : nameOf(catalogue.platforms, platformId)) ?? asText(body["type"]);
  const fields = readFields(kind, {
    ...rest,
    ...(platform === undefined ? {} : { platform }),
    // A selection means nothing beside everything.
    selected_events: body["send_all_events"] === true ? [] : [...events],
  });
  return { remoteId: idOf(body), kind: kind.kind, fields, ...versionOf(body) };
}

/** The deprecated form: names, or objects that bear one. */
const namesOf = (value: JsonObject[string] | undefined): readonly string[] =>
  asArray(value).flatMap((item) => asText(item) ?? asText(asObject(item)["name"]) ?? []);

function nameOf(ids: ReadonlyMap<string, string>, id: string): string | undefined {
  for (const [name, candidate] of ids) if (candidate === id) return name;
  return undefined;
}

const versionOf = (body: JsonObject): { version?: string } => {
  const version = asText(body["updated_at"]);
  return version === undefined ? {} : { version };
};

export function observeNotification(kind: KindSpec, body: JsonObject): Observed {
  return { remoteId: idOf(body), kind: kind.kind, fields: readFields(kind, body), ...versionOf(body) };
}

/** The body of a creation; of an update without the platform, which cannot be changed. */
export function toNotifier(spec: Fields, catalogue: Catalogue, update: boolean): Fields {
  const { platform, selected_events: selected, type_data: data, ...rest } = spec;
  const email = platform === "email" ? { emails: [], user_ids: [] } : {};
  return {
    ...(update ? {} : { platform_id: lookUp(catalogue.platforms, platform, "notification platform") }),
    active: true,
    send_all_events: false,
    send_all_alerts: false,
    ...rest,
    selected_event_ids: (Array.isArray(selected) ? selected : []).map((name) =>
      lookUp(catalogue.events, name, "event type"),
    ),
    type_data: { ...email, ...(isObject(data) ? data : {}) },
  };
}

function lookUp(ids: ReadonlyMap<string, string>, name: Value | undefined, what: string): string {
  const id = typeof name === "string" ? ids.get(name) : undefined;
  if (id !== undefined && id !== "") return id;
  const offered = [...ids.keys()].toSorted().join(", ");
  throw new AppError(
    "api-rejected",
    `Scalingo has no ${what} ${JSON.stringify(name ?? null)} in this region`,
    {
      hint: `it offers ${offered}`,
    },
  );
}

const FOREIGN = "it is the default notifier that Scalingo made with the app and updates by itself";

/**
 * Marks the app's default notifier, which bears no mark of its own: the oldest of those that send mail to the app's people alone.
 * One that the inventory has is never it.
 */
export function markDefault(objects: readonly Observed[], isOurs: (remoteId: string) => boolean): Observed[] {
  const candidates = objects.filter(
    ({ remoteId, fields }) => fields["platform"] === "email" && !isOurs(remoteId) && !hasAddresses(fields),
  );
  const [oldest] = candidates.toSorted((left, right) => (createdAt(left) < createdAt(right) ? -1 : 1));
  return objects.map((object) => (object === oldest ? { ...object, foreign: FOREIGN } : object));
}

function hasAddresses(fields: Fields): boolean {
  const data = fields["type_data"];
  const emails = isObject(data) ? data["emails"] : undefined;
  return Array.isArray(emails) && emails.length > 0;
}

function createdAt({ fields }: Observed): number {
  const time = fields["created_at"];
  return typeof time === "string" ? Date.parse(time) || 0 : 0;
}
