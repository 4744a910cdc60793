/**
 * Northflank's API for notification integrations.
 * https://northflank.com/docs/v1/api/integrations/create-notification-integration
 */
import type { Fields, Json } from "../../model/value.ts";
import type { ConnectOptions } from "../adapter-contract.ts";
import { openApi } from "../api.ts";
import type { Complaint } from "../api-failure.ts";
import { accountOf, baseUrl, expectCredential } from "../credentials.ts";
import type { JsonObject } from "../read-json.ts";
import { asArray, asObject, asText } from "../read-json.ts";

export interface NorthflankClient {
  /** Every page. Items lack `restricted`, `projects` and `events`. */
  list(): Promise<readonly JsonObject[]>;
  /** The whole object, or undefined when it is gone. */
  get(id: string): Promise<JsonObject | undefined>;
  /** Answers with the new object's id. */
  create(body: Fields, landed: () => Promise<string | undefined>): Promise<string>;
  /** Northflank answers with an empty object. */
  update(id: string, body: Fields): Promise<void>;
  remove(id: string): Promise<void>;
}

const PAGE_SIZE = 100;
const LIMIT = { requests: 1000, windowMs: 3_600_000 };

export function northflankClient(options: ConnectOptions): NorthflankClient {
  const token = expectCredential(options, "token");
  const base = baseUrl(options.api.url);
  const team =
    options.scope === undefined || options.scope === "" ? "" : `/teams/${encodeURIComponent(options.scope)}`;
  const collection = `/v1${team}/integrations/notifications`;
  const object = (id: string): string => `${collection}/${encodeURIComponent(id)}`;
  const api = openApi(
    {
      title: "Northflank",
      base,
      account: accountOf("northflank", base, token),
      limit: LIMIT,
      authorise: async () => [["authorization", `Bearer ${token}`]],
      explain: (_status, body) => explain(body),
      secrets: [token],
    },
    options,
  );
  return {
    list: async () => {
      const items: JsonObject[] = [];
      const seen = new Set<string>();
      let cursor: string | undefined;
      do {
        const after = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
        const page = asObject(await api.read(`${collection}?per_page=${PAGE_SIZE}${after}`));
        items.push(...asArray(asObject(page["data"])["notificationIntegrations"]).map(asObject));
        cursor = nextCursor(page["pagination"]);
        if (cursor !== undefined && seen.has(cursor)) break;
        if (cursor !== undefined) seen.add(cursor);
      } while (cursor !== undefined);
      return items;
    },
    get: async (id) => {
      const answer = await api.find(object(id));
      return answer === undefined ? undefined : asObject(asObject(answer)["data"]);
    },
    create: async (body, landed) => {
      const answer = await api.create(collection, body, async () => {
        const id = await landed();
        return id === undefined ? undefined : { data: { id } };
      });
      return asText(asObject(asObject(answer)["data"])["id"]) ?? "";
    },
    update: async (id, body) => void (await api.write("POST", object(id), body)),
    remove: (id) => api.remove(object(id)),
  };
}

function nextCursor(pagination: Json | undefined): string | undefined {
  const { hasNextPage, cursor } = asObject(pagination);
  return hasNextPage === false ? undefined : asText(cursor);
}

/** `{ error: { status, message, id, details } }`; what `details` holds is not documented. */
function explain(body: Json | undefined): Complaint | undefined {
  const error = asObject(asObject(body)["error"]);
  const message = asText(error["message"]);
  if (message === undefined) return undefined;
  const detail = firstDetail(error["details"]);
  if (detail === undefined) return { message };
  return {
    message: `${message}: ${detail.message}`,
    ...(detail.field === undefined ? {} : { field: detail.field }),
  };
}

function firstDetail(details: Json | undefined): { field?: string; message: string } | undefined {
  for (const [name, value] of Object.entries(Array.isArray(details) ? details : asObject(details))) {
    const field = Array.isArray(details) ? undefined : name;
    const text = asText(Array.isArray(value) ? value[0] : value);
    if (text !== undefined) return { message: text, ...(field === undefined ? {} : { field }) };
    const inner = asObject(Array.isArray(value) ? value[0] : value);
    const message = asText(inner["message"]);
    const place = asText(inner["field"]) ?? asText(inner["path"]) ?? field;
    if (message !== undefined) return { message, ...(place === undefined ? {} : { field: place }) };
  }
  return undefined;
}
