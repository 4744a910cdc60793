/** The plan's input, indexed once, so that planning is linear in the number of integrations. */
import { AppError } from "../model/errors.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type { Observed } from "../model/plan.ts";
import { Secret, reveal } from "../model/secret.ts";
import type { InventoryEntry } from "../state/contract.ts";
import type { Fingerprint } from "../state/fingerprint.ts";
import type { Desired, Doubt, ObservedTarget, PlanInput } from "./input.ts";
import { hasReferences } from "./references.ts";

/** What stands in one place, by what it is looked up by. Targets of the same place see the very same objects. */
interface Place {
  readonly objects: readonly Observed[];
  readonly find: (kind: Kind, remoteId: string) => Observed | undefined;
  /** Carries this integration's key. */
  readonly withKey: (kind: Kind, key: string) => Observed | undefined;
  /** Everything that people know by this name. */
  readonly named: (kind: KindSpec, name: string) => readonly Observed[];
}

export type IndexedTarget = ObservedTarget & Place;

export interface World {
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
  readonly targets: ReadonlyMap<string, IndexedTarget>;
  readonly inventory: Readonly<Record<string, InventoryEntry>>;
  readonly desired: ReadonlyMap<string, Desired>;
  readonly doubts: ReadonlyMap<string, Doubt>;
  readonly fingerprint: Fingerprint | undefined;
  readonly destroy: boolean;
  /** See PlanInput. */
  readonly unread: ReadonlyMap<string, string>;
  /** See PlanInput. */
  readonly former: ReadonlyMap<string, string>;
  /** Whether an object of a store carries the mark of another project's state. */
  isAnothers(object: Observed): boolean;
  /** Inventory key of an object, whichever target of the same place it is seen through. */
  owner(object: Observed): string | undefined;
  kind(kind: Kind): KindSpec;
  refers(kind: Kind): boolean;
}

export function indexWorld(input: PlanInput): World {
  const places = new Map<string, Place>();
  const targets = new Map(
    input.targets.map((target) => {
      const place = places.get(target.place) ?? indexPlace(target.objects);
      places.set(target.place, place);
      return [target.name, { ...target, ...place }];
    }),
  );
  const owners = new Map<Observed, string>();
  for (const key in input.inventory) {
    const entry = input.inventory[key];
    const object = entry && targets.get(entry.target)?.find(entry.kind, entry.remoteId);
    if (object !== undefined) owners.set(object, key);
  }
  const refers = new Map(Object.entries(input.kinds).map(([name, spec]) => [name, hasReferences(spec)]));
  return {
    kinds: input.kinds,
    targets,
    inventory: input.inventory,
    desired: new Map(input.destroy === true ? [] : input.desired.map((wanted) => [wanted.key, wanted])),
    doubts: input.doubts ?? new Map(),
    fingerprint: input.fingerprint,
    destroy: input.destroy === true,
    unread: input.unread ?? new Map(),
    former: input.former ?? new Map(),
    isAnothers: ({ project }) => project !== undefined && project !== input.project,
    owner: (object) => owners.get(object),
    kind: (kind) => {
      const spec = input.kinds[kind];
      if (spec === undefined) throw new AppError("unknown-kind", `there is no kind ${kind}`);
      return spec;
    },
    refers: (kind) => refers.get(kind) === true,
  };
}

function indexPlace(objects: readonly Observed[]): Place {
  const byId = new Map<Kind, Map<string, Observed>>();
  for (const object of objects) {
    const ids = byId.get(object.kind);
    if (ids === undefined) byId.set(object.kind, new Map([[object.remoteId, object]]));
    else ids.set(object.remoteId, object);
    for (const alias of object.aliases ?? []) byId.get(object.kind)?.set(alias, object);
  }
  const byKey = new Map<Kind, ReadonlyMap<string, Observed>>();
  const byName = new Map<Kind, ReadonlyMap<string, readonly Observed[]>>();
  return {
    objects,
    find: (kind, remoteId) => byId.get(kind)?.get(remoteId),
    withKey: (kind, key) => {
      const keys = byKey.get(kind) ?? indexKeys(kind, objects);
      byKey.set(kind, keys);
      return keys.get(key);
    },
    named: (kind, name) => {
      const names = byName.get(kind.kind) ?? indexNames(kind, objects);
      byName.set(kind.kind, names);
      return names.get(foldName(kind, name)) ?? [];
    },
  };
}

const indexKeys = (kind: Kind, objects: readonly Observed[]): ReadonlyMap<string, Observed> =>
  new Map(
    objects.flatMap((object) =>
      object.kind === kind && object.key !== undefined ? [[object.key, object] as const] : [],
    ),
  );

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
