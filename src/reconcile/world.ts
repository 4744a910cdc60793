/** The plan's input, indexed once, so that planning is linear in the number of integrations. */
import { AppError } from "../model/errors.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type { Observed } from "../model/plan.ts";
import { Secret, reveal } from "../model/secret.ts";
import type { InventoryEntry } from "../state/contract.ts";
import type { Fingerprint } from "../state/fingerprint.ts";
import type { Desired, ObservedTarget, PlanInput } from "./input.ts";
import { hasReferences } from "./references.ts";

/** A target with its objects by what they are looked up by. */
export interface IndexedTarget extends ObservedTarget {
  find(kind: Kind, remoteId: string): Observed | undefined;
  /** Carries this integration's key. */
  withKey(kind: Kind, key: string): Observed | undefined;
  /** Everything that people know by this name. */
  named(kind: KindSpec, name: string): readonly Observed[];
}

export interface World {
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
  readonly targets: ReadonlyMap<string, IndexedTarget>;
  readonly inventory: Readonly<Record<string, InventoryEntry>>;
  readonly desired: ReadonlyMap<string, Desired>;
  readonly fingerprint: Fingerprint | undefined;
  readonly destroy: boolean;
  /** Inventory key of an object, whichever target of the same place it is seen through. */
  owner(target: ObservedTarget, object: Observed): string | undefined;
  /** The same for an object through whichever target of its place it is seen. */
  identify(target: ObservedTarget, object: Observed): string;
  kind(kind: Kind): KindSpec;
  refers(kind: Kind): boolean;
}

export function indexWorld(input: PlanInput): World {
  const targets = new Map(input.targets.map((target) => [target.name, indexTarget(target)]));
  const owners = new Map<string, string>();
  for (const key in input.inventory) {
    const entry = input.inventory[key];
    const target = entry && targets.get(entry.target);
    if (entry && target) owners.set(identity(target.place, entry.kind, entry.remoteId), key);
  }
  const refers = new Map(Object.entries(input.kinds).map(([name, spec]) => [name, hasReferences(spec)]));
  return {
    kinds: input.kinds,
    targets,
    inventory: input.inventory,
    desired: new Map(input.destroy === true ? [] : input.desired.map((wanted) => [wanted.key, wanted])),
    fingerprint: input.fingerprint,
    destroy: input.destroy === true,
    owner: (target, object) => owners.get(identity(target.place, object.kind, object.remoteId)),
    identify: (target, object) => identity(target.place, object.kind, object.remoteId),
    kind: (kind) => {
      const spec = input.kinds[kind];
      if (spec === undefined) throw new AppError("unknown-kind", `there is no kind ${kind}`);
      return spec;
    },
    refers: (kind) => refers.get(kind) === true,
  };
}

function indexTarget(target: ObservedTarget): IndexedTarget {
  const byId = new Map(target.objects.map((object) => [identity("", object.kind, object.remoteId), object]));
  let byKey: Map<string, Observed> | undefined;
  const byName = new Map<Kind, ReadonlyMap<string, readonly Observed[]>>();
  return {
    ...target,
    find: (kind, remoteId) => byId.get(identity("", kind, remoteId)),
    withKey: (kind, key) => {
      byKey ??= new Map(
        target.objects.flatMap((object) =>
          object.key === undefined ? [] : [[identity("", object.kind, object.key), object] as const],
        ),
      );
      return byKey.get(identity("", kind, key));
    },
    named: (kind, name) => {
      let names = byName.get(kind.kind);
      if (names === undefined) {
        names = indexNames(kind, target.objects);
        byName.set(kind.kind, names);
      }
      return names.get(foldName(kind, name)) ?? [];
    },
  };
}

function indexNames(kind: KindSpec, objects: readonly Observed[]): ReadonlyMap<string, readonly Observed[]> {
  const names = new Map<string, Observed[]>();
  for (const object of objects) {
    const name = object.kind === kind.kind ? nameOf(kind, object.fields) : undefined;
    if (name === undefined) continue;
    const same = names.get(name);
    if (same === undefined) names.set(name, [object]);
    else same.push(object);
  }
  return names;
}

/** What people know the object by, in its compared form; undefined where the kind has no name. */
export function nameOf(kind: KindSpec, fields: Observed["fields"]): string | undefined {
  const value = kind.nameField === undefined ? undefined : fields[kind.nameField];
  if (value instanceof Secret) return foldName(kind, reveal(value));
  return typeof value === "string" && value !== "" ? foldName(kind, value) : undefined;
}

function foldName(kind: KindSpec, name: string): string {
  const spec = kind.nameField === undefined ? undefined : kind.fields[kind.nameField];
  return spec?.ignoreCase === true ? name.toLowerCase() : name;
}

const identity = (place: string, kind: string, name: string): string => `${place}\n${kind}\n${name}`;
