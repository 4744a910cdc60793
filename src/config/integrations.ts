/** The `integrations` block: each integration by itself. What they ask of each other is in checks.ts. */
import type { IntegrationConfig, Source } from "../model/config.ts";
import type { KindSpec } from "../model/field.ts";
import { checkConditions } from "./conditions.ts";
import { checkDestinations } from "./destinations.ts";
import { misspeltEvent } from "./events.ts";
import { checkKey } from "./keys.ts";
import { readManage } from "./manage.ts";
import { checkMapKeys } from "./map-keys.ts";
import type { Validate } from "./schema.ts";
import { checkKeys, isMisspelt, missing, readKnownText, readMap } from "./shape.ts";
import type { Context } from "./shape.ts";
import { readSpec } from "./spec.ts";
import type { ReadSpec } from "./spec.ts";
import { quote, suggest } from "./suggest.ts";
import { chooseTarget } from "./target-choice.ts";
import type { ReadTarget } from "./targets.ts";
import { makeMap, nearest } from "./tree.ts";
import type { Entry, Node } from "./tree.ts";
import { reportViolations } from "./violations.ts";

const KEYS = ["kind", "target", "spec", "manage"];

export interface Surroundings {
  readonly context: Context;
  readonly kinds: ReadonlyMap<string, KindSpec>;
  readonly targets: ReadonlyMap<string, ReadTarget>;
  readonly validate: Validate;
  /** Event types of every provider, as the platforms write them. */
  readonly knownEvents: ReadonlySet<string>;
  /** Ranges that the daemon may send to although they are private. */
  readonly allow: readonly string[];
}

export interface ReadIntegration {
  readonly key: string;
  readonly entry: Entry;
  readonly kind: KindSpec | undefined;
  readonly target: ReadTarget | undefined;
  readonly spec: { readonly entry: Entry; readonly read: ReadSpec } | undefined;
  /** Absent when something decisive is missing or wrong. */
  readonly config: IntegrationConfig | undefined;
}

export function readIntegrations(node: Node | undefined, around: Surroundings): ReadIntegration[] {
  const entries = node === undefined ? undefined : readMap(around.context, node, "integrations");
  return [...(entries ?? [])].map(([key, entry]) => readIntegration(key, entry, around));
}

function readIntegration(key: string, entry: Entry, around: Surroundings): ReadIntegration {
  const { context } = around;
  checkKey(context, key, entry.key, "an integration's key");
  const fields = readMap(context, entry.value, `integration ${key}`);
  if (fields === undefined)
    return { key, entry, kind: undefined, target: undefined, spec: undefined, config: undefined };
  checkKeys(context, fields, KEYS, `integration ${key}`);
  const kind = readKind(fields, entry, around);
  const target = isMisspelt("target", fields, KEYS)
    ? undefined
    : chooseTarget(fields.get("target")?.value, kind, entry, around);
  if (kind?.superseded !== undefined && target?.kind === "api") {
    const message = `${kind.kind} is superseded: ${kind.superseded}`;
    const at = fields.get("kind")?.value ?? entry.key;
    context.report.warn({ code: "superseded", message, hint: "use a store target or the newer kind", at });
  }
  const manage = readManage(fields.get("manage")?.value, kind, target?.kind, context);
  const spec = readSpecBlock(fields, entry, kind, target, around);
  const config =
    kind === undefined || target === undefined || spec === undefined
      ? undefined
      : {
          key,
          kind: kind.kind,
          target: target.name,
          spec: spec.read.value,
          manage,
          source: entry.key.file.position(entry.key.start),
          at: locate(spec.entry),
        };
  return { key, entry, kind, target, spec, config };
}

function readKind(
  fields: ReadonlyMap<string, Entry>,
  entry: Entry,
  around: Surroundings,
): KindSpec | undefined {
  const { context, kinds } = around;
  const names = [...kinds.keys()];
  const node = fields.get("kind")?.value;
  if (node === undefined && isMisspelt("kind", fields, KEYS)) return undefined;
  if (node === undefined)
    return missing(context, entry.key, "kind", `add kind: with one of ${names.join(", ")}`);
  const name = readKnownText(context, node, "kind");
  if (name === undefined) return undefined;
  const kind = kinds.get(name);
  if (kind === undefined) {
    context.report.error({
      code: "unknown-kind",
      message: `there is no kind ${quote(name)}`,
      hint: suggest(name, names),
      at: node,
    });
  }
  return kind;
}

function readSpecBlock(
  fields: ReadonlyMap<string, Entry>,
  entry: Entry,
  kind: KindSpec | undefined,
  target: ReadTarget | undefined,
  around: Surroundings,
): ReadIntegration["spec"] {
  const { context, validate } = around;
  const spec = fields.get("spec");
  if (spec === undefined && isMisspelt("spec", fields, KEYS)) return undefined;
  if (spec === undefined) return missing(context, entry.key, "spec", "add spec: with the fields of the kind");
  const entries = readMap(context, spec.value, "spec");
  if (entries === undefined || kind === undefined) return undefined;
  const node = makeMap(spec.value, entries);
  const place: Entry = { key: spec.key, value: node };
  const read = readSpec(node, kind, context);
  reportViolations(validate(kind, read.plain), read.skip, place, kind, context.report);
  checkConditions(read, place, kind, target?.kind, context.report);
  checkMapKeys(place, kind, context.report);
  checkDestinations(read.plain, place, kind, around);
  checkFreeEvents(place, kind, around);
  return { entry: place, read };
}

/** Names in fields that take any pattern: worth a word only when they are nearly a known one. */
function checkFreeEvents(spec: Entry, kind: KindSpec, around: Surroundings): void {
  for (const [name, field] of Object.entries(kind.fields)) {
    const free = field.events === true && field.globs !== true && field.type === "array";
    const { entry, found } = nearest(spec, [name]);
    if (!free || !found || entry.value.type !== "list") continue;
    for (const at of entry.value.items) {
      const text = at.type === "scalar" && typeof at.value === "string" ? at.value.replace(/^!/, "") : "";
      const meant = misspeltEvent(text, around.knownEvents);
      if (meant === undefined) continue;
      const message = `${quote(text)} is no known event, and differs little from one`;
      around.context.report.warn({ code: "unknown-event", message, hint: `did you mean ${meant}?`, at });
    }
  }
}

/** Where a field's value stands; for what is not written, the key of the block that it would stand in. */
function locate(spec: Entry): (path: string) => Source {
  return (path) => {
    if (path === "") return spec.key.file.position(spec.key.start);
    const { entry, found } = nearest(spec, path.split("."));
    const at = found ? entry.value : entry.key;
    return at.file.position(at.start);
  };
}
