/** Qovery's bodies ↔ documented fields. */
import { canonicalJson } from "../../lib/canonical-json.ts";
import type { KindSpec } from "../../model/field.ts";
import type { Observed } from "../../model/plan.ts";
import { reveal, Secret } from "../../model/secret.ts";
import type { Fields, Json, Value } from "../../model/value.ts";
import { isObject } from "../../model/value.ts";
import { readFields } from "../incoming.ts";
import type { JsonObject } from "../read-json.ts";
import { asText } from "../read-json.ts";

const idOf = (body: JsonObject): string => asText(body["id"]) ?? "";

/** `target_secret: null` where Qovery says that it has none: all that is ever known of it. */
export function observe(kind: KindSpec, body: JsonObject): Observed {
  const version = asText(body["updated_at"]);
  const fields = readFields(kind, body);
  return {
    remoteId: idOf(body),
    kind: kind.kind,
    fields: body["target_secret_set"] === false ? { ...fields, target_secret: null } : fields,
    ...(version === undefined ? {} : { version }),
  };
}

/** The whole object, nothing left to a default that is not documented. */
export const toBody = (spec: Fields): Fields => ({
  description: "",
  enabled: true,
  events: [],
  project_names_filter: [],
  environment_types_filter: [],
  ...spec,
});

/**
 * What tells webhooks apart when they have no name: a creation whose answer was lost is the one new object that is all of this. No
 * mark is left in `description`, which people read.
 */
export function identityOf(fields: Fields): string {
  const text = (name: string): Json => printable(fields[name]);
  const list = (name: string): Json => {
    const value = fields[name];
    const items = Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
    return items.map((item) => item.toLowerCase()).toSorted();
  };
  return canonicalJson([
    text("kind"),
    text("target_url"),
    text("description"),
    fields["enabled"] !== false,
    list("events"),
    list("project_names_filter"),
    list("environment_types_filter"),
  ]);
}

function printable(value: Value | undefined): Json {
  if (value instanceof Secret) return reveal(value);
  return value === undefined || value === null || isObject(value) || Array.isArray(value)
    ? ""
    : String(value);
}
