/** What the inventory says of an integration after it was applied. */
import type { KindSpec } from "../model/field.ts";
import type { IntendedEntry, InventoryEntry, ObjectAddress } from "../state/contract.ts";
import type { Fingerprint } from "../state/fingerprint.ts";
import type { Desired } from "./input.ts";
import { remember } from "./leaves.ts";
import { referencedKeys, replaceReferences } from "./references.ts";

export interface Intended {
  readonly wanted: Desired;
  readonly kind: KindSpec;
  /** Remote id of a referenced integration. */
  readonly idOf: (key: string) => string;
  readonly fingerprint: Fingerprint;
  /** Where its target is. */
  readonly address?: ObjectAddress | undefined;
}

export interface Applied extends Intended {
  readonly remoteId: string;
  readonly version: string | undefined;
}

export function inventoryEntry(applied: Applied): InventoryEntry {
  const { remoteId, version } = applied;
  return { ...intendedEntry(applied), remoteId, ...(version === undefined ? {} : { version }) };
}

/** What it will say, but for which object the integration then is. */
export function intendedEntry({ wanted, kind, idOf, fingerprint, address }: Intended): IntendedEntry {
  const { key, target, manage } = wanted;
  const spec = replaceReferences(kind, wanted.spec, idOf);
  return {
    key,
    kind: wanted.kind,
    target,
    ...(address === undefined ? {} : { address }),
    protect: manage.protect,
    onRemove: manage.onRemove,
    ...remember(kind, key, spec, fingerprint),
    references: referencedKeys(kind, wanted.spec),
  };
}
