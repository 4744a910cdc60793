/** Which entry of the inventory and which object an integration is, where it has been applied before. Pure. */
import type { Observed } from "../model/plan.ts";
import type { InventoryEntry } from "../state/contract.ts";
import type { Case } from "./case.ts";

/** The inventory's entry for it, under its key or an earlier one. */
export function claim({ world, draft, wanted }: Case): InventoryEntry | undefined {
  const keys = [wanted.key, ...wanted.manage.previously.filter((key) => !world.desired.has(key))];
  const key = keys.find(
    (candidate) => Object.hasOwn(world.inventory, candidate) && !draft.claimed.has(candidate),
  );
  if (key === undefined) return undefined;
  draft.claimed.add(key);
  return world.inventory[key];
}

/**
 * The entry's object, as the wanted target sees it: also where the target has only got another name, or where the integration is
 * now in another target over the same place.
 */
export function sameObject({ world, wanted, target }: Case, entry: InventoryEntry): Observed | undefined {
  if (entry.kind !== wanted.kind) return undefined;
  const object = target.find(entry.kind, entry.remoteId);
  if (object === undefined) return undefined;
  const before = world.targets.get(entry.target);
  const isSame =
    before === undefined
      ? object.key === entry.key || wanted.manage.adopt === entry.remoteId
      : before.place === target.place;
  return isSame ? object : undefined;
}
