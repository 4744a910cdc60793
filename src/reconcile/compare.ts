/** What becomes of an integration whose object is there: nothing, an update, a replacement, or an adoption. Pure: adds to the draft. */
import type { Observed } from "../model/plan.ts";
import type { InventoryEntry } from "../state/contract.ts";
import type { Case } from "./case.ts";
import { confirmationOf, referencesOf, withIds } from "./case.ts";
import { diffFields } from "./diff.ts";
import type { Diff, DiffInput } from "./diff.ts";
import { block, newChange, whatWasSeen } from "./draft.ts";
import { keepIgnored } from "./ignored.ts";
import type { Desired } from "./input.ts";
import { withReferrerDrift } from "./referrer-drift.ts";

/** Without an entry it is an adoption. Answers with the object's remote id, where it keeps it. */
export function compare(one: Case, object: Observed, entry: InventoryEntry | undefined): string | undefined {
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
  const terms = entry === undefined ? [] : changedTerms(entry, wanted);
  const changes = diff.fields.length > 0 || renamed || moved || rekeyed || terms.length > 0;
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
        ...terms,
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

/** What a removal of its block will meet from now on: whoever reviews the plan decides that here, in words. */
function changedTerms({ protect, onRemove }: InventoryEntry, { manage }: Desired): readonly string[] {
  return [
    ...(manage.protect && !protect ? ["is protected from now on"] : []),
    ...(protect && !manage.protect ? ["is not protected any more"] : []),
    ...(onRemove === manage.onRemove ? [] : [`onRemove is ${manage.onRemove}, and was ${onRemove}`]),
  ];
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
      sideEffects: [`deletes ${remoteId} first`, ...changedTerms(entry, wanted), ...confirmationOf(one)],
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
