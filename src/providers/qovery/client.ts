/** Qovery's API for organization webhooks. https://api-doc.qovery.com/#tag/Organization-Webhook */
import { AppError } from "../../model/errors.ts";
import type { Fields, Json } from "../../model/value.ts";
import type { ConnectOptions } from "../adapter-contract.ts";
import { openApi } from "../api.ts";
import type { Complaint } from "../api-failure.ts";
import { accountOf, baseUrl, credential, expectCredential, expectScope } from "../credentials.ts";
import type { JsonObject } from "../read-json.ts";
import { asArray, asObject, asText } from "../read-json.ts";

export interface QoveryClient {
  list(): Promise<readonly JsonObject[]>;
  get(id: string): Promise<JsonObject | undefined>;
  /** Answers with the new object's id. */
  create(body: Fields, landed: () => Promise<string | undefined>): Promise<string>;
  /** Takes the place of everything, the secret included. */
  replace(id: string, body: Fields): Promise<void>;
  remove(id: string): Promise<void>;
}

const LIMIT = { requests: 1000, windowMs: 3_600_000 };

export function qoveryClient(options: ConnectOptions): QoveryClient {
  const token = expectCredential(options, "token");
  const scheme = expectScheme(options);
  const base = baseUrl(options.api.url);
  const collection = `/organization/${encodeURIComponent(expectScope(options, "organizationId"))}/webhook`;
  const object = (id: string): string => `${collection}/${encodeURIComponent(id)}`;
  const api = openApi(
    {
      title: "Qovery",
      base,
      account: accountOf("qovery", base, token),
      limit: LIMIT,
      authorise: async () => [["authorization", `${scheme} ${token}`]],
      explain: (_status, body) => explain(body),
      secrets: [token],
    },
    options,
  );
  return {
    list: async () => asArray(asObject(await api.read(collection))["results"]).map(asObject),
    get: async (id) => {
      const answer = await api.find(object(id));
      return answer === undefined ? undefined : asObject(answer);
    },
    create: async (body, landed) => {
      const answer = await api.create(collection, body, async () => {
        const id = await landed();
        return id === undefined ? undefined : { id };
      });
      return asText(asObject(answer)["id"]) ?? "";
    },
    replace: async (id, body) => void (await api.write("PUT", object(id), body)),
    remove: (id) => api.remove(object(id)),
  };
}

/** An API token goes with `Token`, a person's with `Bearer`. */
function expectScheme(options: ConnectOptions): "Token" | "Bearer" {
  const scheme = credential(options, "scheme") ?? "Token";
  if (scheme === "Token" || scheme === "Bearer") return scheme;
  throw new AppError("config-invalid", `the target ${options.target} has an unknown scheme`, {
    hint: "api.scheme is Token or Bearer",
  });
}

/** `{ status, error, message }`. */
function explain(body: Json | undefined): Complaint | undefined {
  const { error, message, detail } = asObject(body);
  const text = asText(message) ?? asText(detail) ?? asText(error);
  return text === undefined ? undefined : { message: text };
}
