/** What a journal says, folded into the state that it was written after. Pure. */
import type { Intent, InventoryEntry, JournalEntry, StateData } from "./contract.ts";

export function foldJournal(state: StateData, entries: readonly JournalEntry[]): StateData {
  if (entries.length === 0) return state;
  const inventory = new Map(Object.entries(state.inventory));
  const pending = new Map((state.pending ?? []).map((intent) => [intent.id, intent]));
  for (const entry of entries) foldEntry(entry, inventory, pending);
  const { pending: _, ...rest } = state;
  const left = [...pending.values()];
  return {
    ...rest,
    inventory: Object.fromEntries(inventory),
    ...(left.length === 0 ? {} : { pending: left }),
  };
}

function foldEntry(
  entry: JournalEntry,
  inventory: Map<string, InventoryEntry>,
  pending: Map<string, Intent>,
): void {
  switch (entry.type) {
    case "intent":
      pending.set(entry.intent.id, entry.intent);
      return;
    case "failed":
      pending.delete(entry.id);
      return;
    case "done": {
      const intended = pending.get(entry.id)?.entry;
      pending.delete(entry.id);
      if (intended === undefined) return;
      const { remoteId, version } = entry;
      inventory.set(intended.key, { ...intended, remoteId, ...(version === undefined ? {} : { version }) });
      if (entry.former !== undefined) inventory.delete(entry.former);
      return;
    }
    case "put":
      inventory.set(entry.entry.key, entry.entry);
      if (entry.former !== undefined) inventory.delete(entry.former);
      return;
    case "dropped": {
      if (entry.id !== undefined) pending.delete(entry.id);
      const known = inventory.get(entry.key);
      if (isSameObject(known, entry)) inventory.delete(entry.key);
    }
  }
}

/** Whether an entry is about this object. */
export const isSameObject = (
  entry: InventoryEntry | undefined,
  object: { readonly kind: string; readonly target: string; readonly remoteId?: string | undefined },
): boolean =>
  entry?.kind === object.kind && entry.target === object.target && entry.remoteId === object.remoteId;
