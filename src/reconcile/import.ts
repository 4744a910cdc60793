/** Objects that exist already as what a file would say of them. Pure. */
import { isGlob } from "../lib/glob.ts";
import type { FieldSpec, Kind, KindSpec } from "../model/field.ts";
import type { Observed } from "../model/plan.ts";
import { Secret, reveal } from "../model/secret.ts";
import { Unresolved, isObject } from "../model/value.ts";
import type { Fields, Value } from "../model/value.ts";
import { slugId } from "../providers/ids.ts";
import type { InventoryEntry } from "../state/contract.ts";
import { sameValue } from "./values.ts";

export interface ImportInput {
  readonly objects: readonly Observed[];
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
  readonly normalise: (kind: Kind, fields: Fields) => Fields;
  /** What the inventory says of an object, where it has it. */
  readonly entryOf: (object: Observed) => InventoryEntry | undefined;
  /** Keys that are declared. */
  readonly declared: ReadonlySet<string>;
  /** Keys that are in use by something else. */
  readonly taken: ReadonlySet<string>;
  /** Names that are declared in this target: see `nameMark`. */
  readonly names: ReadonlySet<string>;
  /** Objects that no file can say, and why. */
  readonly unsayable: ReadonlyMap<Observed, string>;
}

export interface Imported {
  readonly key: string;
  readonly kind: Kind;
  readonly object: Observed;
  /**
   * What the file says: defaults left out, secrets as Secret, references as `{ ref: KEY }`; Unresolved where there is a value
   * that the target does not give back.
   */
  readonly spec: Fields;
  /** Paths of fields that the target never gives back, so that nobody can tell whether they have a value. */
  readonly untold: readonly string[];
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

export const nameMark = (kind: Kind, name: string): string => `${kind}\n${name}`;

export function importObjects(input: ImportInput): Importable {
  const left: Left[] = [];
  const taken = new Set(input.taken);
  const names = new Set(input.names);
  const keys = new Map<string, string>();
  const chosen: { readonly key: string; readonly object: Observed; readonly kind: KindSpec }[] = [];
  for (const object of input.objects) {
    const kind = input.kinds[object.kind];
    const entry = input.entryOf(object);
    if (kind === undefined || (entry !== undefined && input.declared.has(entry.key))) continue;
    const name = textOf(kind.nameField === undefined ? undefined : object.fields[kind.nameField]);
    const why = object.foreign ?? input.unsayable.get(object) ?? namesake(kind, name, names);
    if (why !== undefined) {
      left.push({ kind: object.kind, remoteId: object.remoteId, why });
      continue;
    }
    if (name !== "") names.add(nameMark(kind.kind, name));
    const key = entry?.key ?? newKey(kind, object, taken);
    taken.add(key);
    for (const id of [object.remoteId, ...(object.aliases ?? [])]) keys.set(`${kind.kind}\n${id}`, key);
    chosen.push({ key, object, kind });
  }
  const imported = chosen.map(({ key, object, kind }): Imported => {
    const whole = input.normalise(kind.kind, object.fields);
    const entry = input.entryOf(object);
    const { filled, untold } = withUngiven(kind, whole, object, entry);
    const spec = asWritten(kind.fields, filled, (of, id) => keys.get(`${of}\n${id}`));
    return { key, kind: kind.kind, object, spec, untold };
  });
  return { imported, left };
}

function namesake(kind: KindSpec, name: string, names: ReadonlySet<string>): string | undefined {
  if (name === "" || !names.has(nameMark(kind.kind, name))) return undefined;
  return `another one has the name ${JSON.stringify(name)} too, and a file can name only one; rename one of them and import again`;
}

/** The key that the record bears, or one made of the name, the description, or what the object is and its id. */
function newKey(kind: KindSpec, object: Observed, taken: ReadonlySet<string>): string {
  if (object.key !== undefined && /^[A-Za-z0-9_.-]{1,100}$/.test(object.key) && !taken.has(object.key)) {
    return object.key;
  }
  const { fields, remoteId } = object;
  const spoken = [kind.nameField ?? "", "description"].map((field) =>
    textOf(fields[field]).normalize("NFKD").replaceAll(/\p{M}/gu, ""),
  );
  const named = spoken.find((text) => /[a-z0-9]/i.test(text));
  const id = remoteId.replaceAll(/[^a-z0-9]/gi, "");
  return slugId((named ?? `${kind.resource}-${id.slice(-8)}`).slice(0, 200), taken);
}

const textOf = (value: Value | undefined): string =>
  value instanceof Secret ? reveal(value) : typeof value === "string" ? value : "";

interface Filled {
  readonly filled: Fields;
  readonly untold: readonly string[];
}

/** With a placeholder for every value that is there, as far as can be told, and does not come back, or not whole. */
function withUngiven(
  kind: KindSpec,
  spec: Fields,
  object: Observed,
  entry: InventoryEntry | undefined,
): Filled {
  const filled: Fields = { ...spec };
  const untold: string[] = [];
  for (const [name, field] of Object.entries(kind.fields)) {
    if (object.clipped?.includes(name) === true) filled[name] = new Unresolved(name, true);
    if (field.writeOnly !== true || spec[name] !== undefined || object.fields[name] !== undefined) continue;
    if (!applies(field, kind, spec)) continue;
    const told = field.toldBy === undefined ? undefined : object.fields[field.toldBy];
    if (told === true || entry?.secrets[name] !== undefined) filled[name] = new Unresolved(name, true);
    else if (told !== false) untold.push(name);
  }
  return { filled, untold };
}

function applies({ onlyWith }: FieldSpec, kind: KindSpec, spec: Fields): boolean {
  if (onlyWith === undefined) return true;
  const value = spec[onlyWith.path] ?? kind.fields[onlyWith.path]?.default;
  return (typeof value === "string" || typeof value === "boolean") && onlyWith.values.includes(value);
}

type KeyOf = (kind: Kind, id: string) => string | undefined;

/** Defaults left out, ids as references, a map of flags as the list of those that are set. */
function asWritten(specs: Readonly<Record<string, FieldSpec>>, fields: Fields, keyOf: KeyOf): Fields {
  const written: Fields = {};
  for (const [name, value] of Object.entries(fields)) {
    const spec = specs[name];
    if (spec?.required !== true && sameValue(spec, value, undefined)) continue;
    written[name] = spec === undefined ? value : valueAsWritten(spec, value, keyOf);
  }
  return written;
}

function valueAsWritten(spec: FieldSpec, value: Value, keyOf: KeyOf): Value {
  const { items } = spec;
  if (Array.isArray(value)) {
    return items === undefined ? value : value.map((item) => valueAsWritten(items, item, keyOf));
  }
  if (!isObject(value)) return value;
  if (spec.globs === true && spec.type === "map") return listOfSet(value);
  const id = value["id"];
  const key = spec.ref === undefined || typeof id !== "string" ? undefined : keyOf(spec.ref, id);
  if (key !== undefined) return { ref: key };
  return spec.fields === undefined ? value : asWritten(spec.fields, value, keyOf);
}

/** Only where every name is read as that name. */
function listOfSet(flags: Fields): Value {
  const names = Object.keys(flags);
  const isPlain = (name: string): boolean =>
    flags[name] === true && name !== "" && !isGlob(name) && !name.startsWith("!");
  return names.length > 0 && names.every(isPlain) ? names : flags;
}
