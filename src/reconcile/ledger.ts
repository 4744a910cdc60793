/**
 * The inventory while it changes, and how that is written down: every call before it is made and its outcome afterwards in the
 * journal, the whole as a state from time to time.
 */
import type { InventoryEntry, Intent, JournalEntry, StateData, StateStore } from "../state/contract.ts";
import { isSameObject } from "../state/journal.ts";

export interface Ledger {
  readonly inventory: ReadonlyMap<string, InventoryEntry>;
  /** A call that is about to be made; durable when it resolves. */
  begin(intent: Omit<Intent, "id">): Promise<Intent>;
  /** Into the inventory, as the outcome of a call or without one. `former` is the key that it had before. */
  put(entry: InventoryEntry, former: string | undefined, intent?: Intent): void;
  /** Out of the inventory, where it is this object. */
  drop(object: Dropped, intent?: Intent): void;
  /** `certain`: the call changed nothing. Otherwise the next plan looks. */
  fail(intent: Intent, certain: boolean): void;
  /** In place of an entry, from the next save on. */
  amend(entry: InventoryEntry): void;
  /** Writes the state where anything has changed since, or when it must be. */
  save(always: boolean): Promise<void>;
}

type Dropped = Pick<Intent, "key" | "kind" | "target"> & { readonly remoteId?: string };

/** `changed`: whether `state` already differs from what is written. */
export function openLedger(state: StateData, store: StateStore, changed: boolean): Ledger {
  const { pending: open = [], ...head } = state;
  const inventory = new Map(Object.entries(state.inventory));
  const pending = new Map(open.map((intent) => [intent.id, intent]));
  let { serial } = state;
  let calls = 0;
  let dirty = changed;
  /** Entries of the journal are written in order, so that the last one stands for all. */
  let noted: Promise<void> = Promise.resolve();
  const note = (entry: JournalEntry): void => {
    dirty = true;
    // What could not be noted is in the state that is written next; where that fails too, `save` throws.
    noted = store.append([entry]).catch(() => undefined);
  };

  return {
    inventory,
    begin: async (call) => {
      const intent = { id: `${serial}.${(calls += 1)}`, ...call };
      await store.append([{ type: "intent", intent }]);
      pending.set(intent.id, intent);
      dirty = true;
      return intent;
    },
    put: (entry, former, intent) => {
      inventory.set(entry.key, entry);
      if (former !== undefined) inventory.delete(former);
      const from = former === undefined ? {} : { former };
      if (intent === undefined) return note({ type: "put", entry, ...from });
      pending.delete(intent.id);
      const { remoteId, version } = entry;
      const made = { remoteId, ...(version === undefined ? {} : { version }) };
      note({ type: "done", id: intent.id, ...made, ...from });
    },
    drop: ({ key, kind, target, remoteId }, intent) => {
      if (intent !== undefined) pending.delete(intent.id);
      const known = isSameObject(inventory.get(key), { kind, target, remoteId });
      if (known) inventory.delete(key);
      if (!known && intent === undefined) return;
      note({
        type: "dropped",
        ...(intent === undefined ? {} : { id: intent.id }),
        key,
        kind,
        target,
        remoteId,
      });
    },
    fail: ({ id }, certain) => {
      if (!certain) return;
      pending.delete(id);
      note({ type: "failed", id });
    },
    amend: (entry) => {
      inventory.set(entry.key, entry);
      dirty = true;
    },
    save: async (always) => {
      await noted;
      if (!dirty && !always) return;
      serial += 1;
      // A creation whose key has an object by now, whichever way, is open no more.
      const left = [...pending.values()].filter(({ op, key }) => op !== "create" || !inventory.has(key));
      await store.write({
        ...head,
        serial,
        inventory: Object.fromEntries(inventory),
        ...(left.length === 0 ? {} : { pending: left }),
      });
      dirty = false;
    },
  };
}
