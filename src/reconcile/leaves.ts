/** A spec as its printable leaves: what a plan shows, what the inventory remembers, what a precondition is made over. */
import { digestJson } from "../lib/canonical-json.ts";
import type { KindSpec } from "../model/field.ts";
import type { Fields, Json } from "../model/value.ts";
import { hasUnresolved } from "../model/value.ts";
import type { Fingerprint } from "../state/fingerprint.ts";
import type { Leaf } from "./walk.ts";
import { walkPair } from "./walk.ts";
import { hasSecret, isEmpty, plainText, printable, sameValue } from "./values.ts";

const NOTHING: Fields = {};

/** Every leaf of a spec that says something; empty ones and flags that are not set are left out. */
export function specLeaves(kind: KindSpec, spec: Fields): readonly Leaf[] {
  const leaves: Leaf[] = [];
  walkPair(kind, spec, NOTHING, {
    same: (field, desired) => isEmpty(desired) || (desired === false && sameValue(field, desired, undefined)),
    visit: (leaf) => {
      if (!isEmpty(leaf.desired)) leaves.push(leaf);
    },
  });
  return leaves;
}

/** Whether a leaf must be masked, on either side. */
export const isSecretLeaf = (leaf: Leaf): boolean =>
  leaf.traits.secret || hasSecret(leaf.desired) || hasSecret(leaf.observed);

/** The inventory's memory of what was applied. */
export interface Remembered {
  readonly applied: Record<string, Json>;
  readonly secrets: Record<string, string>;
}

/** What the inventory keeps of an applied spec: plain leaves as they are, secret ones as keyed fingerprints. */
export function remember(kind: KindSpec, key: string, spec: Fields, fingerprint: Fingerprint): Remembered {
  const remembered: Remembered = { applied: {}, secrets: {} };
  for (const leaf of specLeaves(kind, spec)) {
    if (hasUnresolved(leaf.desired)) continue;
    if (isSecretLeaf(leaf)) {
      remembered.secrets[leaf.path] = fingerprint(key, leaf.path, plainText(leaf.spec, leaf.desired));
    } else {
      remembered.applied[leaf.path] = printable(leaf.spec, leaf.desired, false, undefined);
    }
  }
  return remembered;
}

/** SHA-256 in hex over the comparable fields of an observed object; secrets count by fingerprint, or not at all without a key. */
export function objectFingerprint(
  kind: KindSpec,
  key: string,
  fields: Fields,
  fingerprint: Fingerprint | undefined,
): string {
  const leaves = specLeaves(kind, fields).map((leaf): [string, Json] => {
    if (!isSecretLeaf(leaf)) return [leaf.path, printable(leaf.spec, leaf.desired, false, undefined)];
    const plain = plainText(leaf.spec, leaf.desired);
    return [leaf.path, fingerprint === undefined ? "secret" : fingerprint(key, leaf.path, plain)];
  });
  return digestJson(Object.fromEntries(leaves));
}
