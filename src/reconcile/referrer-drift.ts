/** Drift that comes by way of a reference: what refers to an object that vanished must follow to the new one. Pure. */
import type { KindSpec } from "../model/field.ts";
import { diffFields } from "./diff.ts";
import type { Diff, DiffInput } from "./diff.ts";
import type { Draft } from "./draft.ts";
import type { Desired } from "./input.ts";
import { referencedKeys, replaceReferences } from "./references.ts";
import type { World } from "./world.ts";

export interface Referrer {
  readonly world: World;
  readonly draft: Draft;
  readonly wanted: Desired;
  readonly kind: KindSpec;
  /** Remote id of a referenced integration once the plan is applied. */
  readonly idAfter: (key: string) => string;
}

/** The diff, in which a field that differs only because of a vanished object counts as drift and not as asked for by the file. */
export function withReferrerDrift(
  { world, draft, wanted, kind, idAfter }: Referrer,
  input: DiffInput,
  diff: Diff,
): Diff {
  if (diff.drift || diff.fields.length === 0 || !world.refers(wanted.kind)) return diff;
  const vanished = new Set(
    draft.drafted.flatMap(({ change }) => (change.op === "create" && change.drift ? [change.key] : [])),
  );
  if (!referencedKeys(kind, wanted.spec).some((key) => vanished.has(key))) return diff;
  const idBefore = (key: string): string =>
    (vanished.has(key) ? world.inventory[key]?.remoteId : undefined) ?? idAfter(key);
  const without = diffFields({ ...input, desired: replaceReferences(kind, wanted.spec, idBefore) });
  const asked = new Set(without.fields.flatMap(({ path, why }) => (why === "drift" ? [] : [path])));
  return {
    ...diff,
    fields: diff.fields.map((field) =>
      field.why === "changed" && !asked.has(field.path) ? { ...field, why: "drift" } : field,
    ),
    drift: without.drift || without.fields.length === 0,
  };
}
