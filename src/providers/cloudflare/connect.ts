/** Cloudflare's API as a target: one account's webhook destinations and notification policies. */
import { kinds } from "../../generated/kinds/cloudflare.ts";
import type { Kind } from "../../model/field.ts";
import type { Observed } from "../../model/plan.ts";
import type { Target } from "../../model/target.ts";
import type { Fields } from "../../model/value.ts";
import type { ConnectOptions } from "../adapter-contract.ts";
import { findKind, gone, raise, tellOfKeptSecret, vanished } from "../kinds.ts";
import type { JsonObject } from "../read-json.ts";
import { asText } from "../read-json.ts";
import type { Collection } from "./client.ts";
import { cloudflareClient } from "./client.ts";
import { bareId, observePolicy, observeWebhook, rawId, toPolicy } from "./mapping.ts";

const PARALLELISM = 4;

interface Resource {
  readonly collection: Collection;
  readonly observe: (body: JsonObject) => Observed;
  /** `before` is what the object had; undefined for a new one. */
  readonly body: (spec: Fields, before: Fields | undefined) => Fields;
}

export function connect(options: ConnectOptions): Target {
  const client = cloudflareClient(options);
  const webhook = findKind(kinds, "cloudflare/webhook");
  const policy = findKind(kinds, "cloudflare/policy");
  /** Every object as it was last seen, by kind and bare id. */
  const seen: Readonly<Record<Kind, Map<string, { readonly rawId: string; readonly fields: Fields }>>> = {
    [webhook.kind]: new Map(),
    [policy.kind]: new Map(),
  };
  const listed = new Set<Kind>();
  const rawOf = (kind: Kind, id: string): string => seen[kind]?.get(bareId(id))?.rawId ?? id;
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
    const object = resourceOf(kind).observe(body);
    seen[kind]?.set(object.remoteId, { rawId: rawId(body), fields: object.fields });
    return object;
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
      (body) => asText(body["name"]) === spec["name"] && seen[kind]?.has(bareId(rawId(body))) !== true,
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
      const id = await collection.create(body(spec, undefined), () => findNew(kind, spec));
      return (await read(kind, id)) ?? raise(vanished("Cloudflare", id));
    },
    update: async (kind, remoteId, spec) => {
      const { collection, body } = resourceOf(kind);
      if (kind === webhook.kind) tellOfKeptSecret(options, webhook, remoteId, spec);
      const before = seen[kind]?.get(bareId(remoteId))?.fields;
      await collection.replace(rawOf(kind, remoteId), body(spec, before));
      const object = (await read(kind, remoteId)) ?? raise(gone(kind, remoteId));
      if (spec["alert_interval"] === undefined && object.fields["alert_interval"] !== undefined) {
        const message = `${options.target}: Cloudflare keeps the alert_interval of ${remoteId}; declare the one that it should have`;
        options.onNotice?.({ level: "warning", message });
      }
      return object;
    },
    remove: (kind, remoteId) => resourceOf(kind).collection.remove(rawOf(kind, remoteId)),
    close: () => Promise.resolve(),
  };
}
