/**
 * The plan: what must be done so that the targets are what is declared. Pure, and the same for the same input in whatever
 * order it comes.
 */
import { compareText } from "../lib/canonical-json.ts";
import type { Change, Op, Plan } from "../model/plan.ts";
import { decide } from "./decide.ts";
import { planDigest } from "./digest.ts";
import { guard } from "./guard.ts";
import type { Draft } from "./draft.ts";
import { newDraft } from "./draft.ts";
import type { Desired, Planned, PlanInput } from "./input.ts";
import { orderChanges } from "./order.ts";
import { referencedKeys } from "./references.ts";
import { planNeighbours, removeEntry } from "./removal.ts";
import type { World } from "./world.ts";
import { indexWorld } from "./world.ts";

export function makePlan(input: PlanInput): Planned {
  const world = indexWorld(input);
  const draft = newDraft();
  planDesired(world, draft);
  planRemovals(world, draft);
  if (!world.destroy) planNeighbours(world, draft);
  return finish(world, draft);
}

/** Referenced integrations first, so that it is known whether they keep their id. */
function planDesired(world: World, draft: Draft): void {
  const ids = new Map<string, string | undefined>();
  const visit = (wanted: Desired): void => {
    if (ids.has(wanted.key)) return;
    ids.set(wanted.key, undefined);
    if (world.refers(wanted.kind)) {
      for (const key of referencedKeys(world.kind(wanted.kind), wanted.spec)) {
        const referenced = world.desired.get(key);
        if (referenced !== undefined) visit(referenced);
      }
    }
    ids.set(wanted.key, decide(world, draft, wanted, idAfter));
  };
  const idAfter = (key: string): string => ids.get(key) ?? `(known after apply: ${key})`;
  // By key, so that who claims what does not depend on the order of the file.
  for (const key of [...world.desired.keys()].toSorted()) {
    const wanted = world.desired.get(key);
    if (wanted !== undefined) visit(wanted);
  }
}

function planRemovals(world: World, draft: Draft): void {
  const left = Object.keys(world.inventory).filter((key) => !draft.claimed.has(key));
  for (const key of left.toSorted()) {
    const entry = world.inventory[key];
    if (entry !== undefined) removeEntry(world, draft, entry);
  }
}

function finish(world: World, draft: Draft): Planned {
  const ordered = orderChanges(draft.drafted);
  const changes = ordered.map(({ drafted }) => drafted.change);
  const digest = planDigest(changes);
  const confirm = ordered.flatMap(({ drafted }) => (drafted.mustConfirm === true ? [drafted.change] : []));
  if (!world.destroy) draft.blocked.push(...guard({ world, changes, confirm, digest }));
  const plan: Plan = {
    formatVersion: 1,
    digest,
    summary: summarise(changes),
    changes,
    kept: draft.kept.toSorted(byPlace),
    blocked: draft.blocked.toSorted(byPlace),
    unknown: draft.unknown.toSorted(byPlace),
  };
  const steps = ordered.map(({ drafted, level, dependsOn }) => ({
    change: drafted.change,
    ...(drafted.spec === undefined ? {} : { spec: drafted.spec }),
    level,
    dependsOn,
  }));
  return { plan, steps };
}

export function summarise(changes: readonly Change[]): Record<Op, number> {
  const summary: Record<Op, number> = { create: 0, update: 0, replace: 0, delete: 0, adopt: 0, forget: 0 };
  for (const { op } of changes) summary[op] += 1;
  return summary;
}

interface Placed {
  readonly target: string;
  readonly key: string | null;
  readonly kind?: string | null;
  readonly remoteId?: string | null;
  readonly path?: string | null;
  readonly why: string;
}

const byPlace = (left: Placed, right: Placed): number => compareText(spell(left), spell(right));

const spell = ({ target, key, kind, remoteId, path, why }: Placed): string =>
  [target, key ?? "", kind ?? "", remoteId ?? "", path ?? "", why].join("\n");
