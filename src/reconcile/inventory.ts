/** What the inventory says of an integration after it was applied. */
import type { KindSpec } from "../model/field.ts";
import type { InventoryEntry } from "../state/contract.ts";
import type { Fingerprint } from "../state/fingerprint.ts";
import type { Desired } from "./input.ts";
import { remember } from "./leaves.ts";
import { referencedKeys, replaceReferences } from "./references.ts";

export interface Applied {
  readonly wanted: Desired;
  readonly kind: KindSpec;
  readonly remoteId: string;
  readonly version: string | undefined;
  /** Remote id of a referenced integration. */
  readonly idOf: (key: string) => string;
  readonly fingerprint: Fingerprint;
}

export function inventoryEntry(applied: Applied): InventoryEntry {
  const { wanted, kind, remoteId, version, idOf, fingerprint } = applied;
  const { key, target, manage } = wanted;
  const spec = replaceReferences(kind, wanted.spec, idOf);
  return {
    key,
    kind: wanted.kind,
    target,
    remoteId,
    protect: manage.protect,
    onRemove: manage.onRemove,
    ...remember(kind, key, spec, fingerprint),
    ...(version === undefined ? {} : { version }),
    references: referencedKeys(kind, wanted.spec),
  };
}
