/** Cloudflare's API as a target: one account's webhook destinations and notification policies. */
import { kinds } from "../../generated/kinds/cloudflare.ts";
import type { Kind } from "../../model/field.ts";
import type { Observed } from "../../model/plan.ts";
import type { Target } from "../../model/target.ts";
import type { Fields } from "../../model/value.ts";
import type { ConnectOptions } from "../adapter-contract.ts";
import { findKind, gone, raise, vanished } from "../kinds.ts";
import type { JsonObject } from "../read-json.ts";
import { asText } from "../read-json.ts";
import type { Collection } from "./client.ts";
import { cloudflareClient } from "./client.ts";
import { bareId, observePolicy, observeWebhook, rawId, toPolicy } from "./mapping.ts";

const PARALLELISM = 4;

interface Resource {
  readonly collection: Collection;
  readonly observe: (body: JsonObject) => Observed;
  readonly body: (spec: Fields) => Fields;
}

export function connect(options: ConnectOptions): Target {
  const client = cloudflareClient(options);
  const webhook = findKind(kinds, "cloudflare/webhook");
  const policy = findKind(kinds, "cloudflare/policy");
  /** Every id seen, by kind: bare → as Cloudflare last wrote it. */
  const rawIds: Readonly<Record<Kind, Map<string, string>>> = {
    [webhook.kind]: new Map(),
    [policy.kind]: new Map(),
  };
  const listed = new Set<Kind>();
  const rawOf = (kind: Kind, id: string): string => rawIds[kind]?.get(bareId(id)) ?? id;
  const resources: Readonly<Record<Kind, Resource>> = {
    [webhook.kind]: {
      collection: client.webhooks,
      observe: (body) => observeWebhook(webhook, body),
      body: (spec) => spec,
    },
    [policy.kind]: {
      collection: client.policies,
      observe: (body) => observePolicy(policy, body),
      body: toPolicy,
    },
  };

  const resourceOf = (kind: Kind): Resource => {
    const resource = resources[kind];
    if (resource === undefined) throw new Error(`there is no kind ${kind}`);
    return resource;
  };
  const observe = (kind: Kind, body: JsonObject): Observed => {
    rawIds[kind]?.set(bareId(rawId(body)), rawId(body));
    return resourceOf(kind).observe(body);
  };
  const list = async (kind: Kind): Promise<readonly Observed[]> => {
    const bodies = await resourceOf(kind).collection.list();
    listed.add(kind);
    return bodies.map((body) => observe(kind, body));
  };
  const read = async (kind: Kind, id: string): Promise<Observed | undefined> => {
    const body = await resourceOf(kind).collection.get(rawOf(kind, id));
    return body === undefined ? undefined : observe(kind, body);
  };
  const findNew = async (kind: Kind, spec: Fields): Promise<string | undefined> => {
    const bodies = await resourceOf(kind).collection.list();
    const fresh = bodies.filter(
      (body) => asText(body["name"]) === spec["name"] && rawIds[kind]?.has(bareId(rawId(body))) !== true,
    );
    return fresh.length === 1 && fresh[0] !== undefined ? rawId(fresh[0]) : undefined;
  };

  return {
    parallelism: PARALLELISM,
    list: async (wanted) => (await Promise.all(wanted.filter((kind) => kind in resources).map(list))).flat(),
    read,
    create: async (kind, spec) => {
      const { collection, body } = resourceOf(kind);
      if (!listed.has(kind)) await list(kind);
      const id = await collection.create(body(spec), () => findNew(kind, spec));
      return (await read(kind, id)) ?? raise(vanished("Cloudflare", id));
    },
    update: async (kind, remoteId, spec) => {
      const { collection, body } = resourceOf(kind);
      await collection.replace(rawOf(kind, remoteId), body(spec));
      return (await read(kind, remoteId)) ?? raise(gone(kind, remoteId));
    },
    remove: (kind, remoteId) => resourceOf(kind).collection.remove(rawOf(kind, remoteId)),
    close: () => Promise.resolve(),
  };
}
