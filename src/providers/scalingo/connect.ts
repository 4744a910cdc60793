/** Scalingo's API as a target: one app's notifiers, and the notifications of before. */
import { kinds } from "../../generated/kinds/scalingo.ts";
import type { Kind } from "../../model/field.ts";
import type { Observed } from "../../model/plan.ts";
import type { Target } from "../../model/target.ts";
import type { Fields } from "../../model/value.ts";
import type { ConnectOptions } from "../adapter-contract.ts";
import { findKind, gone, raise, sameLeaf, vanished } from "../kinds.ts";
import type { JsonObject } from "../read-json.ts";
import { asText } from "../read-json.ts";
import type { Collection } from "./client.ts";
import { scalingoClient } from "./client.ts";
import { idOf, markDefault, observeNotification, observeNotifier, toNotifier } from "./mapping.ts";

const PARALLELISM = 2;

/** What is different between the two resources. */
interface Resource {
  readonly collection: Collection;
  readonly observe: (body: JsonObject) => Promise<Observed>;
  readonly body: (spec: Fields, update: boolean) => Promise<Fields>;
  /** Whether an object is what this spec makes: for a creation whose answer was lost. */
  readonly matches: (body: JsonObject, spec: Fields) => Promise<boolean>;
}

export function connect(options: ConnectOptions): Target {
  const client = scalingoClient(options);
  const notifier = findKind(kinds, "scalingo/notifier");
  const notification = findKind(kinds, "scalingo/notification");
  const resources: Readonly<Record<Kind, Resource>> = {
    [notifier.kind]: {
      collection: client.notifiers,
      observe: async (body) => observeNotifier(notifier, body, await client.catalogue()),
      body: async (spec, update) => toNotifier(spec, await client.catalogue(), update),
      matches: async (body, spec) => asText(body["name"]) === spec["name"],
    },
    [notification.kind]: {
      collection: client.notifications,
      observe: async (body) => observeNotification(notification, body),
      body: async (spec) => ({ active: true, ...spec }),
      matches: async (body, spec) =>
        sameLeaf(observeNotification(notification, body).fields["webhook_url"], spec["webhook_url"]),
    },
  };
  /** Ids of everything seen, by kind; only complete once listed. */
  const seen = new Map<Kind, Set<string>>();

  const resourceOf = (kind: Kind): Resource => {
    const resource = resources[kind];
    if (resource === undefined) throw new Error(`there is no kind ${kind}`);
    return resource;
  };
  const listBodies = async (kind: Kind): Promise<readonly JsonObject[]> => {
    const bodies = await resourceOf(kind).collection.list();
    seen.set(kind, new Set([...(seen.get(kind) ?? []), ...bodies.map(idOf)]));
    return bodies;
  };
  const list = async (kind: Kind): Promise<readonly Observed[]> => {
    const bodies = await listBodies(kind);
    const objects = await Promise.all(bodies.map((body) => resourceOf(kind).observe(body)));
    return markDefault(objects, (id) => options.known?.(kind, id) !== undefined);
  };
  const read = async (kind: Kind, remoteId: string): Promise<Observed | undefined> => {
    const { collection, observe } = resourceOf(kind);
    const body = await collection.get(remoteId);
    return body === undefined ? undefined : observe(body);
  };
  const findNew = async (kind: Kind, spec: Fields): Promise<string | undefined> => {
    const { collection, matches } = resourceOf(kind);
    const before = seen.get(kind) ?? new Set();
    const fresh: string[] = [];
    for (const body of await collection.list()) {
      if (!before.has(idOf(body)) && (await matches(body, spec))) fresh.push(idOf(body));
    }
    return fresh.length === 1 ? fresh[0] : undefined;
  };

  return {
    parallelism: PARALLELISM,
    list: async (wanted) => (await Promise.all(wanted.filter((kind) => kind in resources).map(list))).flat(),
    read,
    create: async (kind, spec) => {
      const resource = resourceOf(kind);
      const body = await resource.body(spec, false);
      if (!seen.has(kind)) await listBodies(kind);
      const id = await resource.collection.create(body, () => findNew(kind, spec));
      seen.get(kind)?.add(id);
      return (await read(kind, id)) ?? raise(vanished("Scalingo", id));
    },
    update: async (kind, remoteId, spec) => {
      const resource = resourceOf(kind);
      await resource.collection.update(remoteId, await resource.body(spec, true));
      return (await read(kind, remoteId)) ?? raise(gone(kind, remoteId));
    },
    remove: (kind, remoteId) => resourceOf(kind).collection.remove(remoteId),
    close: () => Promise.resolve(),
  };
}
