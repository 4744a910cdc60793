/** References between integrations: `{ ref: KEY }` where the provider takes the object's `{ id }`. */
import type { FieldSpec, KindSpec } from "../model/field.ts";
import { isObject } from "../model/value.ts";
import type { Fields, Value } from "../model/value.ts";

/** Whether any field of the kind may refer to another integration. */
export const hasReferences = (kind: KindSpec): boolean => Object.values(kind.fields).some(mayRefer);

/** Whether a value of the field may refer to another integration. */
export const mayRefer = (spec: FieldSpec): boolean =>
  spec.ref !== undefined ||
  (spec.items !== undefined && mayRefer(spec.items)) ||
  (spec.values !== undefined && mayRefer(spec.values)) ||
  Object.values(spec.fields ?? {}).some(mayRefer);

/** The keys that a spec refers to, each once, in the order of the fields. */
export function referencedKeys(kind: KindSpec, spec: Fields): readonly string[] {
  const keys = new Set<string>();
  replaceReferences(kind, spec, (key) => {
    keys.add(key);
    return key;
  });
  return [...keys];
}

/** The spec with every `{ ref: KEY }` as `{ id: idOf(KEY) }`; the same object where the kind has none. */
export function replaceReferences(kind: KindSpec, spec: Fields, idOf: (key: string) => string): Fields {
  if (!hasReferences(kind)) return spec;
  return inFields(kind.fields, spec, idOf);
}

function inFields(
  specs: Readonly<Record<string, FieldSpec>>,
  fields: Fields,
  idOf: (key: string) => string,
): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, inValue(specs[name], value, idOf)]),
  );
}

function inValue(spec: FieldSpec | undefined, value: Value, idOf: (key: string) => string): Value {
  if (spec === undefined || !mayRefer(spec)) return value;
  if (Array.isArray(value)) return value.map((item) => inValue(spec.items, item, idOf));
  if (!isObject(value)) return value;
  const ref = value["ref"];
  if (spec.ref !== undefined && typeof ref === "string") {
    const { ref: _, ...rest } = value;
    return { ...rest, id: idOf(ref) };
  }
  if (spec.fields !== undefined) return inFields(spec.fields, value, idOf);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, inValue(spec.values, item, idOf)]),
  );
}
