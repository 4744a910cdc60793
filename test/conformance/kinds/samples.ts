/** For every kind that is registered one valid spec, and for every documented field that can be written one other valid value. */
import { kindSpecs, providerSpecs } from "../../../src/generated/kinds.ts";
import type { FieldSpec, Kind } from "../../../src/model/field.ts";
import type { Fields, Value } from "../../../src/model/value.ts";
import { isObject } from "../../../src/model/value.ts";
import { kindOf } from "./sides.ts";

/** The example of every kind whose provider has an API. */
export const BASE: Readonly<Record<Kind, Fields>> = Object.fromEntries(
  kindSpecs
    .filter(({ provider }) => providerSpecs.find(({ id }) => id === provider)?.apiUrl !== undefined)
    .map(({ kind, example }) => [kind, structuredClone(example)]),
);

/** Where one field can only be changed together with others: the spec before and after. */
const TOGETHER: Readonly<Record<string, { readonly before?: Fields; readonly after: Fields }>> = {
  "northflank/notification type": { after: { type: "DISCORD", secret: null } },
  "northflank/notification restricted": { after: { restricted: false, projects: null } },
  "scalingo/notifier platform": { after: { platform: "slack" } },
  "scalingo/notifier type_data.emails": {
    before: { platform: "email", type_data: { emails: ["a@example.com"] } },
    after: { platform: "email", type_data: { emails: ["b@example.com", "a@example.com"] } },
  },
  "scalingo/notifier type_data.user_ids": {
    before: { platform: "email", type_data: { emails: ["a@example.com"], user_ids: ["us-1"] } },
    after: { platform: "email", type_data: { emails: ["a@example.com"], user_ids: ["us-2"] } },
  },
};

export interface FieldCase {
  readonly kind: Kind;
  /** Dotted. */
  readonly path: string;
  readonly before: Fields;
  readonly after: Fields;
  /** The change makes a new object. */
  readonly replaces: boolean;
  /** The target never gives it back: a remote change cannot be seen. */
  readonly hidden: boolean;
}

/** One case for every field that can be written, and for every key of a map. */
export function fieldCases(kind: Kind): readonly FieldCase[] {
  return Object.entries(kindOf(kind).fields).flatMap(([name, spec]) =>
    casesOf(kind, [name], spec, spec.writeOnly === true),
  );
}

/** Every field that may be left out, left out. */
export function removalCases(
  kind: Kind,
): readonly Pick<FieldCase, "kind" | "path" | "before" | "after" | "hidden">[] {
  const base = BASE[kind] ?? {};
  const { fields } = kindOf(kind);
  return Object.keys(base)
    .filter((name) => fields[name]?.required !== true && fields[name]?.requiredWith === undefined)
    .filter((name) => name !== "type_data")
    .map((name) => ({
      kind,
      path: name,
      hidden: fields[name]?.writeOnly === true,
      before: base,
      after: merged(base, { [name]: null, ...WITHOUT[`${kind} ${name}`] }),
    }));
}

/** What has to go along when a field is left out. */
const WITHOUT: Readonly<Record<string, Fields>> = {
  "northflank/notification restricted": { projects: null },
};

function casesOf(
  kind: Kind,
  path: readonly string[],
  spec: FieldSpec,
  hidden: boolean,
): readonly FieldCase[] {
  if (spec.readOnly === true) return [];
  if (spec.fields !== undefined) {
    return Object.entries(spec.fields).flatMap(([name, inner]) =>
      casesOf(kind, [...path, name], inner, hidden),
    );
  }
  if (spec.type === "map")
    return (spec.keys ?? []).map((key) =>
      caseOf(kind, [...path, key], { type: "boolean", description: "" }, hidden),
    );
  return [caseOf(kind, path, spec, hidden)];
}

function caseOf(kind: Kind, path: readonly string[], spec: FieldSpec, hidden: boolean): FieldCase {
  const base = BASE[kind] ?? {};
  const name = path.join(".");
  const together = TOGETHER[`${kind} ${name}`];
  const before = merged(base, together?.before ?? {});
  const after =
    together === undefined
      ? withValue(before, path, otherValue(spec, valueAt(before, path)))
      : merged(base, together.after);
  return { kind, path: name, before, after, replaces: spec.forceNew === true, hidden };
}

/** A destination that is there already when a policy is tried. */
export const DESTINATION = "b115d5ec15c641ee8b7692c449b5227b";

const merged = (base: Fields, over: Fields): Fields =>
  Object.fromEntries(Object.entries({ ...base, ...over }).filter(([, value]) => value !== null));

function otherValue(spec: FieldSpec, value: Value | undefined): Value {
  if (spec.type === "boolean") return value !== true;
  if (spec.type === "array") {
    const items = Array.isArray(value) ? value : [];
    return [...items, spec.items === undefined ? "other" : otherItem(spec.items, items)];
  }
  const choices = (spec.enum ?? []).filter(
    (choice) => choice !== value && spec.storeOnly?.includes(choice) !== true,
  );
  if (choices[0] !== undefined) return choices[0];
  if (spec.format === "duration") return "1h";
  return typeof value === "string" ? `${value}2` : "another text";
}

function otherItem(spec: FieldSpec, items: readonly Value[]): Value {
  if (spec.ref !== undefined) return { id: DESTINATION };
  if (spec.fields !== undefined) return { id: `other-${items.length}@example.com` };
  return (spec.enum ?? []).find((choice) => !items.includes(choice)) ?? `other-${items.length}`;
}

function valueAt(spec: Fields, path: readonly string[]): Value | undefined {
  return path.reduce<Value | undefined>((value, name) => (isObject(value) ? value[name] : undefined), spec);
}

function withValue(spec: Fields, [name = "", ...rest]: readonly string[], value: Value): Fields {
  const inner = spec[name];
  return {
    ...spec,
    [name]: rest.length === 0 ? value : withValue(isObject(inner) ? inner : {}, rest, value),
  };
}
