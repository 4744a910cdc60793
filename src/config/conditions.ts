/** What fields ask of each other: `onlyWith`, `requiredWith`, `storeOnly`. */
import type { FieldCondition, FieldSpec, KindSpec } from "../model/field.ts";
import type { Json } from "../model/value.ts";
import type { Report } from "./report.ts";
import type { ReadSpec } from "./spec.ts";
import { isMisspelt } from "./shape.ts";
import { nearest } from "./tree.ts";
import type { Entry } from "./tree.ts";
import { fieldAt } from "./violations.ts";

type Place = "store" | "api" | undefined;

export function checkConditions(
  read: ReadSpec,
  spec: Entry,
  kind: KindSpec,
  place: Place,
  report: Report,
): void {
  checkFields(kind.fields, [], { read, spec, kind, place, report });
}

interface Check {
  readonly read: ReadSpec;
  readonly spec: Entry;
  readonly kind: KindSpec;
  readonly place: Place;
  readonly report: Report;
}

function checkFields(
  fields: Readonly<Record<string, FieldSpec>>,
  above: readonly string[],
  check: Check,
): void {
  for (const [name, field] of Object.entries(fields)) {
    const path = [...above, name];
    if (field.onlyWith !== undefined) checkOnlyWith(field, field.onlyWith, path, check);
    if (field.requiredWith !== undefined) checkRequiredWith(field, field.requiredWith, path, check);
    if (field.storeOnly !== undefined) checkStoreOnly(field.storeOnly, path, check);
    if (field.fields !== undefined) checkFields(field.fields, path, check);
  }
}

function checkOnlyWith(
  field: FieldSpec,
  condition: FieldCondition,
  path: readonly string[],
  check: Check,
): void {
  const { entry, found } = nearest(check.spec, path);
  if (!found || holds(condition, check) !== false) return;
  const name = path.join(".");
  check.report.error({
    code: field.secret === true ? "secret-not-supported" : "not-applicable",
    message: `${name} goes only with ${condition.path} ${condition.values.join(", ")}`,
    hint: `remove it, or change ${condition.path}`,
    at: entry.key,
  });
}

function checkRequiredWith(
  field: FieldSpec,
  condition: FieldCondition,
  path: readonly string[],
  check: Check,
): void {
  if (holds(condition, check) !== true) return;
  const { entry, found } = nearest(check.spec, path);
  const node = entry.value;
  const empty = found && node.type === "list" && node.items.length === 0;
  if (found && !empty) return;
  const siblings = fieldAt(check.kind, path.slice(0, -1))?.fields ?? {};
  const name = path.at(-1) ?? "";
  if (node.type === "map" && isMisspelt(name, node.entries, Object.keys(siblings))) return;
  // A flag that asks for a list is a restriction to nothing when the list is not there.
  const restriction = condition.values.includes(true) && field.type === "array";
  const because = `${condition.path} is ${condition.values.filter((value) => value === valueAt(check.read.plain, condition.path)).join("")}`;
  check.report.error({
    code: restriction ? "restricted-without-projects" : "missing-field",
    message: `${path.join(".")} ${empty ? "is empty" : "is missing"}, and ${because}`,
    hint: `add ${path.join(".")}, or change ${condition.path}`,
    at: empty ? node : entry.key,
  });
}

function checkStoreOnly(values: readonly string[], path: readonly string[], check: Check): void {
  const value = valueAt(check.read.plain, path.join("."));
  if (check.place !== "api" || typeof value !== "string" || !values.includes(value)) return;
  const { entry } = nearest(check.spec, path);
  check.report.error({
    code: "not-supported-by-api",
    message: `the provider's API does not take ${path.join(".")}: ${value}`,
    hint: "use a store target, where the daemon delivers, or another value",
    at: entry.value,
  });
}

/** Undefined when the field that decides is not known or is wrong itself, which has been reported. */
function holds(condition: FieldCondition, check: Check): boolean | undefined {
  const decider = fieldAt(check.kind, condition.path.split("."));
  const pointer = `/${condition.path.replaceAll(".", "/")}`;
  if (check.read.skip.includes(pointer)) return undefined;
  const value = valueAt(check.read.plain, condition.path) ?? decider?.default;
  if (typeof value !== "string" && typeof value !== "boolean") return undefined;
  if (typeof value === "string" && decider?.enum !== undefined && !decider.enum.includes(value))
    return undefined;
  return condition.values.includes(value);
}

function valueAt(plain: Json, path: string): Json | undefined {
  let value: Json | undefined = plain;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    value = Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}
