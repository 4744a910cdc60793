/** What becomes of one declared integration. Pure: adds to the draft. */
import type { KindSpec } from "../model/field.ts";
import type { Observed } from "../model/plan.ts";
import type { Fields } from "../model/value.ts";
import type { InventoryEntry } from "../state/contract.ts";
import { createFields, diffFields } from "./diff.ts";
import type { Diff, DiffInput } from "./diff.ts";
import type { Draft } from "./draft.ts";
import { block, confirmation, newChange, whatWasSeen } from "./draft.ts";
import { keepIgnored } from "./ignored.ts";
import type { Desired } from "./input.ts";
import { referencedKeys, replaceReferences } from "./references.ts";
import { withReferrerDrift } from "./referrer-drift.ts";
import { removeEntry } from "./removal.ts";
import type { IndexedTarget, World } from "./world.ts";
import { nameOf } from "./world.ts";

/** One integration, with everything that deciding about it takes. */
interface Case {
  readonly world: World;
  readonly draft: Draft;
  readonly wanted: Desired;
  readonly kind: KindSpec;
  readonly target: IndexedTarget;
  /** Remote id of a referenced integration once the plan is applied. */
  readonly idAfter: (key: string) => string;
}

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
  const keys = [key, ...manage.previously].filter((name) => Object.hasOwn(world.inventory, name));
  const places = [target, ...keys.map((name) => world.inventory[name]?.target ?? target)];
  const why = places.map((place) => world.unread.get(place)).find((text) => text !== undefined);
  if (why === undefined) return false;
  for (const name of keys) if (!world.desired.has(name) || name === key) draft.claimed.add(name);
  draft.unknown.push({ key, target, path: null, why });
  return true;
}

/** The inventory's entry for it, under its key or an earlier one. */
function claim({ world, draft, wanted }: Case): InventoryEntry | undefined {
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
function sameObject({ world, wanted, target }: Case, entry: InventoryEntry): Observed | undefined {
  if (entry.kind !== wanted.kind) return undefined;
  const object = target.find(entry.kind, entry.remoteId);
  if (entry.target === wanted.target || object === undefined) return object;
  const before = world.targets.get(entry.target);
  const isSame =
    before === undefined
      ? object.key === entry.key || wanted.manage.adopt === entry.remoteId
      : before.place === target.place;
  return isSame ? object : undefined;
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

/**
 * Not in the inventory, or (`vanished`) gone from its target: taken over, where there is something to take, or created. What carries our
 * key was left by an apply that ended before it could record it.
 */
function decideNew(one: Case, vanished: InventoryEntry | undefined): string | undefined {
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

/** It is there: nothing, an update, a replacement, or (without an entry) an adoption. */
function compare(one: Case, object: Observed, entry: InventoryEntry | undefined): string | undefined {
  const { world, draft, wanted, kind, target } = one;
  draft.taken.add(object);
  const input: DiffInput = {
    kind,
    key: wanted.key,
    desired: withIds(one),
    observed: object.fields,
    ...(object.clipped === undefined ? {} : { clipped: object.clipped }),
    entry,
    ignore: wanted.manage.ignore,
    fingerprint: world.fingerprint,
  };
  const diff = withReferrerDrift(one, input, diffFields(input));
  report(one, object, entry, diff);
  const renamed = entry !== undefined && entry.key !== wanted.key;
  const moved = entry !== undefined && entry.target !== wanted.target;
  const taken = entry === undefined && world.isAnothers(object);
  const rekeyed = target.keepsKeys && (object.key !== wanted.key || taken);
  const changes = diff.fields.length > 0 || renamed || moved || rekeyed;
  if (!changes && entry !== undefined) return object.remoteId;
  if (diff.replaces) return replace(one, object, entry, diff);
  const sends = diff.fields.length > 0 || rekeyed;
  draft.drafted.push({
    change: newChange(wanted, {
      op: entry === undefined ? "adopt" : "update",
      remoteId: object.remoteId,
      fields: diff.fields,
      precondition: whatWasSeen(world, wanted, object),
      sideEffects: [
        ...(renamed ? [`was ${entry.key} so far`] : []),
        ...(moved ? [`was in target ${entry.target} so far`] : []),
      ],
      source: wanted.source,
      drift: diff.drift,
    }),
    ...(sends
      ? { spec: keepIgnored(kind, wanted.spec, object.fields, wanted.manage.ignore, !target.keepsKeys) }
      : {}),
    references: referencesOf(one),
    formerReferences: entry?.references ?? [],
  });
  return object.remoteId;
}

function replace(
  one: Case,
  object: Observed,
  entry: InventoryEntry | undefined,
  { fields, drift }: Diff,
): string | undefined {
  const { world, draft, wanted } = one;
  const { remoteId } = object;
  const forcing = fields.filter((field) => field.why === "forces replacement").map((field) => field.path);
  if (entry === undefined || wanted.manage.protect) {
    block(draft, wanted, {
      op: "replace",
      remoteId,
      why: `${forcing.join(" and ")} cannot be changed without a new object, and it is ${entry === undefined ? "not ours yet" : "protected"}`,
      hint:
        entry === undefined
          ? "declare it as it is, adopt it, and change it afterwards"
          : "set protect: false to allow it",
    });
    return remoteId;
  }
  draft.drafted.push({
    change: newChange(wanted, {
      op: "replace",
      remoteId,
      fields,
      precondition: whatWasSeen(world, wanted, object),
      sideEffects: [`deletes ${remoteId} first`, ...confirmationOf(one)],
      source: wanted.source,
      drift,
    }),
    spec: wanted.spec,
    references: referencesOf(one),
    formerReferences: entry.references,
  });
  return undefined;
}

/** What was seen and is not changed. */
function report(one: Case, object: Observed, entry: InventoryEntry | undefined, diff: Diff): void {
  const { key, kind, target } = one.wanted;
  const { remoteId } = object;
  if (diff.ignored.length > 0) {
    one.draft.kept.push({ key, kind, target, remoteId, why: `ignored: ${diff.ignored.join(", ")} differs` });
  }
  for (const { path, why } of diff.unknown) one.draft.unknown.push({ key, target, path, why });
  const moved =
    entry?.version !== undefined && object.version !== undefined && entry.version !== object.version;
  if (!diff.hidden || diff.fields.length > 0) return;
  const why = moved
    ? "possibly changed remotely: the object was written since, and its secrets cannot be read back"
    : object.version === undefined
      ? "unverifiable: its secrets cannot be read back, and nothing tells whether somebody wrote the object"
      : undefined;
  if (why !== undefined) one.draft.unknown.push({ key, target, path: null, why });
}

const withIds = ({ world, wanted, kind, idAfter }: Case): Fields =>
  world.refers(wanted.kind) ? replaceReferences(kind, wanted.spec, idAfter) : wanted.spec;

const referencesOf = ({ world, wanted, kind }: Case): readonly string[] =>
  world.refers(wanted.kind) ? referencedKeys(kind, wanted.spec) : [];

function confirmationOf({ target, wanted, kind }: Case): string[] {
  if (!wanted.manage.confirm || !target.confirms(wanted.kind)) return [];
  const words = confirmation(kind, wanted.spec);
  return words === undefined ? [] : [words];
}
