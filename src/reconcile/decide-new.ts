/** What becomes of an integration that has no object of its own: it takes one over, or is created. Pure: adds to the draft. */
import type { Observed } from "../model/plan.ts";
import type { InventoryEntry } from "../state/contract.ts";
import type { Case } from "./case.ts";
import { confirmationOf, referencesOf, withIds } from "./case.ts";
import { compare } from "./compare.ts";
import { createFields } from "./diff.ts";
import { block, newChange } from "./draft.ts";
import { nameOf } from "./world.ts";

/**
 * Not in the inventory, or (`vanished`) gone from its target: taken over, where there is something to take, or created. What carries our
 * key was left by an apply that ended before it could record it.
 */
export function decideNew(one: Case, vanished: InventoryEntry | undefined): string | undefined {
  const { world, draft, wanted, kind, target } = one;
  const { adopt } = wanted.manage;
  if (adopt !== undefined && adopt !== vanished?.remoteId) return adoptById(one, adopt);
  const doubt = world.doubts.get(wanted.key);
  if (doubt !== undefined) {
    block(draft, wanted, { op: "create", ...doubt });
    return undefined;
  }
  const free = (object: Observed | undefined): object is Observed =>
    object !== undefined && object.foreign === undefined && world.owner(object) === undefined;
  const left = [wanted.key, ...wanted.manage.previously]
    .map((key) => target.withKey(wanted.kind, key))
    .find((object) => free(object) && !draft.taken.has(object));
  if (left !== undefined && world.isAnothers(left)) return refuseAnothers(one, left);
  if (left !== undefined) return compare(one, left, undefined);
  const name = nameOf(kind, wanted.spec);
  const namesakes = name === undefined ? [] : target.named(kind, name).filter(free);
  const [namesake] = namesakes;
  if (namesake === undefined || draft.taken.has(namesake)) return create(one, vanished);
  if (target.ownership === "exclusive" && namesakes.length === 1) return compare(one, namesake, undefined);
  block(draft, wanted, {
    op: "create",
    remoteId: namesake.remoteId,
    why: `${target.name} already has an unmanaged ${kind.kind} of this name`,
    hint: `take it over with manage: { adopt: ${JSON.stringify(namesake.remoteId)} }, or use another name`,
  });
  return undefined;
}

/** Our own apply that was cut short leaves objects of our state; this one is another's, or of a state that is lost. */
function refuseAnothers({ draft, wanted, target }: Case, { remoteId }: Observed): undefined {
  block(draft, wanted, {
    op: "create",
    remoteId,
    why: `${target.name} has a ${wanted.kind} under this key already, and another state remembers it`,
    hint: `if that is another project, use another key or a store of its own; if the state was lost, bellhop state rebuild finds what was yours`,
  });
}

function adoptById(one: Case, remoteId: string): string | undefined {
  const { world, draft, wanted, target } = one;
  const object = target.find(wanted.kind, remoteId);
  const refuse = (why: string, hint: string): undefined => {
    block(draft, wanted, { op: "adopt", remoteId, why, hint });
  };
  if (object === undefined) {
    return refuse(
      `${target.name} has no ${wanted.kind} with this id`,
      "correct manage.adopt, or remove it to create a new one",
    );
  }
  if (object.foreign !== undefined) return refuse(`it is not ours: ${object.foreign}`, "remove manage.adopt");
  const owner = world.owner(object);
  if (owner !== undefined) {
    return refuse(`${owner} already manages it`, `name the earlier key: manage: { previously: [${owner}] }`);
  }
  return compare(one, object, undefined);
}

function create(one: Case, vanished: InventoryEntry | undefined): undefined {
  const { world, draft, wanted, kind, target } = one;
  const shown = withIds(one);
  const name = nameOf(kind, wanted.spec);
  const why = vanished === undefined ? "changed" : "drift";
  const sideEffects = confirmationOf(one);
  if (vanished !== undefined)
    sideEffects.push(`takes the place of ${vanished.remoteId}, which is gone from ${target.name}`);
  draft.drafted.push({
    change: newChange(wanted, {
      op: "create",
      fields: createFields(kind, wanted.key, shown, why, world.fingerprint),
      precondition: { absent: true },
      sideEffects,
      source: wanted.source,
      drift: vanished !== undefined,
    }),
    spec: wanted.spec,
    references: referencesOf(one),
    formerReferences: [],
    ...(name === undefined ? {} : { name }),
  });
}
