/**
 * An inventory made anew from what is declared and what is there: by the key that an object of a store carries, by the id that
 * `manage.adopt` names, by name, or, where a kind has no name, by content. Pure. What the targets do not give back is not
 * remembered, so that the next apply sends it once more.
 */
import type { Kind, KindSpec } from "../model/field.ts";
import type { Observed } from "../model/plan.ts";
import type { Fields } from "../model/value.ts";
import type { InventoryEntry } from "../state/contract.ts";
import type { Fingerprint } from "../state/fingerprint.ts";
import { diffFields } from "./diff.ts";
import type { Desired, ObservedTarget } from "./input.ts";
import { intendedEntry } from "./inventory.ts";
import { replaceReferences } from "./references.ts";
import { resembles } from "./resemble.ts";

export interface RebuildInput {
  readonly desired: readonly Desired[];
  readonly observed: readonly ObservedTarget[];
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
  readonly fingerprint: Fingerprint;
}

export interface Rebuilt {
  readonly inventory: Readonly<Record<string, InventoryEntry>>;
  /** Declared, and nowhere to be found. */
  readonly missing: readonly string[];
  /** More than one object may be it, or one object may be several; left out of the inventory. */
  readonly ambiguous: readonly { readonly key: string; readonly remoteIds: readonly string[] }[];
  /** Objects of stores that carry a key that is not declared; left out, since they may be another project's. */
  readonly undeclared: readonly {
    readonly key: string;
    readonly target: string;
    readonly remoteId: string;
  }[];
}

export function rebuild(input: RebuildInput): Rebuilt {
  const found = new Map<Desired, Observed>();
  const ambiguous: { key: string; remoteIds: readonly string[] }[] = [];
  const missing: string[] = [];
  const candidates = new Map(input.desired.map((wanted) => [wanted, candidatesFor(input, wanted)]));
  const claims = countClaims(input, candidates);
  for (const [wanted, objects] of candidates) {
    const [object] = objects;
    if (object === undefined) missing.push(wanted.key);
    else if (objects.length > 1 || claims.get(object) !== 1) {
      ambiguous.push({ key: wanted.key, remoteIds: objects.map(({ remoteId }) => remoteId) });
    } else found.set(wanted, object);
  }
  const ids = new Map([...found].map(([{ key }, { remoteId }]) => [key, remoteId]));
  const entries = [...found].map(([wanted, object]) => remembered(input, wanted, object, ids));
  return {
    inventory: Object.fromEntries(entries.map((entry) => [entry.key, entry])),
    missing,
    ambiguous,
    undeclared: undeclared(input),
  };
}

function candidatesFor({ observed, kinds, fingerprint }: RebuildInput, wanted: Desired): readonly Observed[] {
  const { key, kind, manage } = wanted;
  const target = observed.find(({ name }) => name === wanted.target);
  const spec = kinds[kind];
  if (target === undefined || spec === undefined) return [];
  const same = target.objects.filter((object) => object.kind === kind && object.foreign === undefined);
  const keyed = same.filter((object) => object.key === key);
  if (keyed.length > 0) return keyed;
  const adopted = same.filter(({ remoteId, aliases = [] }) =>
    [remoteId, ...aliases].some((id) => id === manage.adopt),
  );
  if (adopted.length > 0) return adopted;
  // In a store what is ours has our key; a namesake is not ours.
  if (target.keepsKeys)
    return same.filter((object) => object.key !== undefined && manage.previously.includes(object.key));
  const entry = intendedEntry({ wanted, kind: spec, idOf: (referred) => referred, fingerprint });
  return same.filter((object) => resembles(spec, entry, object, fingerprint));
}

/** How many integrations may be each object, through whichever target it is seen. */
function countClaims(
  { observed }: RebuildInput,
  candidates: ReadonlyMap<Desired, readonly Observed[]>,
): ReadonlyMap<Observed, number> {
  const places = new Map(observed.map(({ name, place }) => [name, place]));
  const spell = ({ target }: Desired, { kind, remoteId }: Observed): string =>
    [places.get(target), kind, remoteId].join("\n");
  const counts = new Map<string, number>();
  for (const [wanted, objects] of candidates) {
    for (const object of objects) {
      const name = spell(wanted, object);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return new Map(
    [...candidates].flatMap(([wanted, objects]) =>
      objects.map((object): [Observed, number] => [object, counts.get(spell(wanted, object)) ?? 0]),
    ),
  );
}

/** As if what is there had been applied. */
function remembered(
  { kinds, fingerprint, observed }: RebuildInput,
  wanted: Desired,
  object: Observed,
  ids: ReadonlyMap<string, string>,
): InventoryEntry {
  const kind = kinds[wanted.kind];
  if (kind === undefined) throw new Error(`there is no kind ${wanted.kind}`);
  const idOf = (key: string): string => ids.get(key) ?? `(unknown: ${key})`;
  const address = observed.find(({ name }) => name === wanted.target)?.address;
  const entry = intendedEntry({ wanted, kind, idOf, fingerprint, address });
  const shown: Fields = replaceReferences(kind, wanted.spec, idOf);
  const { fields } = diffFields({
    kind,
    key: wanted.key,
    desired: shown,
    observed: object.fields,
    ...(object.clipped === undefined ? {} : { clipped: object.clipped }),
    entry: undefined,
    ignore: [],
    fingerprint,
  });
  const applied = { ...entry.applied };
  const secrets = { ...entry.secrets };
  for (const { path, before } of fields) {
    delete applied[path];
    const secret = Object.hasOwn(secrets, path);
    delete secrets[path];
    if (before !== null && !secret) applied[path] = before;
  }
  const version = object.version === undefined ? {} : { version: object.version };
  return { ...entry, applied, secrets, remoteId: object.remoteId, ...version };
}

function undeclared({ desired, observed }: RebuildInput): Rebuilt["undeclared"] {
  const declared = new Set(desired.flatMap(({ key, manage }) => [key, ...manage.previously]));
  const places = new Set<string>();
  return observed.flatMap(({ name, place, objects }) => {
    if (places.has(place)) return [];
    places.add(place);
    return objects.flatMap(({ key, remoteId }) =>
      key === undefined || declared.has(key) ? [] : [{ key, target: name, remoteId }],
    );
  });
}
