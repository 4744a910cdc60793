/** Overlays: a second tree merged over the first by key. What wins keeps the position where it was written. */
import { isNull, makeMap } from "./tree.ts";
import type { Entry, MapNode } from "./tree.ts";

/**
 * Maps are merged, anything else is replaced. A key that is null in the overlay is removed; on the top level, where an empty block
 * is more likely an oversight, it says nothing.
 */
export function mergeOver(base: MapNode, overlay: MapNode, top = true): MapNode {
  const merged = new Map<string, Entry>(base.entries);
  for (const [name, entry] of overlay.entries) {
    const below = merged.get(name);
    if (isNull(entry.value)) {
      if (!top) merged.delete(name);
    } else if (below?.value.type === "map" && entry.value.type === "map") {
      merged.set(name, { key: below.key, value: mergeOver(below.value, entry.value, false) });
    } else {
      merged.set(name, entry);
    }
  }
  return makeMap(base, merged);
}
