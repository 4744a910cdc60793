/** Scalingo's API for notifiers, and for the notifications of before. https://developers.scalingo.com/notifiers */
import { AppError } from "../../model/errors.ts";
import type { Fields } from "../../model/value.ts";
import type { ConnectOptions } from "../adapter-contract.ts";
import { openApi } from "../api.ts";
import { accountOf, baseUrl, expectCredential, expectScope } from "../credentials.ts";
import type { JsonObject } from "../read-json.ts";
import { asArray, asObject, asText } from "../read-json.ts";
import { scalingoBearer } from "./bearer.ts";
import { explain } from "./errors.ts";

/** One of the two resources; both are wrapped the same way. */
export interface Collection {
  list(): Promise<readonly JsonObject[]>;
  get(id: string): Promise<JsonObject | undefined>;
  /** Answers with the new object's id. */
  create(body: Fields, landed: () => Promise<string | undefined>): Promise<string>;
  update(id: string, body: Fields): Promise<void>;
  remove(id: string): Promise<void>;
}

/** Names and ids of what Scalingo offers; different in every region. */
export interface Catalogue {
  readonly platforms: ReadonlyMap<string, string>;
  readonly events: ReadonlyMap<string, string>;
}

export interface ScalingoClient {
  readonly notifiers: Collection;
  /** Lists nothing where the API no longer has it. */
  readonly notifications: Collection;
  /** Ids by name, read at most once. */
  catalogue(): Promise<Catalogue>;
}

const LIMIT = { requests: 60, windowMs: 60_000 };

export function scalingoClient(options: ConnectOptions): ScalingoClient {
  const token = expectCredential(options, "token");
  const app = encodeURIComponent(expectScope(options, "app"));
  const base = baseUrl(options.api.url.replace("{region}", options.api.region ?? ""));
  const bearer = scalingoBearer(options);
  const dialect = {
    title: "Scalingo",
    base,
    account: accountOf("scalingo", base, token),
    limit: LIMIT,
    authorise: bearer.authorise,
    renew: bearer.renew,
    explain,
    secrets: [token],
  };
  const api = openApi(dialect, options);

  const collection = (plural: string, singular: string): Collection => {
    const path = `/v1/apps/${app}/${plural}`;
    const object = (id: string): string => `${path}/${encodeURIComponent(id)}`;
    return {
      list: async () => asArray(asObject(await api.read(path))[plural]).map(asObject),
      get: async (id) => {
        const answer = await api.find(object(id));
        return answer === undefined ? undefined : asObject(asObject(answer)[singular]);
      },
      create: async (body, landed) => {
        const answer = await api.create(path, { [singular]: body }, async () => {
          const id = await landed();
          return id === undefined ? undefined : { [singular]: { id } };
        });
        return asText(asObject(asObject(answer)[singular])["id"]) ?? "";
      },
      update: async (id, body) => void (await api.write("PATCH", object(id), { [singular]: body })),
      remove: (id) => api.remove(object(id)),
    };
  };

  let catalogue: Promise<Catalogue> | undefined;
  const readCatalogue = async (): Promise<Catalogue> => ({
    platforms: idsByName(asObject(await api.read("/v1/notification_platforms"))["notification_platforms"]),
    events: idsByName(asObject(await api.read("/v1/event_types"))["event_types"]),
  });
  return {
    notifiers: collection("notifiers", "notifier"),
    notifications: tolerant(collection("notifications", "notification"), options),
    catalogue: () => {
      catalogue ??= readCatalogue();
      catalogue.catch(() => (catalogue = undefined));
      return catalogue;
    },
  };
}

function idsByName(list: Parameters<typeof asArray>[0]): ReadonlyMap<string, string> {
  return new Map(
    asArray(list)
      .map(asObject)
      .map((item) => [asText(item["name"]) ?? "", asText(item["id"]) ?? ""]),
  );
}

const SUPERSEDED = {
  hint: "Scalingo took notifications out of its API in 2020: declare a scalingo/notifier, or use a store target",
};

/** The older resource, where the API may not have it at all. */
function tolerant(notifications: Collection, options: ConnectOptions): Collection {
  const isNotFound = (error: unknown): boolean => error instanceof AppError && error.code === "not-found";
  const warned = new Set<string>();
  const warn = (message: string): void => {
    if (!warned.has(message))
      options.onNotice?.({ level: "warning", message: `${options.target}: ${message}` });
    warned.add(message);
  };
  const list = async (): Promise<readonly JsonObject[]> => {
    try {
      const items = await notifications.list();
      if (items.length > 0) warn("scalingo/notification is superseded by scalingo/notifier");
      return items;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      warn(`Scalingo no longer has notifications for this app; ${SUPERSEDED.hint}`);
      return [];
    }
  };
  return {
    ...notifications,
    list,
    // Reading a single one is not documented.
    get: async (id) => (await list()).find((item) => item["id"] === id),
    create: async (body, landed) => {
      try {
        return await notifications.create(body, landed);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        throw new AppError("unsupported", "Scalingo's API no longer takes notifications", SUPERSEDED);
      }
    },
  };
}
