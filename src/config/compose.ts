/** A configuration file from data: what `import` writes. */
import { Document, Scalar, isMap, isScalar, visit } from "yaml";
import { Secret, reveal } from "../model/secret.ts";
import { Unresolved, isObject } from "../model/value.ts";
import type { Fields, Json, Value } from "../model/value.ts";

export interface ComposedIntegration {
  readonly key: string;
  readonly kind: string;
  readonly target: string;
  /** Secrets become variables; an Unresolved leaf becomes a variable whose value somebody has to find. */
  readonly spec: Fields;
  /** One line each, above the integration. */
  readonly comments: readonly string[];
}

/** Everything at the top of the file but its version and its integrations, as it is to be written. */
export type Head = { readonly targets?: Json; readonly state?: string };

export function composeConfig(
  integrations: readonly ComposedIntegration[],
  head: Head,
  variables: VariableNames,
): string {
  const entries = integrations.map(
    ({ key, kind, target, spec }) => [key, { kind, target, spec: toPlain(spec, [key], variables) }] as const,
  );
  const document = new Document({ version: 1, ...head, integrations: Object.fromEntries(entries) });
  visit(document, { Scalar: (_, node) => quoteWhereNeeded(node) });
  comment(document, integrations);
  return document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER });
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const FRAGILE = /^\s|\s$|[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]|^<<$/u;

/** Text that a block or plain scalar could not carry unchanged, and what reads as a merge. */
function quoteWhereNeeded(node: Scalar): void {
  if (typeof node.value === "string" && FRAGILE.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
}

function comment(document: Document, integrations: readonly ComposedIntegration[]): void {
  const map = document.get("integrations");
  if (!isMap(map)) return;
  const comments = new Map(integrations.map((one) => [one.key, one.comments]));
  for (const { key } of map.items) {
    const lines = isScalar(key) && typeof key.value === "string" ? comments.get(key.value) : undefined;
    if (isScalar(key) && lines !== undefined && lines.length > 0) {
      key.commentBefore = lines.map((line) => ` ${line}`).join("\n");
    }
  }
}

function toPlain(value: Value, path: readonly string[], variables: VariableNames): Json {
  if (value instanceof Secret) return variables.forValue(path, reveal(value));
  if (value instanceof Unresolved) return variables.forUnknown(path);
  // What looks like a reference is only text here.
  if (typeof value === "string") return value.replaceAll("${", "$$${");
  if (Array.isArray(value))
    return value.map((item, index) => toPlain(item, [...path, String(index + 1)], variables));
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(
    ([name, item]) => [name, toPlain(item, [...path, name], variables)] as const,
  );
  return Object.fromEntries(members);
}

/** Gives variables their names: `KEY_FIELD`, and a number behind it where that name means something else. */
export interface VariableNames {
  /** A reference to a variable that has this value. */
  forValue(path: readonly string[], plain: string): string;
  /** A reference to a variable whose value is not known here. */
  forUnknown(path: readonly string[]): string;
  /** Values that are not in the variables file yet, by name. */
  readonly values: ReadonlyMap<string, string>;
  /** Names of the variables that somebody has to set, and what each of them stands for. */
  readonly unknown: ReadonlyMap<string, readonly string[]>;
}

export interface KnownVariables {
  /** Of the variables file. */
  readonly file: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function nameVariables(known: KnownVariables): VariableNames {
  const values = new Map<string, string>();
  const unknown = new Map<string, readonly string[]>();
  /** The value that a name stands for so far; null where only somebody else knows it. */
  const meaning = (name: string): string | null | undefined =>
    unknown.has(name) ? null : (values.get(name) ?? known.file[name] ?? known.env[name]);
  const pick = (path: readonly string[], fits: (meaning: string | null) => boolean): string => {
    const base = baseName(path);
    let name = base;
    for (let count = 2; ; count += 1) {
      const found = meaning(name);
      if (found === undefined || fits(found)) return name;
      name = `${base}_${count}`;
    }
  };
  return {
    values,
    unknown,
    forValue: (path, plain) => {
      const name = pick(path, (found) => found === plain);
      if (known.file[name] !== plain) values.set(name, plain);
      return `\${env:${name}}`;
    },
    forUnknown: (path) => {
      const name = pick(path, () => false);
      unknown.set(name, path);
      return `\${env:${name}}`;
    },
  };
}

function baseName(path: readonly string[]): string {
  const words = path
    .join("_")
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_");
  return /^\d/.test(words) ? `_${words}` : words;
}
