/** Where every field of one integration comes from, as data. */
import type { Source } from "../model/config.ts";
import type { FieldSpec } from "../model/field.ts";
import { Secret } from "../model/secret.ts";
import { isObject, Unresolved } from "../model/value.ts";
import type { Value } from "../model/value.ts";
import type { ReadIntegration } from "./integrations.ts";
import { isOnlyReferences } from "./references.ts";
import { nearest } from "./tree.ts";
import type { Node } from "./tree.ts";

export interface ExplainedField {
  /** Path in `spec`. */
  readonly path: string;
  /** As it is used; a secret is masked. */
  readonly value: unknown;
  /** `file`: written; `default`: what is used because it is not. */
  readonly origin: "file" | "default";
  /** Of the value, in whichever file won; null for a default. */
  readonly source: Source | null;
  /** The text with its `${…}`, where the value comes from elsewhere. */
  readonly reference: string | null;
  /** The globs that the names in `value` were made of. */
  readonly globs: readonly string[] | null;
  readonly description: string;
}

/** Written fields in the order of the file, then those that have a default. Empty when the kind is not known. */
export function explainFields(integration: ReadIntegration): ExplainedField[] {
  const { kind, spec } = integration;
  if (kind === undefined || spec === undefined) return [];
  const root = spec.entry;
  const explain = (value: Value, field: FieldSpec | undefined, path: readonly string[]): ExplainedField[] => {
    if (
      field !== undefined &&
      isObject(value) &&
      field.globs !== true &&
      field.ref === undefined &&
      Object.keys(value).length > 0
    ) {
      return Object.entries(value).flatMap(([name, inner]) =>
        explain(inner, field.fields?.[name] ?? field.values, [...path, name]),
      );
    }
    const { entry } = nearest(root, path);
    const { value: node } = entry;
    return [
      {
        path: path.join("."),
        // What stands under a misspelt name may be a secret.
        value: field === undefined ? "(unknown field)" : printable(value, field.secret !== undefined),
        origin: "file",
        source: node.file.position(node.start),
        reference: referenceOf(node, field),
        globs: field?.globs === true && node.type === "list" ? textsOf(node) : null,
        description: field?.description ?? "",
      },
    ];
  };
  const written = Object.entries(spec.read.value).flatMap(([name, value]) =>
    explain(value, kind.fields[name], [name]),
  );
  const usual = Object.entries(kind.fields).filter(
    ([name, field]) => field.default !== undefined && !(name in spec.read.value),
  );
  return [...written, ...usual.map(([name, field]) => explainDefault(name, field))];
}

function explainDefault(name: string, field: FieldSpec): ExplainedField {
  return {
    path: name,
    value: field.default,
    origin: "default",
    source: null,
    reference: null,
    globs: null,
    description: field.description,
  };
}

/** JSON that shows no secret. */
function printable(value: Value, secret: boolean): unknown {
  if (value instanceof Secret || value instanceof Unresolved) return value.toJSON();
  // A secret of another type than it should be is one all the same.
  if (secret) return "(secret)";
  if (Array.isArray(value)) return value.map((item) => printable(item, false));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, printable(inner, false)]));
}

/** Of a secret only a text that is nothing but references: anything else may be part of it. */
function referenceOf(node: Node, field: FieldSpec | undefined): string | null {
  if (node.type !== "scalar" || typeof node.value !== "string" || !/\$\{(?:env|file):/.test(node.value))
    return null;
  return field?.secret === undefined || isOnlyReferences(node.value) ? node.value : null;
}

const textsOf = (node: Node): string[] =>
  node.type === "list"
    ? node.items.flatMap((item) => (item.type === "scalar" ? [String(item.value)] : []))
    : [];
