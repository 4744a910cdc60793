/** A configuration file from data: what `import` writes. */
import { Document, isMap, isPair, isScalar, parseDocument } from "yaml";
import { Secret, reveal } from "../model/secret.ts";
import { Unresolved, isObject } from "../model/value.ts";
import type { Fields, Json, Value } from "../model/value.ts";

export interface ComposedIntegration {
  readonly key: string;
  readonly kind: string;
  readonly target: string;
  readonly spec: Fields;
  /** One line each, above the integration. */
  readonly comments: readonly string[];
}

export interface Composed {
  readonly text: string;
  /** Values of the variables that stand for secrets, by name. */
  readonly variables: ReadonlyMap<string, string>;
}

/** `targets` as they are written in another file; left out where they are declared elsewhere. */
export function composeConfig(
  integrations: readonly ComposedIntegration[],
  targets: { readonly [name: string]: Json } | undefined,
): Composed {
  const variables = new Map<string, string>();
  const entries = integrations.map(({ key, kind, target, spec }) => {
    const plain = toPlain(spec, [key], variables);
    return [key, { kind, target, spec: plain }] as const;
  });
  const document = new Document({
    version: 1,
    ...(targets === undefined ? {} : { targets }),
    integrations: Object.fromEntries(entries),
  });
  comment(document, integrations);
  return { text: document.toString({ lineWidth: 0, flowCollectionPadding: true }), variables };
}

function comment(document: Document, integrations: readonly ComposedIntegration[]): void {
  const map = document.get("integrations");
  if (!isMap(map)) return;
  for (const pair of map.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    const name = pair.key.value;
    const comments = integrations.find(({ key }) => key === name)?.comments ?? [];
    if (comments.length > 0) pair.key.commentBefore = comments.map((line) => ` ${line}`).join("\n");
  }
}

function toPlain(value: Value, path: readonly string[], variables: Map<string, string>): Json {
  if (value instanceof Secret) {
    const name = variableName(path, reveal(value), variables);
    variables.set(name, reveal(value));
    return `\${env:${name}}`;
  }
  if (value instanceof Unresolved) return value.reference;
  // What looks like a reference is only text here.
  if (typeof value === "string") return value.replaceAll("${", "$$${");
  if (Array.isArray(value))
    return value.map((item, index) => toPlain(item, [...path, String(index + 1)], variables));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, toPlain(item, [...path, name], variables)]),
  );
}

function variableName(
  path: readonly string[],
  plain: string,
  variables: ReadonlyMap<string, string>,
): string {
  const words = path
    .join("_")
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_");
  const base = /^\d/.test(words) ? `_${words}` : words;
  let name = base;
  for (let count = 2; variables.has(name) && variables.get(name) !== plain; count += 1)
    name = `${base}_${count}`;
  return name;
}

/** A target as a file writes it, references unresolved; undefined where none of the texts declares it. Later texts are merged over earlier ones. */
export function findTarget(texts: readonly string[], name: string): Json | undefined {
  let found: Json | undefined;
  for (const text of texts) {
    const document: unknown = parseDocument(text, { merge: true }).toJS();
    const targets = memberOf(document, "targets");
    const target = memberOf(targets, name);
    if (target !== undefined) found = mergeJson(found, target);
  }
  return found;
}

function memberOf(value: unknown, name: string): Json | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  const member: unknown = Reflect.get(value, name);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a YAML document without tags of its own is JSON
  return member as Json;
}

function mergeJson(base: Json | undefined, over: Json): Json {
  if (!isObject(base) || !isObject(over)) return over;
  const merged: { [key: string]: Json } = { ...base };
  for (const [name, value] of Object.entries(over)) merged[name] = mergeJson(merged[name], value);
  return merged;
}

/** Lines of a `--vars` file. */
export function composeVariables(variables: ReadonlyMap<string, string>): string {
  return [...variables].map(([name, value]) => `${name}=${quoted(value)}\n`).join("");
}

/** Quotes only where reading the line back would change the value. */
function quoted(value: string): string {
  if (value === value.trim() && !/^(["']).*\1$/s.test(value)) return value;
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}
