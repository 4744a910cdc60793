/**
 * In which order the changes of a plan may be applied. A change waits for what it refers to; a deletion waits for whatever referred to the
 * deleted object; a creation waits for the deletion that frees its key or its name.
 */
import { compareText } from "../lib/canonical-json.ts";
import type { Drafted } from "./draft.ts";

export interface Ordered {
  readonly drafted: Drafted;
  readonly level: number;
  /** Indices in the ordered list. */
  readonly dependsOn: readonly number[];
}

const MAKES: ReadonlySet<string> = new Set(["create", "replace", "adopt", "update"]);
const REMOVES: ReadonlySet<string> = new Set(["delete", "forget"]);

/** Sorted by target, level and key: the same whatever the order of `drafts`. */
export function orderChanges(drafts: readonly Drafted[]): readonly Ordered[] {
  const waits = dependencies(drafts);
  const levels = levelsOf(drafts, waits);
  const ordered = drafts.toSorted((left, right) => {
    const [a, b] = [left.change, right.change];
    return (
      compareText(a.target, b.target) ||
      (levels.get(left) ?? 0) - (levels.get(right) ?? 0) ||
      compareText(a.key, b.key) ||
      compareText(a.op, b.op) ||
      compareText(a.remoteId ?? "", b.remoteId ?? "")
    );
  });
  const index = new Map(ordered.map((drafted, position) => [drafted, position]));
  return ordered.map((drafted) => ({
    drafted,
    level: levels.get(drafted) ?? 0,
    dependsOn: [...(waits.get(drafted) ?? [])]
      .flatMap((other) => index.get(other) ?? [])
      .toSorted((left, right) => left - right),
  }));
}

function dependencies(drafts: readonly Drafted[]): ReadonlyMap<Drafted, ReadonlySet<Drafted>> {
  const waits = new Map<Drafted, Set<Drafted>>();
  const wait = (who: Drafted, other: Drafted | undefined): void => {
    if (other === undefined || other === who) return;
    const known = waits.get(who);
    if (known === undefined) waits.set(who, new Set([other]));
    else known.add(other);
  };
  const makers = new Map<string, Drafted>();
  const removers = new Map<string, Drafted>();
  const referrers = new Map<string, Drafted[]>();
  for (const drafted of drafts) {
    const { op, key } = drafted.change;
    if (MAKES.has(op)) makers.set(key, drafted);
    if (REMOVES.has(op)) removers.set(key, drafted);
    for (const referred of drafted.formerReferences) {
      const known = referrers.get(referred);
      if (known === undefined) referrers.set(referred, [drafted]);
      else known.push(drafted);
    }
  }
  const freed = new Map<string, Drafted>();
  for (const drafted of removers.values()) {
    const before = referrers.get(drafted.change.key) ?? [];
    for (const referrer of before) wait(drafted, referrer);
    // A name is only waited for where nothing else is: so that no circle can come of it.
    if (before.length === 0 && drafted.name !== undefined) freed.set(nameKey(drafted, drafted.name), drafted);
  }
  for (const drafted of makers.values()) {
    for (const key of drafted.references) wait(drafted, makers.get(key));
    if (drafted.change.op !== "create") continue;
    wait(drafted, removers.get(drafted.change.key));
    if (drafted.name !== undefined) wait(drafted, freed.get(nameKey(drafted, drafted.name)));
  }
  return waits;
}

function levelsOf(
  drafts: readonly Drafted[],
  waits: ReadonlyMap<Drafted, ReadonlySet<Drafted>>,
): ReadonlyMap<Drafted, number> {
  const levels = new Map<Drafted, number>();
  const level = (drafted: Drafted): number => {
    const known = levels.get(drafted);
    if (known !== undefined) return known;
    // Stands while the others are looked at, which ends a circle.
    levels.set(drafted, 0);
    let above = 0;
    for (const other of waits.get(drafted) ?? []) above = Math.max(above, level(other) + 1);
    levels.set(drafted, above);
    return above;
  };
  for (const drafted of drafts) level(drafted);
  return levels;
}

const nameKey = ({ change }: Drafted, name: string): string => `${change.target}\n${change.kind}\n${name}`;
