/** Plain stored values → values whose secret leaves are Secret, by the traits of the documented fields. */
import type { FieldSpec, Kind, KindSpec } from "./field.ts";
import { Secret, reveal } from "./secret.ts";
import { Unresolved, isObject } from "./value.ts";
import type { Fields, Json, Value } from "./value.ts";

/** Makes the secret leaves of a stored spec Secret. */
export type Conceal = (kind: Kind, spec: Fields) => Fields;

/** A kind that is not known has every string concealed: better masked than shown. */
export function concealWith(kinds: Readonly<Record<Kind, KindSpec>>): Conceal {
  return (kind, spec) => {
    const fields = kinds[kind]?.fields;
    return fields === undefined ? concealAll(spec) : concealFields(fields, spec);
  };
}

function concealFields(specs: Readonly<Record<string, FieldSpec>>, fields: Fields): Fields {
  const concealed: Fields = {};
  for (const [name, value] of Object.entries(fields)) concealed[name] = concealValue(specs[name], value);
  return concealed;
}

function concealValue(spec: FieldSpec | undefined, value: Value): Value {
  if (spec === undefined) return value;
  if (spec.secret !== undefined) return concealLeaves(value);
  if (Array.isArray(value)) return value.map((item) => concealValue(spec.items, item));
  if (!isObject(value)) return value;
  if (spec.fields !== undefined) return concealFields(spec.fields, value);
  const values = spec.values;
  if (values === undefined) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, concealValue(values, item)]));
}

const concealAll = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, concealLeaves(value)]));

function concealLeaves(value: Value): Value {
  // A store that was edited by hand may hold a number where a text belongs.
  if (typeof value === "string" || typeof value === "number") return new Secret(String(value));
  if (Array.isArray(value)) return value.map(concealLeaves);
  return isObject(value) ? concealAll(value) : value;
}

/** The stored form: secrets in clear. Throws on an unresolved leaf, which must never be stored. */
export function revealAll(value: Value): Json {
  if (value instanceof Secret) return reveal(value);
  if (value instanceof Unresolved) throw new Error(`${value.reference} has no value and cannot be stored`);
  if (Array.isArray(value)) return value.map(revealAll);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, revealAll(item)]));
}
