/**
 * Fields as JSON Schema, draft-07: ajv's default dialect and the one that every YAML and JSON language server supports in
 * full; nothing here needs a later keyword.
 */
import type { FieldCondition, FieldSpec, KindSpec } from "./field.ts";

export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * What the schema is held against. `editor`: YAML as typed, with `${env:…}` in any scalar. `trusted`: the same after
 * substitution. `documented`: what a provider takes and a store keeps, without lists of globs and `{ ref: KEY }`.
 */
export type SchemaForm = "editor" | "trusted" | "documented";

/** One number and one unit: `500ms`, `15s`, `5m`, `2h`, `30d`. */
export const DURATION_PATTERN = "^[0-9]+(ms|s|m|h|d)$";

/** Text with a reference somewhere in it. */
export const REFERENCE: JsonSchema = { type: "string", pattern: "\\$\\{(env|file):[^}]+\\}" };

/** The writable fields of a kind: an object that takes nothing else. */
export function kindSchema(kind: KindSpec, form: SchemaForm): JsonSchema {
  return {
    title: kind.title,
    description: kind.description,
    ...objectSchema(kind.fields, form),
    ...(form === "editor" ? conditions(kind.fields) : {}),
  };
}

export function fieldSchema(field: FieldSpec, form: SchemaForm): JsonSchema {
  return {
    description: field.description,
    ...typeSchema(field, form),
    ...(field.default === undefined ? {} : { default: field.default }),
  };
}

function typeSchema(field: FieldSpec, form: SchemaForm): JsonSchema {
  switch (field.type) {
    case "string":
      return stringSchema(field, form);
    case "boolean":
    case "integer":
    case "number":
      return orReference({ type: field.type, ...pick(field, ["minimum", "maximum"]) }, form);
    case "array":
      return {
        type: "array",
        ...(field.items === undefined ? {} : { items: fieldSchema(field.items, form) }),
        ...pick(field, ["minItems", "maxItems"]),
      };
    case "object":
      return referable(field, form);
    case "map":
      return mapSchema(field, form);
  }
}

function stringSchema(field: FieldSpec, form: SchemaForm): JsonSchema {
  const known = field.enum === undefined ? undefined : { type: "string", enum: field.enum };
  const limits = {
    type: "string",
    ...pick(field, ["minLength", "maxLength", "pattern"]),
    ...formatSchema(field),
  };
  if (known === undefined) return isPlain(limits) ? limits : orReference(limits, form);
  if (field.open === true) return { anyOf: [known, limits] };
  return orReference(known, form);
}

/** Whether a reference satisfies the limits anyway. */
function isPlain(limits: JsonSchema): boolean {
  return !("pattern" in limits || "format" in limits || "maxLength" in limits);
}

function formatSchema(field: FieldSpec): JsonSchema {
  if (field.format === undefined) return {};
  return field.format === "duration" ? { pattern: DURATION_PATTERN } : { format: field.format };
}

function orReference(schema: JsonSchema, form: SchemaForm): JsonSchema {
  return form === "editor" ? { anyOf: [schema, REFERENCE] } : schema;
}

function referable(field: FieldSpec, form: SchemaForm): JsonSchema {
  const object = objectSchema(field.fields ?? {}, form);
  if (field.ref === undefined || form === "documented") return object;
  const ref = { type: "string", minLength: 1, description: `Key of a declared ${field.ref}.` };
  return {
    anyOf: [object, { type: "object", properties: { ref }, required: ["ref"], additionalProperties: false }],
  };
}

function objectSchema(fields: Readonly<Record<string, FieldSpec>>, form: SchemaForm): JsonSchema {
  const writable = Object.entries(fields).filter(([, field]) => field.readOnly !== true);
  const required = writable.filter(([, field]) => field.required === true).map(([name]) => name);
  return {
    type: "object",
    properties: Object.fromEntries(writable.map(([name, field]) => [name, fieldSchema(field, form)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function mapSchema(field: FieldSpec, form: SchemaForm): JsonSchema {
  const value = field.values === undefined ? {} : typeSchema(field.values, form);
  const keys = field.keys ?? [];
  const map = {
    type: "object",
    ...(keys.length === 0 ? {} : { properties: Object.fromEntries(keys.map((key) => [key, value])) }),
    // Of the others the loader says it, of each name where it stands.
    ...(field.keyPattern === undefined || form !== "editor" ? {} : { propertyNames: namesSchema(field) }),
    additionalProperties: field.open === true ? value : false,
  };
  if (field.globs !== true || form === "documented") return map;
  const glob = { type: "string", minLength: 1 };
  const known = keys.length === 0 ? glob : { anyOf: [{ type: "string", enum: keys }, glob] };
  return { anyOf: [map, { type: "array", items: known }] };
}

function namesSchema({ keyPattern, reservedKeys = [] }: FieldSpec): JsonSchema {
  const named = reservedKeys.map((key) =>
    key.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`),
  );
  return {
    pattern: keyPattern,
    ...(named.length === 0 ? {} : { not: { pattern: `^(${named.join("|")})$` } }),
  };
}

/** `onlyWith` and `requiredWith`, for what stands in the file; a condition on a reference is left to the loader. */
function conditions(fields: Readonly<Record<string, FieldSpec>>): JsonSchema {
  const allOf = walk(fields, []).flatMap(({ at, field }) => [
    ...(field.onlyWith === undefined ? [] : [onlyWith(field.onlyWith, at)]),
    ...(field.requiredWith === undefined ? [] : [requiredWith(field.requiredWith, at, field)]),
  ]);
  return allOf.length === 0 ? {} : { allOf };
}

function onlyWith({ path, values }: FieldCondition, at: readonly string[]): JsonSchema {
  const other = { not: { anyOf: [{ enum: values }, REFERENCE] } };
  return ifThen(within(path.split("."), other, true), within(at, false, false));
}

function requiredWith({ path, values }: FieldCondition, at: readonly string[], field: FieldSpec): JsonSchema {
  const filled = field.type === "array" ? { type: "array", minItems: 1 } : {};
  return ifThen(within(path.split("."), { enum: values }, true), within(at, filled, true));
}

/** A conditional keyword pair; `condition` failing asks nothing. */
export function ifThen(condition: JsonSchema, consequence: JsonSchema): JsonSchema {
  // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's own keyword
  return { if: condition, then: consequence };
}

/** `schema` at a path of nested objects, each of which must be there when `required`. */
function within(at: readonly string[], schema: JsonSchema | boolean, required: boolean): JsonSchema {
  const [name = "", ...rest] = at;
  const inner = rest.length === 0 ? schema : within(rest, schema, required);
  return { type: "object", properties: { [name]: inner }, ...(required ? { required: [name] } : {}) };
}

function walk(
  fields: Readonly<Record<string, FieldSpec>>,
  above: readonly string[],
): { readonly at: readonly string[]; readonly field: FieldSpec }[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const at = [...above, name];
    return [{ at, field }, ...walk(field.fields ?? {}, at)];
  });
}

function pick(field: FieldSpec, names: readonly (keyof FieldSpec)[]): JsonSchema {
  return Object.fromEntries(
    names.filter((name) => field[name] !== undefined).map((name) => [name, field[name]]),
  );
}
