/** One interface per kind, over the documented form as normalised: secrets are Secret, open lists are string. */
import type { JSONSchema } from "json-schema-to-typescript";
import { compile } from "json-schema-to-typescript";
import type { FieldSpec, KindSpec } from "../../src/model/field.ts";
import type { JsonSchema } from "../../src/model/json-schema.ts";
import { fieldSchema } from "../../src/model/json-schema.ts";
import type { Output } from "./outputs.ts";
import { kindFile, TS_HEADER } from "./outputs.ts";

export async function writeTypes(kinds: readonly KindSpec[]): Promise<Output[]> {
  return Promise.all(kinds.map(typeFile));
}

async function typeFile(kind: KindSpec): Promise<Output> {
  const schema = { ...objectType(kind.fields), title: pascal(kindFile(kind)), description: kind.description };
  const code = await compile(schema as JSONSchema, kind.kind, {
    bannerComment: "",
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
  });
  const usesSecret = /\bSecret\b/.test(code);
  return {
    path: `src/generated/types/${kindFile(kind)}.ts`,
    text: [
      TS_HEADER,
      ...(usesSecret ? ['import type { Secret } from "../../model/secret.ts";'] : []),
      "",
      code.trim().replaceAll(/^(\s+)(\w+\??: )/gm, "$1readonly $2"),
      "",
    ].join("\n"),
  };
}

function objectType(fields: Readonly<Record<string, FieldSpec>>): JsonSchema {
  const writable = Object.entries(fields).filter(([, field]) => field.readOnly !== true);
  return {
    type: "object",
    properties: Object.fromEntries(writable.map(([name, field]) => [name, fieldType(field)])),
    required: writable.filter(([, field]) => field.required === true).map(([name]) => name),
    additionalProperties: false,
  };
}

function fieldType(field: FieldSpec): JsonSchema {
  const { description } = field;
  if (field.type === "object") return { ...objectType(field.fields ?? {}), description };
  const scalar = scalarType(field);
  if (scalar !== undefined) return { description, tsType: scalar };
  const inner = field.type === "map" ? field.values : field.items;
  const of = inner === undefined ? undefined : scalarType(inner);
  if (field.type === "map") return { description, tsType: `Readonly<Record<string, ${of ?? "unknown"}>>` };
  if (of !== undefined) return { description, tsType: `readonly ${of.includes("|") ? `(${of})` : of}[]` };
  return inner === undefined
    ? fieldSchema(field, "documented")
    : { type: "array", description, items: fieldType(inner) };
}

/** The TypeScript type of a scalar, or undefined for anything else. */
function scalarType(field: FieldSpec): string | undefined {
  if (field.secret !== undefined) return "Secret";
  switch (field.type) {
    case "boolean":
      return "boolean";
    case "integer":
    case "number":
      return "number";
    case "string":
      return field.enum === undefined || field.open === true
        ? "string"
        : field.enum.map((value) => JSON.stringify(value)).join(" | ");
    default:
      return undefined;
  }
}

const pascal = (name: string): string =>
  name.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
