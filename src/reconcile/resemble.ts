/** Whether an object at a target may be what a creation made: by its name, or, where the kind has none, by its content. Pure. */
import { canonicalJson } from "../lib/canonical-json.ts";
import type { KindSpec } from "../model/field.ts";
import type { Observed } from "../model/plan.ts";
import type { Json } from "../model/value.ts";
import type { IntendedEntry } from "../state/contract.ts";
import type { Fingerprint } from "../state/fingerprint.ts";
import type { ObservedTarget } from "./input.ts";
import { remember } from "./leaves.ts";
import { nameOf } from "./world.ts";

export function resembles(
  kind: KindSpec,
  entry: IntendedEntry,
  object: Observed,
  fingerprint: Fingerprint,
): boolean {
  if (object.kind !== entry.kind || object.foreign !== undefined) return false;
  if (kind.nameField === undefined) return sameContent(kind, entry, object, fingerprint);
  const name = entry.applied[kind.nameField];
  return typeof name === "string" && nameOf(kind, { [kind.nameField]: name }) === nameOf(kind, object.fields);
}

/** What the target never gives back cannot tell objects apart, and is left out. */
function sameContent(
  kind: KindSpec,
  entry: IntendedEntry,
  object: Observed,
  fingerprint: Fingerprint,
): boolean {
  const seen = remember(kind, entry.key, object.fields, fingerprint);
  const told = (path: string): boolean => !isWriteOnly(kind.fields, path);
  return (
    Object.keys(entry.applied)
      .filter(told)
      .every((path) => spell(entry.applied[path]) === spell(seen.applied[path])) &&
    Object.keys(entry.secrets)
      .filter(told)
      .every((path) => entry.secrets[path] === seen.secrets[path])
  );
}

function isWriteOnly(specs: KindSpec["fields"], path: string): boolean {
  const [name = "", ...rest] = path.split(".");
  const spec = specs[name];
  if (spec === undefined || spec.writeOnly === true) return spec !== undefined;
  return spec.fields !== undefined && isWriteOnly(spec.fields, rest.join("."));
}

/** Some targets change the case of names. */
const spell = (value: Json | undefined): string => canonicalJson(value).toLowerCase();

/** Ids of what already looks like it; none where the target's objects carry their key. */
export const resemblingBefore = (
  kind: KindSpec,
  entry: IntendedEntry,
  target: ObservedTarget,
  fingerprint: Fingerprint,
): readonly string[] =>
  target.keepsKeys
    ? []
    : target.objects
        .filter((object) => resembles(kind, entry, object, fingerprint))
        .map(({ remoteId }) => remoteId);
