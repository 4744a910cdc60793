/** The inventory while a plan is applied: what every change made of it, and when it is written. */
import { canonicalJson } from "../lib/canonical-json.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type { Observed } from "../model/plan.ts";
import type { Fields } from "../model/value.ts";
import type { InventoryEntry, StateData, StateStore } from "../state/contract.ts";
import type { Fingerprint } from "../state/fingerprint.ts";
import type { Desired, ObservedTarget } from "./input.ts";
import { inventoryEntry } from "./inventory.ts";
import { replaceReferences } from "./references.ts";

export interface Recorder {
  /** A declared integration by its key. */
  desired(key: string): Desired;
  /** What is sent: every reference as the remote id that it has by now. Throws where the referenced object does not exist. */
  sendable(kind: Kind, spec: Fields): Fields;
  /** The integration is this object from now on. */
  put(key: string, object: Pick<Observed, "remoteId" | "version">): void;
  /** The object is no longer ours, or no longer there. An entry for another object is left alone. */
  drop(key: string, kind: Kind, target: string, remoteId: string | undefined): void;
  /** Brings the inventory up to date with what is declared and needed no change. */
  settle(desired: readonly Desired[], observed: readonly ObservedTarget[]): void;
  /** Writes the state where anything has changed since, or when it must be. */
  save(always: boolean): Promise<void>;
}

export interface RecorderInput {
  readonly desired: readonly Desired[];
  readonly state: StateData;
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
  readonly stateStore: StateStore;
}

export function createRecorder(input: RecorderInput, fingerprint: Fingerprint): Recorder {
  const before = input.state.inventory;
  const inventory = new Map(Object.entries(before));
  const wanted = new Map(input.desired.map((desired) => [desired.key, desired]));
  let { serial } = input.state;
  let changed = false;

  const kindOf = (kind: Kind): KindSpec => {
    const spec = input.kinds[kind];
    if (spec === undefined) throw new Error(`there is no kind ${kind}`);
    return spec;
  };
  const idOf = (key: string): string => {
    const entry = inventory.get(key);
    if (entry === undefined) throw new Error(`it refers to ${key}, which does not exist yet`);
    return entry.remoteId;
  };
  const desired = (key: string): Desired => {
    const found = wanted.get(key);
    if (found === undefined) throw new Error(`${key} is not declared`);
    return found;
  };
  const entryFor = (one: Desired, object: Pick<Observed, "remoteId" | "version">): InventoryEntry => {
    const { remoteId, version } = object;
    return inventoryEntry({ wanted: one, kind: kindOf(one.kind), remoteId, version, idOf, fingerprint });
  };

  return {
    desired,
    sendable: (kind, spec) => replaceReferences(kindOf(kind), spec, idOf),
    put: (key, object) => {
      const one = desired(key);
      inventory.set(key, entryFor(one, object));
      // The entry that the plan took for this one under an earlier key.
      if (!Object.hasOwn(before, key)) {
        const former = one.manage.previously.find((name) => !wanted.has(name) && Object.hasOwn(before, name));
        if (former !== undefined) inventory.delete(former);
      }
      changed = true;
    },
    drop: (key, kind, target, remoteId) => {
      const entry = inventory.get(key);
      if (entry?.kind !== kind || entry.target !== target || entry.remoteId !== remoteId) return;
      inventory.delete(key);
      changed = true;
    },
    settle: (all, observed) => {
      const targets = new Map(observed.map((target) => [target.name, indexObjects(target)]));
      for (const one of all) {
        const entry = inventory.get(one.key);
        // Only what still is what the plan saw, and what it found to be as declared.
        if (entry === undefined || entry.kind !== one.kind || entry.target !== one.target) continue;
        const object = targets.get(one.target)?.get(`${one.kind}\n${entry.remoteId}`);
        if (object === undefined) continue;
        // The mark of our last write stays: it is what a later write by somebody else shows against.
        const version = entry.version ?? object.version;
        const fresh = entryFor(one, {
          remoteId: object.remoteId,
          ...(version === undefined ? {} : { version }),
        });
        if (canonicalJson(fresh) === canonicalJson(entry)) continue;
        inventory.set(one.key, fresh);
        changed = true;
      }
    },
    save: async (always) => {
      if (!changed && !always) return;
      changed = false;
      serial += 1;
      await input.stateStore.write({ ...input.state, serial, inventory: Object.fromEntries(inventory) });
    },
  };
}

const indexObjects = (target: ObservedTarget): ReadonlyMap<string, Observed> =>
  new Map(target.objects.map((object) => [`${object.kind}\n${object.remoteId}`, object]));
