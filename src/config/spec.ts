/**
 * An integration's `spec` as values: references filled in, lists of globs expanded, secrets as Secret. Which field is
 * which comes from the field's spec alone. Types and limits are not judged here (see schema.ts).
 */
import type { FieldSpec, Kind, KindSpec } from "../model/field.ts";
import { Secret } from "../model/secret.ts";
import { Unresolved } from "../model/value.ts";
import type { Fields, Json, Value } from "../model/value.ts";
import { expandEvents } from "./events.ts";
import { isWholeReference } from "./references.ts";
import { coerce, hideSecret } from "./shape.ts";
import type { Context } from "./shape.ts";
import { quote, suggest } from "./suggest.ts";
import { isNull } from "./tree.ts";
import type { Entry, ListNode, MapNode, Node, ScalarNode } from "./tree.ts";
import { looksLikeKey, reportUnknownKey } from "./unknown-key.ts";

/** `{ ref: KEY }` in place of an id. */
export interface Reference {
  readonly key: string;
  readonly kind: Kind;
  readonly at: Node;
}

export interface ReadSpec {
  readonly value: Fields;
  /** The same as plain data for the validator, without references to other integrations. Never leaves this folder. */
  readonly plain: Json;
  /** Pointers to what the validator cannot judge: values not known, and what was reported already. */
  readonly skip: readonly string[];
  readonly references: readonly Reference[];
}

interface Walk {
  readonly context: Context;
  readonly skip: string[];
  readonly references: Reference[];
}

/** A value twice: as it is kept and as it is judged. The same object where nothing is secret or missing. */
interface Both {
  readonly value: Value;
  readonly plain: Json;
}

/** Where the walk is; turned into a JSON pointer only when it is needed. */
type Place = { readonly above: Place; readonly step: string | number } | undefined;

export function readSpec(node: MapNode, kind: KindSpec, context: Context): ReadSpec {
  const walk: Walk = { context, skip: [], references: [] };
  const { value, plain } = readObject(node, kind.fields, undefined, walk);
  return { value, plain, skip: walk.skip, references: walk.references };
}

function pointer(place: Place): string {
  if (place === undefined) return "";
  const step = String(place.step).replaceAll("~", "~0").replaceAll("/", "~1");
  return `${pointer(place.above)}/${step}`;
}

function readNode(node: Node, field: FieldSpec | undefined, place: Place, walk: Walk): Both {
  if (field?.secret !== undefined) hideSecret(walk.context, node);
  if (node.type === "scalar") return readLeaf(node, field, place, walk);
  if (node.type === "list") {
    return field?.globs === true
      ? readGlobs(node, field, place, walk)
      : readItems(node, field?.items, place, walk);
  }
  const ref = node.entries.get("ref");
  if (field?.ref !== undefined && ref !== undefined) return readReference(node, field.ref, ref, place, walk);
  if (field?.globs === true && field.open === true) checkNames(node, field, walk);
  return readObject(node, field?.fields, place, walk, field?.values);
}

function readLeaf(node: ScalarNode, field: FieldSpec | undefined, place: Place, walk: Walk): Both {
  if (node.broken === true) {
    walk.skip.push(pointer(place));
    return same(null);
  }
  // What stands in an unknown field may be a secret that is misspelt; it is never looked into.
  if (field === undefined) hideSecret(walk.context, node);
  if (typeof node.value !== "string" || field === undefined) return same(node.value);
  const secret = field.secret !== undefined;
  const text = walk.context.references.resolve(node, node.value, { secret });
  if (text instanceof Unresolved) {
    walk.skip.push(pointer(place));
    return { value: text, plain: text.reference };
  }
  if (secret) return { value: new Secret(text), plain: text };
  if (field.open === true && field.enum?.includes(text) === false)
    reportUnknownValue(text, field, node, walk);
  const wantsText = field.type === "string" || !node.plain || !isWholeReference(node.value);
  return same(wantsText ? text : coerce(text));
}

/** The list may have grown since it was written down, so this is a warning. */
function reportUnknownValue(text: string, field: FieldSpec, at: ScalarNode, walk: Walk): void {
  const isEvent = field.events === true;
  walk.context.report.warn({
    code: isEvent ? "unknown-event" : "unknown-value",
    message: `${quote(text)} is not a documented ${isEvent ? "event" : "value"}`,
    hint: suggest(text, field.enum ?? []),
    at,
  });
}

const same = (plain: string | number | boolean | null): Both => ({ value: plain, plain });

function readItems(node: ListNode, items: FieldSpec | undefined, place: Place, walk: Walk): Both {
  const both = node.items.map((item, index) => readNode(item, items, { above: place, step: index }, walk));
  const plain = both.map((item) => item.plain);
  return both.every((item) => item.value === item.plain)
    ? { value: plain, plain }
    : { value: both.map((item) => item.value), plain };
}

function readObject(
  node: MapNode,
  fields: Readonly<Record<string, FieldSpec>> | undefined,
  place: Place,
  walk: Walk,
  values?: FieldSpec,
): { readonly value: Fields; readonly plain: { [key: string]: Json } } {
  const value: Fields = {};
  const plain: { [key: string]: Json } = {};
  for (const [name, entry] of node.entries) {
    const field = fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : values;
    if (field?.readOnly === true) {
      reportReadOnly(name, field, entry, walk.context);
      continue;
    }
    if (values?.secret !== undefined && (isNull(entry.value) || !looksLikeKey(name))) {
      // Somebody forgot a colon, and the secret has become part of the key.
      walk.context.report.hide(entry.key);
    }
    const both = readNode(entry.value, field, { above: place, step: name }, walk);
    // A key such as __proto__ is data like any other.
    define(value, name, both.value);
    define(plain, name, both.plain);
  }
  return { value, plain };
}

function define<T>(target: { [key: string]: T }, name: string, value: T): void {
  if (name === "__proto__")
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}

function reportReadOnly(name: string, field: FieldSpec, entry: Entry, context: Context): void {
  const message = `${name} is set by the provider`;
  const hint = field.writtenAs === undefined ? "remove it" : `write ${field.writtenAs} instead`;
  context.report.error({ code: "read-only-field", message, hint, at: entry.key });
  context.report.hide(entry.value);
}

function readGlobs(node: ListNode, field: FieldSpec, place: Place, walk: Walk): Both {
  const names = expandEvents(node, field, walk.context);
  if (names === undefined) walk.skip.push(pointer(place));
  const plain: Json =
    field.type === "map" ? Object.fromEntries((names ?? []).map((name) => [name, true])) : [...(names ?? [])];
  return { value: plain, plain };
}

/** Names in the documented map that the provider does not document. */
function checkNames(node: MapNode, field: FieldSpec, walk: Walk): void {
  expandEvents(
    {
      ...node,
      type: "list",
      items: [...node.entries].map(([name, { key }]) => ({
        ...key,
        type: "scalar",
        value: name,
        plain: false,
      })),
    },
    { ...field, globs: false },
    walk.context,
  );
}

function readReference(node: MapNode, kind: Kind, ref: Entry, place: Place, walk: Walk): Both {
  walk.skip.push(pointer(place));
  const { context } = walk;
  for (const [name, entry] of node.entries) {
    if (name !== "ref") reportUnknownKey(name, entry, "a reference", [], context.report);
  }
  if (ref.value.type === "scalar" && typeof ref.value.value === "string") {
    walk.references.push({ key: ref.value.value, kind, at: ref.value });
    return { value: { ref: ref.value.value }, plain: null };
  }
  if (ref.value.type !== "scalar" || ref.value.broken !== true) {
    const message = "ref names another integration by its key";
    context.report.error({ code: "wrong-type", message, hint: `write the key of a ${kind}`, at: ref.value });
  }
  return { value: null, plain: null };
}
