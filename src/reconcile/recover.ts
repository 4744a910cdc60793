/**
 * What became of calls whose outcome was not written down: found out from what the targets have now, before anything is planned.
 * A creation that landed goes into the inventory; of an update it is forgotten what it would have changed, so that the plan looks
 * at the target and sends again what cannot be looked at. Pure.
 */
import { canonicalJson } from "../lib/canonical-json.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type { Observed } from "../model/plan.ts";
import type { Intent, InventoryEntry, StateData } from "../state/contract.ts";
import type { Fingerprint } from "../state/fingerprint.ts";
import { isSameObject } from "../state/journal.ts";
import type { Doubt, ObservedTarget } from "./input.ts";
import { resembles } from "./resemble.ts";

export interface Recovered {
  readonly state: StateData;
  /** Whether `state` is another one than before. */
  readonly changed: boolean;
  /** By integration key: creations that left more than one object that they may have made. */
  readonly doubts: ReadonlyMap<string, Doubt>;
  /** What was found, in sentences. */
  readonly notes: readonly string[];
}

/** What is being found out. */
interface Search {
  readonly inventory: Map<string, InventoryEntry>;
  readonly targets: ReadonlyMap<string, ObservedTarget>;
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
  readonly fingerprint: Fingerprint;
  /** Lineage of the state. */
  readonly project: string;
  readonly doubts: Map<string, Doubt>;
  readonly notes: string[];
}

export function recover(
  state: StateData,
  observed: readonly ObservedTarget[],
  kinds: Readonly<Record<Kind, KindSpec>>,
  fingerprint: Fingerprint,
): Recovered {
  const { pending = [], ...rest } = state;
  const search: Search = {
    inventory: new Map(Object.entries(state.inventory)),
    targets: new Map(observed.map((target) => [target.name, target])),
    kinds,
    fingerprint,
    project: state.lineage,
    doubts: new Map(),
    notes: [],
  };
  // Where the target is not declared any more, nobody can tell; it is kept in case it comes back.
  const [open, unseen] = partition(pending, ({ target }) => search.targets.has(target));
  const left = open.filter((intent, index) => !settles(search, intent, open.slice(index + 1)));
  const stays = [...unseen, ...left];
  return {
    state: {
      ...rest,
      inventory: Object.fromEntries(search.inventory),
      ...(stays.length === 0 ? {} : { pending: stays }),
    },
    changed: left.length < open.length,
    doubts: search.doubts,
    notes: search.notes,
  };
}

/** Whether it is now known what became of a call. `later` are those that were made after it. */
function settles(search: Search, intent: Intent, later: readonly Intent[]): boolean {
  switch (intent.op) {
    case "create":
      return settlesCreation(search, intent, later);
    case "update":
      forgetWhatWasSent(search, intent);
      return true;
    case "delete":
      // Either the object is gone, or the plan removes it again.
      return true;
  }
}

function settlesCreation(search: Search, intent: Intent, later: readonly Intent[]): boolean {
  const { entry, key, kind, target } = intent;
  if (entry === undefined || search.inventory.has(key)) return true;
  const candidates = candidatesFor(search, intent);
  const [first] = candidates;
  if (first === undefined) return true;
  // Creations that are all alike may have made these: any of them will do.
  const rivals = later.filter(
    (other) =>
      other.op === "create" && other.target === target && candidatesFor(search, other).includes(first),
  );
  if (candidates.length > rivals.length + 1) {
    const ids = candidates.map(({ remoteId }) => remoteId);
    search.doubts.set(key, {
      remoteId: first.remoteId,
      why: `an apply that was cut short may have created it already: ${target} has ${ids.join(" and ")}, and one of them may be it`,
      hint: `look at them, and take one over with manage: { adopt: ${JSON.stringify(first.remoteId)} }, or delete what is too many`,
    });
    return false;
  }
  const version = first.version === undefined ? {} : { version: first.version };
  search.inventory.set(key, { ...entry, remoteId: first.remoteId, ...version });
  search.notes.push(
    `${key}: an apply that was cut short had created ${kind} ${first.remoteId}; it is taken over`,
  );
  return true;
}

/** What was there before, is somebody's, or does not look like it, is not what a creation made. */
function candidatesFor(
  search: Search,
  { entry, key, kind, target, resembling = [] }: Intent,
): readonly Observed[] {
  const spec = search.kinds[kind];
  const seen = search.targets.get(target);
  if (entry === undefined || spec === undefined || seen === undefined) return [];
  const owned = new Set(
    [...search.inventory.values()]
      .filter((one) => one.kind === kind && search.targets.get(one.target)?.place === seen.place)
      .map(({ remoteId }) => remoteId),
  );
  return seen.objects.filter((object) => {
    if (object.kind !== kind || resembling.includes(object.remoteId)) return false;
    if ([object.remoteId, ...(object.aliases ?? [])].some((id) => owned.has(id))) return false;
    if (!seen.keepsKeys) return resembles(spec, entry, object, search.fingerprint);
    return object.key === key && (object.project ?? search.project) === search.project;
  });
}

function forgetWhatWasSent({ inventory, notes }: Search, intent: Intent): void {
  const { entry: sent, kind, remoteId } = intent;
  const known = [...inventory.values()].find((entry) => isSameObject(entry, intent));
  if (known === undefined || sent === undefined) return;
  const same = <T>(
    left: Readonly<Record<string, T>>,
    right: Readonly<Record<string, T>>,
  ): Record<string, T> =>
    Object.fromEntries(
      Object.entries(left).filter(([path, value]) => canonicalJson(value) === canonicalJson(right[path])),
    );
  const { version: _, ...rest } = known;
  inventory.set(known.key, {
    ...rest,
    applied: same(known.applied, sent.applied),
    secrets: same(known.secrets, sent.secrets),
  });
  notes.push(
    `${known.key}: an apply was cut short while it updated ${kind} ${remoteId ?? ""}; it is looked at anew`,
  );
}

function partition<T>(items: readonly T[], holds: (item: T) => boolean): readonly [T[], T[]] {
  const sides: [T[], T[]] = [[], []];
  for (const item of items) sides[holds(item) ? 0 : 1].push(item);
  return sides;
}
