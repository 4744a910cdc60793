/** Plain values against the kind's schema: each schema is compiled once, when it is first needed. */
import { Ajv } from "ajv";
import type { ErrorObject, ValidateFunction } from "ajv";
import ajvFormats from "ajv-formats";
import type { KindSpec } from "../model/field.ts";
import { kindSchema } from "../model/json-schema.ts";
import type { Json } from "../model/value.ts";

export type Violation = ErrorObject;
export type Validate = (kind: KindSpec, plain: Json) => readonly Violation[];

export function createValidator(): Validate {
  const ajv = new Ajv({ allErrors: true, strict: false, messages: false, verbose: false });
  ajvFormats.default(ajv, ["uri", "date-time", "uuid", "email"]);
  const compiled = new Map<string, ValidateFunction>();
  return (kind, plain) => {
    let validate = compiled.get(kind.kind);
    if (validate === undefined) {
      validate = ajv.compile(kindSchema(kind, "documented"));
      compiled.set(kind.kind, validate);
    }
    return validate(plain) ? [] : (validate.errors ?? []);
  };
}
