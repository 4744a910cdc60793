/** The form of a resource that is compared, stored and sent, as far as the field traits say it. */
import type { FieldSpec, KindSpec } from "../model/field.ts";
import { reveal, Secret } from "../model/secret.ts";
import { isObject, Unresolved } from "../model/value.ts";
import type { Fields, Value } from "../model/value.ts";

/**
 * Defaults filled in; read-only and unknown fields, nulls, and empty values that mean the same as none dropped; sets sorted
 * and without duplicates; `false` entries of a map of booleans dropped. Pure and idempotent; keys in documented order.
 */
export const normaliseFields = (spec: Fields, kind: KindSpec): Fields => normaliseObject(spec, kind.fields);

function normaliseObject(value: Fields, fields: Readonly<Record<string, FieldSpec>>): Fields {
  const result: Fields = {};
  for (const [name, field] of Object.entries(fields)) {
    if (field.readOnly === true) continue;
    const normalised = normaliseField(Object.hasOwn(value, name) ? value[name] : undefined, field);
    if (normalised !== undefined) result[name] = normalised;
  }
  return result;
}

/** Undefined for a field that is left out. */
function normaliseField(value: Value | undefined, field: FieldSpec): Value | undefined {
  if (value === undefined || value === null) {
    return field.default === undefined || isEmpty(field.default) ? undefined : copy(field.default);
  }
  const normalised = normaliseValue(value, field);
  return isEmpty(normalised) && !emptyMatters(field) ? undefined : normalised;
}

function normaliseValue(value: Value, field: FieldSpec): Value {
  if (value instanceof Secret || value instanceof Unresolved) return value;
  if (Array.isArray(value)) return normaliseArray(value, field);
  if (!isObject(value)) return value;
  if (field.ref !== undefined && Object.hasOwn(value, "ref")) return { ref: value["ref"] ?? null };
  if (field.type === "map") return normaliseMap(value, field);
  return field.fields === undefined ? value : normaliseObject(value, field.fields);
}

function normaliseArray(values: readonly Value[], field: FieldSpec): Value[] {
  const items = values.map((item) => (field.items === undefined ? item : normaliseValue(item, field.items)));
  if (field.set !== true) return items;
  const byKey = new Map<string, Value>();
  for (const item of items) {
    const key = sortKey(item, field.items?.ignoreCase === true);
    if (!byKey.has(key)) byKey.set(key, item);
  }
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, item]) => item);
}

function normaliseMap(value: Fields, field: FieldSpec): Fields {
  const values = field.values;
  const entries = Object.entries(value)
    .map(([name, entry]) => [name, values === undefined ? entry : normaliseValue(entry, values)] as const)
    .filter(([, entry]) => entry !== null && !(values?.type === "boolean" && entry === false));
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** An empty value of a required field, or of one whose default is not empty, says something. */
const emptyMatters = (field: FieldSpec): boolean =>
  field.required === true || (field.default !== undefined && !isEmpty(field.default));

const isEmpty = (value: unknown): boolean =>
  value === "" ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

function sortKey(value: Value, ignoreCase: boolean): string {
  if (value instanceof Secret) return reveal(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return ignoreCase ? text.toLowerCase() : text;
}

/** A default from the field data as a value of our own. */
function copy(value: unknown): Value {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- defaults are JSON, checked when the field data is generated
  return structuredClone(value) as Value;
}
