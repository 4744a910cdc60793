/** Objects that exist already as what a file would say of them. Pure. */
import type { FieldSpec, Kind, KindSpec } from "../model/field.ts";
import type { Observed } from "../model/plan.ts";
import { isObject } from "../model/value.ts";
import type { Fields, Value } from "../model/value.ts";
import { sameValue } from "./values.ts";

export interface ImportInput {
  readonly objects: readonly Observed[];
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
  readonly normalise: (kind: Kind, fields: Fields) => Fields;
  /** Key of the integration that an object is already, where it is one. */
  readonly owner: (object: Observed) => string | undefined;
  /** Keys that are in use. */
  readonly taken: ReadonlySet<string>;
  /** A key for a new integration from what people know it by; never one of `taken`. */
  readonly newKey: (name: string, taken: ReadonlySet<string>) => string;
}

export interface Imported {
  readonly key: string;
  readonly kind: Kind;
  readonly remoteId: string;
  readonly version?: string;
  /** What the file says: defaults left out, secrets as Secret, references as `{ ref: KEY }`. */
  readonly spec: Fields;
  /** The same with every default. */
  readonly whole: Fields;
  /** What the target did not give and somebody has to add, in words. */
  readonly notes: readonly string[];
}

/** Something that was left where it is, and why. */
export interface Left {
  readonly kind: Kind;
  readonly remoteId: string;
  readonly why: string;
}

export interface Importable {
  readonly imported: readonly Imported[];
  readonly left: readonly Left[];
}

export function importObjects(input: ImportInput): Importable {
  const left: Left[] = [];
  const taken = new Set(input.taken);
  /** `KIND\nID` → key, of everything that may be referred to. */
  const keys = new Map<string, string>();
  const candidates: { readonly key: string; readonly object: Observed; readonly kind: KindSpec }[] = [];
  for (const object of input.objects) {
    const kind = input.kinds[object.kind];
    if (kind === undefined) continue;
    const owner = input.owner(object);
    const why = owner === undefined ? object.foreign : `${owner} manages it already`;
    if (owner !== undefined) rememberKey(keys, object, owner);
    if (why !== undefined) {
      left.push({ kind: object.kind, remoteId: object.remoteId, why });
      continue;
    }
    const key = input.newKey(nameOf(kind, object.fields), taken);
    taken.add(key);
    rememberKey(keys, object, key);
    candidates.push({ key, object, kind });
  }
  const imported = candidates.map(({ key, object, kind }): Imported => {
    const whole = refer(kind, input.normalise(kind.kind, object.fields), keys);
    return {
      key,
      kind: kind.kind,
      remoteId: object.remoteId,
      spec: withoutDefaults(kind, whole),
      whole,
      notes: notesOf(kind, object),
      ...(object.version === undefined ? {} : { version: object.version }),
    };
  });
  return { imported, left };
}

function rememberKey(keys: Map<string, string>, object: Observed, key: string): void {
  for (const id of [object.remoteId, ...(object.aliases ?? [])]) keys.set(`${object.kind}\n${id}`, key);
}

function nameOf(kind: KindSpec, fields: Fields): string {
  const named = [kind.nameField ?? "", "description"].map((field) => fields[field]);
  return named.filter((value) => typeof value === "string").find((text) => text !== "") ?? kind.resource;
}

function withoutDefaults(kind: KindSpec, spec: Fields): Fields {
  return Object.fromEntries(
    Object.entries(spec).filter(([name, value]) => {
      const field = kind.fields[name];
      return field?.default === undefined || field.required === true || !sameValue(field, value, undefined);
    }),
  );
}

/** Ids of integrations as references to them. */
function refer(kind: KindSpec, spec: Fields, keys: ReadonlyMap<string, string>): Fields {
  return Object.fromEntries(
    Object.entries(spec).map(([name, value]) => [name, referValue(kind.fields[name], value, keys)]),
  );
}

function referValue(spec: FieldSpec | undefined, value: Value, keys: ReadonlyMap<string, string>): Value {
  if (spec === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => referValue(spec.items, item, keys));
  if (!isObject(value)) return value;
  const id = value["id"];
  const key = spec.ref === undefined || typeof id !== "string" ? undefined : keys.get(`${spec.ref}\n${id}`);
  if (key !== undefined) return { ref: key };
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, referValue(spec.fields?.[name], item, keys)]),
  );
}

function notesOf(kind: KindSpec, object: Observed): readonly string[] {
  const hidden = Object.entries(kind.fields)
    .filter(([name, spec]) => spec.writeOnly === true && object.fields[name] === undefined)
    .map(([name]) => name);
  return [
    ...(hidden.length === 0
      ? []
      : [`${hidden.join(", ")}: never given back; add what was set before changing anything`]),
    ...(object.clipped ?? []).map(
      (path) => `${path}: only its beginning was given back; use the whole one before changing anything`,
    ),
  ];
}
