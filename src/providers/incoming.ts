/** A provider's answer as documented fields: what is not documented is left out, secrets become Secret. */
import { concealWith } from "../model/conceal.ts";
import type { KindSpec } from "../model/field.ts";
import type { Fields, Json, Value } from "../model/value.ts";
import type { FieldSpec } from "../model/field.ts";
import { isObject } from "../model/value.ts";

/** `null` counts as left out, but for the paths in `absent`: what the provider is known not to have. */
export function readFields(kind: KindSpec, body: { [key: string]: Json }): Fields {
  const picked = pick(kind.fields, body);
  return concealWith({ [kind.kind]: kind })(kind.kind, picked);
}

function pick(specs: Readonly<Record<string, FieldSpec>>, body: { [key: string]: Json }): Fields {
  const picked: Fields = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = body[name];
    if (value === undefined || value === null) continue;
    picked[name] = pickValue(spec, value);
  }
  return picked;
}

function pickValue(spec: FieldSpec, value: Json): Value {
  const { items } = spec;
  if (Array.isArray(value)) {
    return items === undefined ? value : value.map((item) => pickValue(items, item));
  }
  return spec.fields !== undefined && isObject(value) ? pick(spec.fields, value) : value;
}
