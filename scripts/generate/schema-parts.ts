/** Small pieces of JSON Schema with a description each. */
import type { JsonSchema } from "../../src/model/json-schema.ts";
import { DURATION_PATTERN, ifThen, REFERENCE } from "../../src/model/json-schema.ts";

export function when(property: string, value: string, then: object): JsonSchema {
  return ifThen(
    { type: "object", properties: { [property]: { const: value } }, required: [property] },
    { type: "object", ...then },
  );
}

export function object(properties: JsonSchema): JsonSchema {
  return { type: "object", properties, additionalProperties: false };
}

export function only(name: string, schema: JsonSchema): JsonSchema {
  return { ...object({ [name]: schema }), required: [name] };
}

export const text = (description: string): JsonSchema => ({ description, type: "string" });

export const list = (description: string, items: JsonSchema): JsonSchema => ({
  description,
  type: "array",
  items,
});

export const flag = (description: string, value: boolean): JsonSchema => ({
  description,
  type: "boolean",
  default: value,
});

/** The first value is the default. */
export const choice = (description: string, values: readonly string[]): JsonSchema => ({
  description,
  type: "string",
  enum: values,
  default: values[0],
});

export const duration = (description: string): JsonSchema => ({
  description,
  anyOf: [{ type: "string", pattern: DURATION_PATTERN }, REFERENCE],
});

/** An object that has these properties, whatever they are. */
export const having = (...names: readonly string[]): JsonSchema => ({
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, true])),
  required: names,
});
