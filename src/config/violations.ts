/** The validator's errors → our findings: one for each mistake, at the place where it was made. */
import type { DiagnosticCode } from "../model/diagnostic.ts";
import type { FieldSpec, KindSpec } from "../model/field.ts";
import type { Report } from "./report.ts";
import type { Violation } from "./schema.ts";
import { isMisspelt } from "./shape.ts";
import { suggest } from "./suggest.ts";
import { isNull, nearest, typeName } from "./tree.ts";
import type { Entry, MapNode } from "./tree.ts";
import { looksLikeKey, reportUnknownKey } from "./unknown-key.ts";

type Path = readonly (string | number)[];

/** Of several errors at one value the first of these is the mistake, the others are its echo. */
const PRECEDENCE = [
  "type",
  "enum",
  "format",
  "minLength",
  "maxLength",
  "pattern",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
];

export function reportViolations(
  violations: readonly Violation[],
  skip: readonly string[],
  spec: Entry,
  kind: KindSpec,
  report: Report,
): void {
  const worst = new Map<string, Violation>();
  for (const violation of violations) {
    if (skip.some((pointer) => covers(pointer, violation.instancePath))) continue;
    const path = parsePointer(violation.instancePath);
    if (violation.keyword === "required") reportMissing(violation, path, spec, kind, report);
    else if (violation.keyword === "additionalProperties") reportUnknown(violation, path, spec, kind, report);
    else if (PRECEDENCE.includes(violation.keyword)) keepWorst(worst, violation);
  }
  for (const violation of worst.values()) {
    reportValue(violation, parsePointer(violation.instancePath), spec, kind, report);
  }
}

function keepWorst(worst: Map<string, Violation>, violation: Violation): void {
  const known = worst.get(violation.instancePath);
  const rank = (it: Violation): number => PRECEDENCE.indexOf(it.keyword);
  if (known === undefined || rank(violation) < rank(known)) worst.set(violation.instancePath, violation);
}

const covers = (pointer: string, path: string): boolean => path === pointer || path.startsWith(`${pointer}/`);

function parsePointer(pointer: string): Path {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The field that a path leads to. */
export function fieldAt(kind: KindSpec, path: Path): FieldSpec | undefined {
  let field: FieldSpec | undefined = { type: "object", description: "", fields: kind.fields };
  for (const step of path) {
    const name = String(step);
    if (field?.type === "array") field = field.items;
    else if (field?.type === "map") field = field.values;
    else
      field =
        field?.fields !== undefined && Object.hasOwn(field.fields, name) ? field.fields[name] : undefined;
  }
  return field;
}

/** `events`, `type_data.emails[0]`. */
function nameOf(path: Path): string {
  const steps = path.map((step, index) => {
    const text = String(step);
    if (/^\d+$/.test(text)) return `[${text}]`;
    return (index === 0 ? "" : ".") + (looksLikeKey(text) ? text : "…");
  });
  return steps.join("") || "spec";
}

function parameter(violation: Violation, name: string): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- ajv types the parameters as any object
  const value = (violation.params as Readonly<Record<string, unknown>>)[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function reportMissing(violation: Violation, path: Path, spec: Entry, kind: KindSpec, report: Report): void {
  const name = parameter(violation, "missingProperty");
  const field = fieldAt(kind, [...path, name]);
  const { entry } = nearest(spec, path);
  if (entry.value.type === "map" && isSaidOtherwise(name, entry.value, fieldAt(kind, path))) return;
  const message = `${nameOf([...path, name])} is missing`;
  const hint = `add ${name}: ${describeField(field)}`;
  report.error({ code: "missing-field", message, hint, at: entry.key });
}

/** Whether the field is there misspelt, or as the read-only field that stands for it; that has been reported. */
function isSaidOtherwise(name: string, node: MapNode, block: FieldSpec | undefined): boolean {
  const fields = Object.entries(block?.fields ?? {});
  const writable = fields.filter(([, field]) => field.readOnly !== true).map(([key]) => key);
  const stoodFor = fields.some(([key, field]) => field.writtenAs === name && node.entries.has(key));
  return stoodFor || isMisspelt(name, node.entries, writable);
}

function describeField(field: FieldSpec | undefined): string {
  if (field?.enum !== undefined && field.enum.length <= 12) return `one of ${field.enum.join(", ")}`;
  const text = field?.description ?? "";
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`.replace(/\.$/, "");
}

function reportUnknown(violation: Violation, path: Path, spec: Entry, kind: KindSpec, report: Report): void {
  const name = parameter(violation, "additionalProperty");
  const { entry } = nearest(spec, [...path]);
  const at = entry.value.type === "map" ? entry.value.entries.get(name) : undefined;
  if (at === undefined) return;
  const parent = fieldAt(kind, path);
  const fields = parent?.fields ?? {};
  const present = entry.value.type === "map" ? entry.value.entries : new Map<string, Entry>();
  const free = Object.keys(fields).filter((field) => fields[field]?.readOnly !== true && !present.has(field));
  const where = path.length === 0 ? kind.kind : nameOf(path);
  reportUnknownKey(name, at, where, free, report);
}

function reportValue(violation: Violation, path: Path, spec: Entry, kind: KindSpec, report: Report): void {
  const { entry } = nearest(spec, path);
  const field = fieldAt(kind, path);
  const inMapOfSecrets = fieldAt(kind, path.slice(0, -1))?.values?.secret !== undefined;
  const name = inMapOfSecrets && isNull(entry.value) ? `${nameOf(path.slice(0, -1))}.…` : nameOf(path);
  const { code, message, hint } = explain(violation, name, field, entry);
  // A text where no text belongs may be a secret that got there by a wrong indentation.
  if (code === "wrong-type" && entry.value.type === "scalar") report.hide(entry.value);
  report.error({ code, message, hint, at: entry.value });
}

const LIMITS: Readonly<
  Record<string, { readonly code: DiagnosticCode; readonly text: (limit: string) => string }>
> = {
  minLength: {
    code: "too-short",
    text: (limit) => `at least ${limit} ${limit === "1" ? "character" : "characters"} long`,
  },
  maxLength: { code: "too-long", text: (limit) => `at most ${limit} characters long` },
  minimum: { code: "out-of-range", text: (limit) => `at least ${limit}` },
  maximum: { code: "out-of-range", text: (limit) => `at most ${limit}` },
};

const COUNTS: Readonly<Record<string, { readonly code: DiagnosticCode; readonly word: string }>> = {
  minItems: { code: "too-few", word: "at least" },
  maxItems: { code: "too-many", word: "at most" },
};

const FORMATS: Readonly<Record<string, string>> = {
  uri: "a URL",
  "date-time": "a date and time, such as 2026-01-31T12:00:00Z",
  uuid: "a UUID",
  email: "an e-mail address",
};

/** Never repeats the value: it may be a secret. */
function explain(
  violation: Violation,
  name: string,
  field: FieldSpec | undefined,
  entry: Entry,
): { readonly code: DiagnosticCode; readonly message: string; readonly hint: string } {
  const { keyword } = violation;
  const limit = LIMITS[keyword];
  const count = COUNTS[keyword];
  const bound = parameter(violation, "limit");
  if (limit !== undefined) {
    return { code: limit.code, message: `${name} must be ${limit.text(bound)}`, hint: fieldHint(field) };
  }
  if (count !== undefined) {
    const unit = bound === "1" ? "item" : "items";
    return {
      code: count.code,
      message: `${name} must have ${count.word} ${bound} ${unit}`,
      hint: fieldHint(field),
    };
  }
  switch (keyword) {
    case "type":
      return explainType(name, field, entry);
    case "enum": {
      const known = field?.enum ?? [];
      const value =
        entry.value.type === "scalar" && typeof entry.value.value === "string" ? entry.value.value : "";
      return {
        code: "bad-enum",
        message: `${name} must be one of ${known.join(", ")}`,
        hint: suggest(value, known),
      };
    }
    case "format": {
      const wanted = FORMATS[parameter(violation, "format")] ?? "in the documented form";
      return { code: "bad-format", message: `${name} must be ${wanted}`, hint: fieldHint(field) };
    }
    default: {
      const duration = field?.format === "duration";
      const wanted = duration
        ? "a duration, such as 30s, 5m or 2h"
        : (field?.patternHint ?? "in the documented form");
      return {
        code: duration ? "bad-format" : "bad-pattern",
        message: `${name} must be ${wanted}`,
        hint: fieldHint(field),
      };
    }
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  map: "a map",
};

function explainType(
  name: string,
  field: FieldSpec | undefined,
  entry: Entry,
): { readonly code: DiagnosticCode; readonly message: string; readonly hint: string } {
  const wanted =
    field?.globs === true && field.type === "map"
      ? "a map or a list"
      : (TYPES[field?.type ?? ""] ?? "something else");
  const node = entry.value;
  const empty = node.type === "scalar" && node.value === null;
  const message = empty
    ? `${name} must be ${wanted}, but nothing is given`
    : `${name} must be ${wanted}, not ${typeName(node)}`;
  const quotable = field?.type === "string" && node.type === "scalar" && !empty;
  const hint = quotable
    ? "put the value in quotes"
    : empty
      ? "give a value, or remove the key"
      : `give ${wanted}`;
  return { code: "wrong-type", message, hint };
}

/** What the field is for, which is more use than the rule repeated. */
function fieldHint(field: FieldSpec | undefined): string {
  if (field?.patternHint !== undefined) return `it takes ${field.patternHint}`;
  return field === undefined ? "see bellhop schema" : field.description;
}
