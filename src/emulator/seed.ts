/**
 * What an emulator starts with, as a YAML or JSON file:
 *
 *   resources:
 *     - { kind: northflank/notification, scope: team, id: builds, createdAt: …, facts: { status: { disabled: true } }, spec: { … } }
 *   journal:
 *     - { topic: cloudflare/history, scope: <account>, entry: { … } }
 *
 * Only `kind` and `spec` are needed; `spec` is what stands in notifications.yaml. A resource that is there already, by its
 * id, else its name, else all of its spec, is left as it is, and so is an entry of the journal: a kept store is seeded once.
 */
import { parse } from "yaml";
import { canonicalJson } from "../lib/canonical-json.ts";
import type { Conceal } from "../model/conceal.ts";
import { revealAll } from "../model/conceal.ts";
import { AppError } from "../model/errors.ts";
import type { KindSpec } from "../model/field.ts";
import type { StoreRecord } from "../model/record.ts";
import { isObject } from "../model/value.ts";
import type { Json } from "../model/value.ts";
import type { Check, Emulator, Ids, Journal, JsonObject } from "../providers/emulator-contract.ts";
import type { Store } from "../store/contract.ts";

export interface Seed {
  readonly resources: readonly SeedResource[];
  readonly journal: readonly { readonly topic: string; readonly scope: string; readonly entry: JsonObject }[];
}

export interface SeedResource {
  readonly kind: string;
  readonly scope: string;
  readonly id?: string;
  readonly createdAt?: string;
  readonly facts?: JsonObject;
  readonly spec: Json;
}

/** Throws AppError `config-invalid`. `file` is for messages. */
export function parseSeed(text: string, file: string): Seed {
  const value = parseText(text, file);
  const resources = isObject(value) ? (value["resources"] ?? []) : value;
  const journal = isObject(value) ? (value["journal"] ?? []) : [];
  if (!Array.isArray(resources) || !Array.isArray(journal)) {
    throw invalid(file, "resources and journal must be lists");
  }
  return {
    resources: resources.map((entry, index) => readResource(entry, `${file}, resource ${index + 1}`)),
    journal: journal.map((entry, index) => {
      const { topic, scope = "", entry: body } = isObject(entry) ? entry : {};
      if (typeof topic !== "string" || typeof scope !== "string" || !isObject(body)) {
        throw invalid(`${file}, journal ${index + 1}`, "topic and entry are needed");
      }
      return { topic, scope, entry: body };
    }),
  };
}

function parseText(text: string, file: string): Json {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the core schema of YAML gives nothing but JSON
    return (parse(text) ?? {}) as Json;
  } catch (error) {
    throw invalid(file, error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
}

function readResource(entry: Json, where: string): SeedResource {
  if (!isObject(entry)) throw invalid(where, "it is not a map");
  const { kind, scope = "", id, createdAt, facts, spec } = entry;
  if (typeof kind !== "string" || spec === undefined) throw invalid(where, "kind and spec are needed");
  if (typeof scope !== "string") throw invalid(where, "scope must be text");
  if (typeof createdAt === "string" && Number.isNaN(Date.parse(createdAt))) {
    throw invalid(where, "createdAt must be a time");
  }
  return {
    kind,
    scope,
    spec,
    ...(typeof id === "string" ? { id } : {}),
    ...(typeof createdAt === "string" ? { createdAt: new Date(createdAt).toISOString() } : {}),
    ...(isObject(facts) ? { facts } : {}),
  };
}

const invalid = (where: string, why: string): AppError =>
  new AppError("config-invalid", `the seed ${where} cannot be used: ${why}`, {
    hint: "docs/emulator.md shows the form of a seed file",
  });

export interface SeedTools {
  readonly store: Store;
  readonly journal: Journal;
  readonly emulators: readonly Emulator[];
  readonly kinds: readonly KindSpec[];
  readonly check: Check;
  readonly conceal: Conceal;
  readonly ids: Ids;
  readonly now: () => number;
}

/** Throws AppError `config-invalid` for a resource that its kind's schema does not take; then nothing is stored. */
export async function applySeed(seed: Seed, tools: SeedTools): Promise<void> {
  for (const { topic, scope, entry } of seed.journal) {
    const isThere = tools.journal
      .list(topic, scope)
      .some((known) => canonicalJson(known) === canonicalJson(entry));
    if (!isThere) tools.journal.append(topic, scope, entry);
  }
  if (seed.resources.length === 0) return;
  await tools.store.write((records) => {
    for (const resource of seed.resources) addResource(resource, records, tools);
  });
}

function addResource(resource: SeedResource, records: StoreRecord[], tools: SeedTools): void {
  const { kind, scope } = resource;
  const spec = tools.kinds.find((candidate) => candidate.kind === kind);
  const emulator = tools.emulators.find(({ id }) => id === spec?.provider);
  if (spec === undefined || emulator === undefined) {
    throw invalid(`resource ${kind}`, "there is no such kind, or its provider has no emulator");
  }
  const checked = tools.check(kind, resource.spec);
  if (!checked.ok) {
    const problems = checked.problems.map(({ path, message }) => `${path || "spec"} ${message}`);
    throw invalid(`resource ${resource.id ?? kind}`, problems.join("; "));
  }
  const siblings = records.filter((record) => record.kind === kind && record.scope === scope);
  const identity = (record: Pick<StoreRecord, "spec">): string =>
    JSON.stringify(
      revealAll(spec.nameField === undefined ? record.spec : (record.spec[spec.nameField] ?? "")),
    );
  const isThere = siblings.some((record) =>
    resource.id === undefined ? identity(record) === identity(checked) : record.id === resource.id,
  );
  if (isThere) return;
  const taken = new Set(siblings.map((record) => record.id));
  const at = resource.createdAt ?? new Date(tools.now()).toISOString();
  records.push({
    uid: tools.ids.uuid(),
    kind,
    scope,
    id: resource.id ?? emulator.newId(kind, checked.spec, taken, tools.ids),
    spec: checked.spec,
    confirm: false,
    createdAt: at,
    updatedAt: at,
    ...(resource.facts === undefined ? {} : { facts: resource.facts }),
  });
}
