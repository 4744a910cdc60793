/** What becomes of what is no longer declared. Only what is in the inventory is ever removed, unless the target is exclusively ours. */
import type { Observed } from "../model/plan.ts";
import type { InventoryEntry } from "../state/contract.ts";
import type { Draft } from "./draft.ts";
import { block, newChange, whatWasSeen } from "./draft.ts";
import type { IndexedTarget, World } from "./world.ts";
import { nameOf } from "./world.ts";

/** Plans the removal of one entry of the inventory; answers whether its key is free afterwards. */
export function removeEntry(world: World, draft: Draft, entry: InventoryEntry): boolean {
  const target = world.targets.get(entry.target);
  const { key, kind, remoteId } = entry;
  const former = world.former.get(entry.target);
  if (target === undefined && former !== undefined && !world.unread.has(entry.target)) {
    block(draft, entry, {
      op: "delete",
      remoteId,
      why: `${former}: its object is still there, and cannot be removed from here`,
      hint: `declare a target that is there, so that it can be removed; or let it go with bellhop state rm ${key}`,
    });
    return false;
  }
  if (target === undefined) {
    const why =
      world.unread.get(entry.target) ??
      "its target is no longer declared; the object is left alone and stays in the inventory";
    draft.unknown.push({ key, target: entry.target, path: null, why });
    return false;
  }
  const object = target.find(kind, remoteId);
  if (object === undefined) {
    forget(draft, entry, []);
    return true;
  }
  draft.taken.add(object);
  if (object.foreign !== undefined) return keep(draft, entry, `not ours: ${object.foreign}`);
  if (entry.protect) return refuseProtected(world, draft, entry);
  if (entry.onRemove === "orphan") {
    forget(draft, entry, ["the object stays where it is"]);
    keep(draft, entry, "orphaned: onRemove says to leave it where it is");
    return true;
  }
  draft.drafted.push({
    change: newChange(entry, {
      op: "delete",
      remoteId,
      precondition: whatWasSeen(world, entry, object),
      sideEffects: former === undefined ? [] : [former],
    }),
    references: [],
    formerReferences: entry.references,
    ...named(world, entry, object),
    ...(entry.onRemove === "confirm" && !world.destroy ? { mustConfirm: true } : {}),
  });
  return true;
}

function refuseProtected(world: World, draft: Draft, entry: InventoryEntry): false {
  if (!world.destroy) {
    block(draft, entry, {
      op: "delete",
      remoteId: entry.remoteId,
      why: "it is protected, and removing its block does not remove the protection",
      hint: `put ${entry.key} back with protect: false, apply, and remove it again`,
    });
  }
  return keep(draft, entry, "protected: put it back with protect: false and apply, to be able to remove it");
}

function keep(draft: Draft, entry: InventoryEntry, why: string): false {
  const { key, kind, target, remoteId } = entry;
  draft.kept.push({ key, kind, target, remoteId, why });
  return false;
}

function forget(draft: Draft, entry: InventoryEntry, sideEffects: readonly string[]): void {
  draft.drafted.push({
    change: newChange(entry, {
      op: "forget",
      remoteId: entry.remoteId,
      precondition: { none: true },
      sideEffects,
    }),
    references: [],
    formerReferences: entry.references,
  });
}

/** What stands in a target and belongs to nobody: listed, or, where the target is exclusively ours, deleted. */
export function planNeighbours(world: World, draft: Draft): void {
  const listed = new Set<Observed>();
  for (const target of world.targets.values()) {
    for (const object of target.objects) {
      if (draft.taken.has(object) || listed.has(object) || world.owner(object) !== undefined) continue;
      listed.add(object);
      planNeighbour(world, draft, target, object);
    }
  }
}

function planNeighbour(world: World, draft: Draft, target: IndexedTarget, object: Observed): void {
  const { kind, remoteId } = object;
  if (object.foreign !== undefined || target.ownership === "recorded") {
    const anothers = world.isAnothers(object) ? "of another state, such as another project's; " : "";
    const why =
      object.foreign === undefined
        ? `${anothers}unmanaged: not in the inventory; manage: { adopt: ${JSON.stringify(remoteId)} } takes it over`
        : `not ours: ${object.foreign}`;
    draft.kept.push({ key: object.key ?? null, kind, target: target.name, remoteId, why });
    return;
  }
  const subject = { key: object.key ?? `${kind}:${remoteId}`, kind, target: target.name };
  draft.drafted.push({
    change: newChange(subject, {
      op: "delete",
      remoteId,
      precondition: whatWasSeen(world, subject, object),
      sideEffects: ["was never in the inventory: the target is exclusively ours"],
    }),
    references: [],
    formerReferences: [],
    ...named(world, subject, object),
  });
}

function named(world: World, subject: { readonly kind: string }, object: Observed): { name?: string } {
  const kind = world.kinds[subject.kind];
  const name = kind && nameOf(kind, object.fields);
  return name === undefined ? {} : { name };
}
