/** What differs between what is declared and what is there, field by field. Pure; which rules hold is in the traits. */
import { canonicalJson, compareText } from "../lib/canonical-json.ts";
import type { KindSpec } from "../model/field.ts";
import type { FieldChange } from "../model/plan.ts";
import type { Fields, Json, Value } from "../model/value.ts";
import { hasUnresolved } from "../model/value.ts";
import type { InventoryEntry } from "../state/contract.ts";
import type { Fingerprint } from "../state/fingerprint.ts";
import { isSecretLeaf, specLeaves } from "./leaves.ts";
import { isEmpty, plainText, printable, sameValue } from "./values.ts";
import type { Leaf } from "./walk.ts";
import { walkPair } from "./walk.ts";

export interface DiffInput {
  readonly kind: KindSpec;
  /** Of the integration; what fingerprints are keyed by. */
  readonly key: string;
  readonly desired: Fields;
  readonly observed: Fields;
  /** See Observed. */
  readonly clipped?: readonly string[];
  /** What was applied last, where it is known. */
  readonly entry: InventoryEntry | undefined;
  readonly ignore: readonly string[];
  readonly fingerprint: Fingerprint | undefined;
}

export interface Diff {
  /** In the order of their paths. */
  readonly fields: readonly FieldChange[];
  /** Whether a field that cannot be changed differs. */
  readonly replaces: boolean;
  /** Whether there are changes, and all of them come from the target's side. */
  readonly drift: boolean;
  /** Paths that differ and are ignored. */
  readonly ignored: readonly string[];
  /** Fields that cannot be judged, and why; they alone change nothing. */
  readonly unknown: readonly { readonly path: string; readonly why: string }[];
  /** Whether a field that the target never gives back has a value. */
  readonly hidden: boolean;
}

const NOTHING_DIFFERS: Diff = {
  fields: [],
  replaces: false,
  drift: false,
  ignored: [],
  unknown: [],
  hidden: false,
};

export function diffFields(input: DiffInput): Diff {
  let leaves: Leaf[] | undefined;
  walkPair(input.kind, input.desired, input.observed, {
    same: sameValue,
    visit: (leaf) => void (leaves ??= []).push(withoutClipped(leaf, input.clipped)),
  });
  if (leaves === undefined) return NOTHING_DIFFERS;
  const fields: FieldChange[] = [];
  const unknown: { path: string; why: string }[] = [];
  const ignored: string[] = [];
  let replaces = false;
  let hidden = false;
  let drift = true;
  for (const leaf of leaves.toSorted(byPath)) {
    if (isIgnored(leaf.path, input.ignore)) {
      if (!isHidden(leaf)) ignored.push(leaf.path);
      continue;
    }
    if (isHidden(leaf) && !isEmpty(leaf.desired)) hidden = true;
    if (hasUnresolved(leaf.desired)) {
      unknown.push({ path: leaf.path, why: `not yet known: ${firstReference(leaf.desired)}` });
      continue;
    }
    const judged = judge(input, leaf);
    if (judged === undefined) continue;
    if (forces(leaf)) replaces = true;
    drift &&= judged.drift;
    fields.push(judged.change);
  }
  drift &&= fields.length > 0;
  if (fields.length > 0) fields.push(...notYetKnown(leaves, input));
  return { fields: fields.toSorted(byPath), replaces, drift, ignored, unknown, hidden };
}

/** The rows of a creation: every field that says something. */
export function createFields(
  kind: KindSpec,
  key: string,
  spec: Fields,
  why: string,
  fingerprint: Fingerprint | undefined,
): FieldChange[] {
  return specLeaves(kind, spec)
    .map((leaf) => ({
      path: leaf.path,
      before: null,
      after: show(leaf, leaf.desired, key, fingerprint),
      why: hasUnresolved(leaf.desired) ? "not yet known" : why,
    }))
    .toSorted(byPath);
}

export const isIgnored = (path: string, ignore: readonly string[]): boolean =>
  ignore.some((ignored) => path === ignored || path.startsWith(`${ignored}.`));

/** A value of which only the beginning came back, and which does begin so, counts as one that never comes back. */
function withoutClipped(leaf: Leaf, clipped: readonly string[] | undefined): Leaf {
  const { desired, observed } = leaf;
  if (clipped?.includes(leaf.path) !== true || observed === undefined) return leaf;
  if (!plainText(leaf.spec, desired).startsWith(plainText(leaf.spec, observed))) return leaf;
  return { ...leaf, observed: undefined, traits: { ...leaf.traits, writeOnly: true } };
}

/** A difference as a row, or undefined when memory says that there is none. */
function judge(
  input: DiffInput,
  leaf: Leaf,
): { readonly change: FieldChange; readonly drift: boolean } | undefined {
  const { key, entry, fingerprint } = input;
  const memory = recall(leaf, entry, input);
  if (isHidden(leaf) && (memory.same || (isEmpty(leaf.desired) && memory.applied === undefined)))
    return undefined;
  const row = {
    path: leaf.path,
    before: isHidden(leaf) ? (memory.applied ?? null) : show(leaf, leaf.observed, key, fingerprint),
    after: show(leaf, leaf.desired, key, fingerprint),
  };
  const unverifiable = isHidden(leaf) && entry === undefined;
  const why = memory.same ? "drift" : "changed";
  if (unverifiable) return { change: { ...row, why: "unverifiable" }, drift: false };
  if (forces(leaf)) return { change: { ...row, why: "forces replacement" }, drift: memory.same };
  return { change: { ...row, why }, drift: memory.same };
}

/** Whether the difference takes a new object. */
const forces = (leaf: Leaf): boolean =>
  leaf.traits.forceNew || (leaf.spec?.removeByReplacing === true && isHidden(leaf) && isEmpty(leaf.desired));

/** The target never gives it back: only memory can tell. */
const isHidden = (leaf: Leaf): boolean => leaf.traits.writeOnly && leaf.observed === undefined;

interface Memory {
  /** Whether the file still says what was applied last. */
  readonly same: boolean;
  /** What was applied last, as printed. */
  readonly applied: Json | undefined;
}

function recall(leaf: Leaf, entry: InventoryEntry | undefined, input: DiffInput): Memory {
  if (entry === undefined) return { same: false, applied: undefined };
  if (!isSecretLeaf(leaf)) {
    const applied = entry.applied[leaf.path];
    // What was left out when it was applied counts as the default, as it does on either side.
    const same = sameValue(leaf.spec, leaf.desired, asValue(applied));
    return { same, applied };
  }
  const applied = entry.secrets[leaf.path];
  const masked = applied === undefined ? undefined : printable(leaf.spec, "", true, applied);
  if (isEmpty(leaf.desired)) return { same: applied === undefined, applied: masked };
  const now = input.fingerprint?.(entry.key, leaf.path, plainText(leaf.spec, leaf.desired));
  return { same: applied !== undefined && now === applied, applied: masked };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON is a Value
const asValue = (json: Json | undefined): Value | undefined => json as Value | undefined;

function show(leaf: Leaf, value: Value | undefined, key: string, fingerprint: Fingerprint | undefined): Json {
  if (isEmpty(value)) return null;
  const secret = isSecretLeaf(leaf);
  const print =
    secret && !hasUnresolved(value) ? fingerprint?.(key, leaf.path, plainText(leaf.spec, value)) : undefined;
  return printable(leaf.spec, value, secret, print);
}

/** Beside a change, what a missing variable leaves open is shown too. */
function notYetKnown(leaves: readonly Leaf[], input: DiffInput): FieldChange[] {
  return leaves
    .filter((leaf) => hasUnresolved(leaf.desired) && !isIgnored(leaf.path, input.ignore))
    .map((leaf) => ({
      path: leaf.path,
      before: show(leaf, leaf.observed, input.key, input.fingerprint),
      after: show(leaf, leaf.desired, input.key, input.fingerprint),
      why: "not yet known",
    }));
}

function firstReference(value: Value | undefined): string {
  return /\$\{[^}]*\}/.exec(canonicalJson(value))?.[0] ?? "a value";
}

const byPath = (left: { readonly path: string }, right: { readonly path: string }): number =>
  compareText(left.path, right.path);
