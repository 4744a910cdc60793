/** A made-up provider whose fields have every trait, and builders of what a plan is made from. */
import type { Manage } from "../../src/model/config.ts";
import type { KindSpec } from "../../src/model/field.ts";
import type { Observed } from "../../src/model/plan.ts";
import type { Fields } from "../../src/model/value.ts";
import type { Desired, ObservedTarget, PlanInput } from "../../src/reconcile/input.ts";
import { inventoryEntry } from "../../src/reconcile/inventory.ts";
import type { InventoryEntry } from "../../src/state/contract.ts";
import { fingerprintWith } from "../../src/state/fingerprint.ts";

const head = { provider: "acme", title: "", description: "", page: "https://acme.example/docs", example: {} };
const description = "";

export const hook: KindSpec = {
  ...head,
  kind: "acme/hook",
  resource: "hook",
  nameField: "name",
  fields: {
    name: { type: "string", description, required: true },
    url: { type: "string", description, secret: "url" },
    token: { type: "string", description, secret: true, writeOnly: true },
    enabled: { type: "boolean", description, default: true },
    tags: { type: "array", description, set: true, default: [], items: { type: "string", description } },
    steps: { type: "array", description, items: { type: "string", description } },
    hosts: {
      type: "array",
      description,
      set: true,
      ignoreCase: true,
      items: { type: "string", description },
    },
    events: { type: "map", description, values: { type: "boolean", description } },
    headers: { type: "map", description, values: { type: "string", description, secret: true } },
    options: {
      type: "object",
      description,
      fields: {
        retries: { type: "integer", description, default: 3 },
        note: { type: "string", description },
      },
    },
    style: { type: "string", description, forceNew: true },
    hidden: { type: "string", description, writeOnly: true },
    id: { type: "string", description, readOnly: true },
    lastSeen: { type: "string", description, volatile: true },
  },
};

const route: KindSpec = {
  ...head,
  kind: "acme/route",
  resource: "route",
  nameField: "name",
  fields: {
    name: { type: "string", description, required: true },
    to: {
      type: "object",
      description,
      fields: {
        hooks: {
          type: "array",
          description,
          set: true,
          items: {
            type: "object",
            description,
            ref: "acme/hook",
            fields: { id: { type: "string", description } },
          },
        },
      },
    },
  },
};

export const kinds = { "acme/hook": hook, "acme/route": route };

export const stateKey = Buffer.alloc(32, 7).toString("base64");
export const fingerprint = fingerprintWith(stateKey);

export const manage = (over: Partial<Manage> = {}): Manage => ({
  protect: false,
  previously: [],
  ignore: [],
  confirm: true,
  onRemove: "delete",
  ...over,
});

/** A declared hook, or whatever `over` says. */
export function desired(key: string, spec: Fields = {}, over: Partial<Desired> = {}): Desired {
  return {
    key,
    kind: "acme/hook",
    target: "house",
    spec: { name: key, ...spec },
    manage: manage(),
    source: { file: "notifications.yaml", line: 1, column: 1 },
    ...over,
  };
}

/** An object in a target; `key` only where it says so. */
export const observed = (remoteId: string, fields: Fields, over: Partial<Observed> = {}): Observed => ({
  remoteId,
  kind: "acme/hook",
  fields,
  ...over,
});

export const target = (objects: readonly Observed[], over: Partial<ObservedTarget> = {}): ObservedTarget => ({
  name: "house",
  place: "house",
  ownership: "recorded",
  keepsKeys: false,
  confirms: () => false,
  objects,
  ...over,
});

/** What the inventory says after `wanted` was applied to the object `remoteId`. */
export function entry(wanted: Desired, remoteId: string, over: Partial<InventoryEntry> = {}): InventoryEntry {
  const kind = wanted.kind === "acme/route" ? route : hook;
  const made = inventoryEntry({
    wanted,
    kind,
    remoteId,
    version: undefined,
    idOf: (key) => `id-${key}`,
    fingerprint,
  });
  return { ...made, ...over };
}

export const inventory = (...entries: readonly InventoryEntry[]): PlanInput["inventory"] =>
  Object.fromEntries(entries.map((one) => [one.key, one]));

/** One target, with a state key. */
export const input = (over: Partial<PlanInput>): PlanInput => ({
  desired: [],
  targets: [target([])],
  inventory: {},
  kinds,
  fingerprint,
  ...over,
});
