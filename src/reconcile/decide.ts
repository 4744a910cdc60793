/** What becomes of one declared integration. Pure: adds to the draft. */
import type { InventoryEntry } from "../state/contract.ts";
import type { Case } from "./case.ts";
import { claim, sameObject } from "./claim.ts";
import { compare } from "./compare.ts";
import { decideNew } from "./decide-new.ts";
import type { Draft } from "./draft.ts";
import { block } from "./draft.ts";
import type { Desired } from "./input.ts";
import { removeEntry } from "./removal.ts";
import type { World } from "./world.ts";

/** Answers with the object's remote id, where it has one now and keeps it. */
export function decide(
  world: World,
  draft: Draft,
  wanted: Desired,
  idAfter: (key: string) => string,
): string | undefined {
  if (isUnread(world, draft, wanted)) return world.inventory[wanted.key]?.remoteId;
  const target = world.targets.get(wanted.target);
  if (target === undefined) throw new Error(`the target ${wanted.target} was not observed`);
  const one: Case = { world, draft, wanted, kind: world.kind(wanted.kind), target, idAfter };
  const entry = claim(one);
  if (entry === undefined) return decideNew(one, undefined);
  const object = sameObject(one, entry);
  if (object === undefined) {
    const moved = entry.kind !== wanted.kind || entry.target !== wanted.target;
    return moved ? decideMoved(one, entry) : decideNew(one, entry);
  }
  if (object.foreign === undefined) return compare(one, object, entry);
  block(draft, wanted, {
    op: "update",
    remoteId: object.remoteId,
    why: `it is not ours: ${object.foreign}`,
    hint: "remove the block, or use another name",
  });
  return object.remoteId;
}

/** Whether its target could not be looked at: then its entries stay as they are. Says so. */
function isUnread(world: World, draft: Draft, { key, target, manage }: Desired): boolean {
  const keys = [key, ...manage.previously];
  const places = [target, ...keys.map((name) => world.inventory[name]?.target ?? target)];
  const why = places.map((place) => world.unread.get(place)).find((text) => text !== undefined);
  if (why === undefined) return false;
  for (const name of keys) if (!world.desired.has(name) || name === key) draft.claimed.add(name);
  draft.unknown.push({ key, target, path: null, why });
  return true;
}

/** Its kind or target is another one now: the old object goes, and a new one comes. */
function decideMoved(one: Case, entry: InventoryEntry): string | undefined {
  if (removeEntry(one.world, one.draft, entry)) return decideNew(one, undefined);
  // Then that is what stands in the way, and has been said.
  if (one.world.former.has(entry.target) && !one.world.targets.has(entry.target)) return undefined;
  block(one.draft, one.wanted, {
    op: "create",
    why: `its earlier object (${entry.kind} at ${entry.target}) stays, and one key cannot stand for two`,
    hint: one.world.targets.has(entry.target)
      ? "use another key, or make the earlier object removable first"
      : `declare ${entry.target} again to have it removed there, or let it go with bellhop state rm ${entry.key}`,
  });
  return undefined;
}
