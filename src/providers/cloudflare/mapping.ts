/** Cloudflare's bodies ↔ documented fields. */
import type { KindSpec } from "../../model/field.ts";
import type { Observed } from "../../model/plan.ts";
import { isObject } from "../../model/value.ts";
import type { Fields, Value } from "../../model/value.ts";
import { readFields } from "../incoming.ts";
import type { JsonObject } from "../read-json.ts";
import { asText } from "../read-json.ts";

/** Ids come with and without hyphens, from one answer to the next. */
export const bareId = (id: string): string => id.replaceAll("-", "").toLowerCase();

/** As Cloudflare wrote it: what paths are made of. */
export const rawId = (body: JsonObject): string => asText(body["id"]) ?? "";

/** Receivers whose credential Cloudflare takes out of the URL. */
const CLIPPING = new Set(["slack", "discord", "gchat", "feishu"]);

export function observeWebhook(kind: KindSpec, body: JsonObject): Observed {
  const type = asText(body["type"]);
  return {
    ...identify(kind, body),
    fields: readFields(kind, body),
    ...(type !== undefined && CLIPPING.has(type) ? { clipped: ["url"] } : {}),
  };
}

export function observePolicy(kind: KindSpec, body: JsonObject): Observed {
  const version = asText(body["modified"]);
  const fields = readFields(kind, body);
  const mechanisms = fields["mechanisms"];
  const filters = fields["filters"];
  return {
    ...identify(kind, body),
    fields: {
      ...fields,
      mechanisms: isObject(mechanisms) ? oneSpelling(mechanisms) : {},
      filters: isObject(filters) ? withoutEmpties(filters) : {},
    },
    ...(version === undefined ? {} : { version }),
  };
}

function identify(kind: KindSpec, body: JsonObject): Pick<Observed, "remoteId" | "kind" | "aliases"> {
  const id = rawId(body);
  return { remoteId: bareId(id), kind: kind.kind, aliases: [id, dashed(bareId(id))] };
}

const dashed = (bare: string): string =>
  bare.length === 32 ? bare.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5") : bare;

/** Empty lists come and go; ids of webhooks in their one spelling. */
function oneSpelling(mechanisms: Fields): Fields {
  const { webhooks, ...rest } = mechanisms;
  return withoutEmpties({
    ...rest,
    ...(Array.isArray(webhooks) ? { webhooks: webhooks.map(bareReference) } : {}),
  });
}

function bareReference(item: Value): Value {
  if (!isObject(item)) return item;
  const { id } = item;
  return typeof id === "string" ? { ...item, id: bareId(id) } : item;
}

const withoutEmpties = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => !(Array.isArray(value) && value.length === 0)),
  );

/**
 * The whole policy: what is left out of a PUT may stay as it was, so an absent text or filter is sent empty. `before` is what the policy had. Destinations are named
 * without hyphens.
 */
export function toPolicy(spec: Fields, before: Fields = {}): Fields {
  const mechanisms = isObject(spec["mechanisms"]) ? spec["mechanisms"] : {};
  // An interval cannot be an empty text; `null` is how official clients take a field away.
  const interval = before["alert_interval"] === undefined ? {} : { alert_interval: null };
  return {
    description: "",
    enabled: true,
    filters: {},
    ...interval,
    ...spec,
    mechanisms: oneSpelling(mechanisms),
  };
}
