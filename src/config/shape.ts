/** Reads nodes as what they should be, reporting what they are not. `what` names the field in messages. */
import { Unresolved } from "../model/value.ts";
import { nearestWord } from "../lib/edit-distance.ts";
import type { GlobMemory } from "./events.ts";
import type { LoadMode } from "./mode.ts";
import { isOnlyReferences, isWholeReference } from "./references.ts";
import type { References, Use } from "./references.ts";
import type { Report } from "./report.ts";
import { suggest } from "./suggest.ts";
import { typeName } from "./tree.ts";
import type { Entry, MapNode, Node, Span } from "./tree.ts";
import { reportUnknownKey } from "./unknown-key.ts";

export interface Context {
  readonly report: Report;
  readonly references: References;
  readonly mode: LoadMode;
  readonly globs: GlobMemory;
}

/** The first key of a file: where what is missing at its top is reported. */
export function topKey(root: MapNode): Span {
  const [first] = root.entries.values();
  return first?.key.file === root.file ? first.key : { file: root.file, start: 0, end: 0 };
}

export function wrongType(context: Context, node: Node, what: string, wanted: string): undefined {
  if (node.type === "scalar" && node.broken === true) return undefined;
  const message =
    node.type === "scalar" && node.value === null
      ? `${what} must be ${wanted}, but nothing is given`
      : `${what} must be ${wanted}, not ${typeName(node)}`;
  // A text where no text belongs may be a secret that got there by a wrong indentation.
  if (node.type === "scalar" && typeof node.value === "string") context.report.hide(node);
  context.report.error({ code: "wrong-type", message, hint: `give ${wanted}`, at: node });
  return undefined;
}

/** Keeps a secret out of every excerpt; a reference to one may be seen. */
export function hideSecret(context: Context, node: Node): void {
  if (node.type === "scalar" && typeof node.value === "string" && isOnlyReferences(node.value)) return;
  context.report.hide(node);
}

/** A map; an empty value counts as an empty map. */
export function readMap(context: Context, node: Node, what: string): ReadonlyMap<string, Entry> | undefined {
  if (node.type === "map") return node.entries;
  if (node.type === "scalar" && node.value === null && node.broken !== true) return new Map();
  return wrongType(context, node, what, "a map");
}

export function checkKeys(
  context: Context,
  entries: ReadonlyMap<string, Entry>,
  allowed: readonly string[],
  where: string,
): void {
  for (const [name, entry] of entries) {
    if (allowed.includes(name)) continue;
    const free = allowed.filter((candidate) => !entries.has(candidate));
    reportUnknownKey(name, entry, where, free, context.report);
  }
}

/** Whether some key is `name` misspelt: then it is not missing as well. */
export function isMisspelt(
  name: string,
  entries: ReadonlyMap<string, Entry>,
  allowed: readonly string[],
): boolean {
  const free = allowed.filter((candidate) => !entries.has(candidate));
  return [...entries.keys()].some((key) => !allowed.includes(key) && nearestWord(key, free) === name);
}

export function missing(context: Context, at: Span, what: string, hint: string): undefined {
  context.report.error({ code: "missing-field", message: `${what} is missing`, hint, at });
  return undefined;
}

/** Text with its references filled in. A number or boolean without quotes is text too where text is wanted. */
export function readText(
  context: Context,
  node: Node,
  what: string,
  use: Use = {},
): string | Unresolved | undefined {
  if (use.secret === true) hideSecret(context, node);
  if (node.type !== "scalar" || node.value === null) return wrongType(context, node, what, "text");
  if (typeof node.value === "boolean") return wrongType(context, node, what, "text");
  const text = context.references.resolve(node, String(node.value), use);
  if (text !== "") return text;
  context.report.error({
    code: "too-short",
    message: `${what} is empty`,
    hint: "give a value, or remove the key",
    at: node,
  });
  return undefined;
}

/** Text that must be known now, unless the file is only validated. */
export function readKnownText(context: Context, node: Node, what: string): string | undefined {
  const text = readText(context, node, what);
  return text instanceof Unresolved ? undefined : text;
}

/** Text without which nothing can be looked at: when it is missing, a plan fails too. */
export function readKnownPlace(context: Context, node: Node, what: string): string | undefined {
  const text = readText(context, node, what, { needed: true });
  return text instanceof Unresolved ? undefined : text;
}

/** A scalar with references filled in; a reference that is the whole value may stand for a number or boolean. */
function readScalar(context: Context, node: Node): unknown {
  if (node.type !== "scalar" || typeof node.value !== "string")
    return node.type === "scalar" ? node.value : node;
  const text = context.references.resolve(node, node.value);
  if (text instanceof Unresolved || !node.plain || !isWholeReference(node.value)) return text;
  return coerce(text);
}

/** What an unquoted text would be in YAML. */
export function coerce(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

export function readFlag(context: Context, node: Node, what: string): boolean | undefined {
  const value = readScalar(context, node);
  if (typeof value === "boolean") return value;
  return value instanceof Unresolved ? undefined : wrongType(context, node, what, "true or false");
}

export function readWhole(
  context: Context,
  node: Node,
  what: string,
  range: { readonly minimum: number; readonly maximum: number },
): number | undefined {
  const value = readScalar(context, node);
  if (value instanceof Unresolved) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value))
    return wrongType(context, node, what, "a whole number");
  if (value >= range.minimum && value <= range.maximum) return value;
  const message = `${what} must be between ${range.minimum} and ${range.maximum}`;
  context.report.error({ code: "out-of-range", message, hint: "give a number in that range", at: node });
  return undefined;
}

export function readChoice<T extends string>(
  context: Context,
  node: Node,
  what: string,
  choices: readonly T[],
): T | undefined {
  const value = readScalar(context, node);
  if (value instanceof Unresolved) return undefined;
  if (typeof value !== "string") return wrongType(context, node, what, "text");
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const message = `${what} must be one of ${choices.join(", ")}`;
  context.report.error({ code: "bad-enum", message, hint: suggest(value, choices), at: node });
  return undefined;
}

/** A list of texts; a single text counts as a list of one. What is not text is reported and left out. */
export function readTexts(
  context: Context,
  node: Node,
  what: string,
): { readonly text: string; readonly at: Node }[] {
  if (node.type === "map") {
    wrongType(context, node, what, "a list");
    return [];
  }
  return (node.type === "list" ? node.items : [node]).flatMap((item) => {
    const text = readKnownText(context, item, what);
    return text === undefined ? [] : [{ text, at: item }];
  });
}
