/** Bodies against the generated schemas: the only place of the emulator that knows ajv. */
import { Ajv } from "ajv";
import type { ErrorObject, ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import type { Conceal } from "../model/conceal.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import { kindSchema } from "../model/json-schema.ts";
import { isObject } from "../model/value.ts";
import type { Check, Problem } from "../providers/emulator-contract.ts";

export function createCheck(kinds: readonly KindSpec[], conceal: Conceal): Check {
  const ajv = new Ajv({ allErrors: true, removeAdditional: true, strict: false });
  addFormats.default(ajv);
  const validators = new Map<string, ValidateFunction>();
  const validatorOf = (kind: Kind, partial: boolean): ValidateFunction => {
    const name = `${kind}${partial ? " (partial)" : ""}`;
    const known = validators.get(name);
    if (known !== undefined) return known;
    const spec = kinds.find((candidate) => candidate.kind === kind);
    if (spec === undefined) throw new Error(`there is no kind ${kind}`);
    const schema = kindSchema(spec, "documented");
    const made = ajv.compile(partial ? { ...schema, required: [] } : schema);
    validators.set(name, made);
    return made;
  };
  return (kind, value, { partial = false } = {}) => {
    const copy = structuredClone(value);
    const validate = validatorOf(kind, partial);
    if (validate(copy) && isObject(copy)) return { ok: true, spec: conceal(kind, copy) };
    return { ok: false, problems: mergeProblems(validate.errors ?? []) };
  };
}

/** One problem per place: what a schema with alternatives says about each of them is no help. */
function mergeProblems(errors: readonly ErrorObject[]): Problem[] {
  const byPath = new Map<string, Problem>();
  for (const error of errors) {
    const problem = toProblem(error);
    if (!byPath.has(problem.path)) byPath.set(problem.path, problem);
  }
  return [...byPath.values()];
}

function toProblem(error: ErrorObject): Problem {
  const missing: unknown = error.keyword === "required" ? error.params["missingProperty"] : undefined;
  const steps = error.instancePath
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (typeof missing === "string") steps.push(missing);
  const allowed: unknown = error.keyword === "enum" ? error.params["allowedValues"] : undefined;
  const values = Array.isArray(allowed) ? `: ${allowed.map(String).join(", ")}` : "";
  const message = typeof missing === "string" ? "is required" : `${error.message ?? "is not valid"}${values}`;
  return { field: steps[0] ?? "", path: steps.join("."), message };
}
