/** Cloudflare's Alerting v3. https://developers.cloudflare.com/api/resources/alerting/ */
import { AppError } from "../../model/errors.ts";
import type { Fields, Json } from "../../model/value.ts";
import type { ConnectOptions } from "../adapter-contract.ts";
import type { Dialect, Header } from "../api.ts";
import { openApi } from "../api.ts";
import type { Complaint } from "../api-failure.ts";
import { accountOf, baseUrl, credential, expectScope } from "../credentials.ts";
import type { JsonObject } from "../read-json.ts";
import { asArray, asObject, asText } from "../read-json.ts";

/** Webhook destinations, or policies. Every mutation answers with the id alone, or with nothing. */
export interface Collection {
  list(): Promise<readonly JsonObject[]>;
  get(id: string): Promise<JsonObject | undefined>;
  /** Answers with the new object's id. */
  create(body: Fields, landed: () => Promise<string | undefined>): Promise<string>;
  replace(id: string, body: Fields): Promise<void>;
  remove(id: string): Promise<void>;
}

export interface CloudflareClient {
  readonly webhooks: Collection;
  readonly policies: Collection;
}

const LIMIT = { requests: 1200, windowMs: 300_000 };

export function cloudflareClient(options: ConnectOptions): CloudflareClient {
  const account = encodeURIComponent(expectScope(options, "accountId"));
  const origin = baseUrl(options.api.url);
  const { headers, secret } = authorisation(options);
  const dialect: Dialect = {
    title: "Cloudflare",
    base: `${origin}/client/v4`,
    account: accountOf("cloudflare", origin, secret),
    limit: LIMIT,
    authorise: async () => headers,
    explain: (_status, body) => explain(body),
    statusOf,
    secrets: [secret],
  };
  const api = openApi(dialect, options);
  const collection = (name: string): Collection => {
    const path = `/accounts/${account}/alerting/v3/${name}`;
    const object = (id: string): string => `${path}/${encodeURIComponent(id)}`;
    return {
      list: async () => asArray(asObject(await api.read(path))["result"]).map(asObject),
      get: async (id) => {
        const answer = await api.find(object(id));
        return answer === undefined ? undefined : asObject(asObject(answer)["result"]);
      },
      create: async (body, landed) => {
        const answer = await api.create(path, body, async () => {
          const id = await landed();
          return id === undefined ? undefined : { result: { id } };
        });
        return asText(asObject(asObject(answer)["result"])["id"]) ?? "";
      },
      replace: async (id, body) => void (await api.write("PUT", object(id), body)),
      remove: (id) => api.remove(object(id)),
    };
  };
  return { webhooks: collection("destinations/webhooks"), policies: collection("policies") };
}

/** A token, or the address and global key of a user. */
function authorisation(options: ConnectOptions): { headers: readonly Header[]; secret: string } {
  const token = credential(options, "token");
  if (token !== undefined && token !== "")
    return { headers: [["authorization", `Bearer ${token}`]], secret: token };
  const email = credential(options, "email");
  const key = credential(options, "key");
  if (email !== undefined && key !== undefined && key !== "") {
    return {
      headers: [
        ["x-auth-email", email],
        ["x-auth-key", key],
      ],
      secret: key,
    };
  }
  throw new AppError("api-unauthorised", `the target ${options.target} has no credentials`, {
    hint: 'add api: { token: "${env:CLOUDFLARE_API_TOKEN}" }, or email and key',
  });
}

/** Codes of a refusal that come with a status of success, or with 400, though they are about the credentials. */
const UNAUTHORISED = new Set([6003, 9103, 9109, 10_000]);

/** A body of `success: false` is a refusal whatever the status says. */
function statusOf(status: number, body: Json | undefined): number {
  const refused = status < 300 && asObject(body)["success"] === false;
  if (!refused && status !== 400) return status;
  const codes = asArray(asObject(body)["errors"]).map((error) => asObject(error)["code"]);
  if (codes.some((code) => typeof code === "number" && UNAUTHORISED.has(code))) return 403;
  return refused ? 400 : status;
}

const HINTS: Readonly<Record<number, string>> = {
  17_103: "add the filters that this alert_type needs",
  17_200: "the account's plan does not have this alert_type: choose another one",
  17_009: "remove alert_interval: this alert_type does not take it",
};

/** `{ result, success, errors: [{ code, message }], messages }`. */
function explain(body: Json | undefined): Complaint | undefined {
  const errors = asArray(asObject(body)["errors"]).map(asObject);
  const [first] = errors;
  if (first === undefined) return undefined;
  const message = errors.map((error) => asText(error["message"]) ?? "no reason given").join("; ");
  const { code } = first;
  const hint = typeof code === "number" ? HINTS[code] : undefined;
  const tested = /webhook test failed/i.test(message);
  return {
    message,
    ...(typeof code === "number" ? { code: String(code) } : {}),
    ...(code === 17_009 ? { field: "alert_interval" } : code === 17_103 ? { field: "filters" } : {}),
    ...(hint === undefined ? {} : { hint }),
    ...(tested
      ? { field: "url", hint: "Cloudflare posts a test message at once: the URL must answer it with 2xx" }
      : {}),
  };
}
