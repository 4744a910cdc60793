/**
 * The inventory while a plan is applied: what every change made of it, and when it is written. Every call is written down before
 * it is made and its outcome afterwards, so that whatever ends the process in between, the next plan knows what to look for.
 */
import { canonicalJson } from "../lib/canonical-json.ts";
import { AppError } from "../model/errors.ts";
import type { ErrorCode } from "../model/errors.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type { Change, Observed } from "../model/plan.ts";
import type { Fields } from "../model/value.ts";
import type { IntendedEntry, Intent, InventoryEntry, StateData, StateStore } from "../state/contract.ts";
import type { Fingerprint } from "../state/fingerprint.ts";
import type { Desired, ObservedTarget } from "./input.ts";
import { intendedEntry } from "./inventory.ts";
import { openLedger } from "./ledger.ts";
import { replaceReferences } from "./references.ts";
import { resemblingBefore } from "./resemble.ts";

/** Which object an integration is. */
type Made = Pick<Observed, "remoteId" | "version">;

/** A call that has been written down and is to be made now. Exactly one of these follows. */
export interface Intended {
  /** The integration is this object from now on. */
  done(object: Made): void;
  /** The object is gone. */
  removed(): void;
  failed(error: unknown): void;
}

export interface Recorder {
  /** Lineage of the state. */
  readonly project: string;
  /** A declared integration by its key. */
  desired(key: string): Desired;
  /** What is sent: every reference as the remote id that it has by now. Throws where the referenced object does not exist. */
  sendable(kind: Kind, spec: Fields): Fields;
  /** Writes down what is about to be done; durable when it resolves. */
  intend(op: Intent["op"], change: Change): Promise<Intended>;
  /** The integration is this object from now on, without a call. */
  put(key: string, object: Made): void;
  /** The object is no longer ours. An entry for another object is left alone. */
  drop(change: Change): void;
  /** Brings the inventory up to date with what is declared and needed no change. */
  settle(desired: readonly Desired[], observed: readonly ObservedTarget[]): void;
  /** Writes the state where anything has changed since, or when it must be. */
  save(always: boolean): Promise<void>;
}

export interface RecorderInput {
  readonly desired: readonly Desired[];
  readonly observed: readonly ObservedTarget[];
  readonly state: StateData;
  /** Whether `state` already differs from what is written. */
  readonly recovered?: boolean;
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
  readonly stateStore: StateStore;
}

/** After these errors it is certain that a call changed nothing. */
const CERTAIN: ReadonlySet<ErrorCode> = new Set([
  "api-rejected",
  "api-unauthorised",
  "api-limited",
  "config-invalid",
  "not-found",
  "store-busy",
  "unsupported",
]);

export function createRecorder(input: RecorderInput, fingerprint: Fingerprint): Recorder {
  const before = input.state.inventory;
  const ledger = openLedger(input.state, input.stateStore, input.recovered === true);
  const wanted = new Map(input.desired.map((desired) => [desired.key, desired]));
  const targets = new Map(input.observed.map((target) => [target.name, target]));
  /** Objects that this apply has removed. */
  const removed = new Set<string>();

  const kindOf = (kind: Kind): KindSpec => {
    const spec = input.kinds[kind];
    if (spec === undefined) throw new Error(`there is no kind ${kind}`);
    return spec;
  };
  const idOf = (key: string): string => {
    const entry = ledger.inventory.get(key);
    if (entry === undefined) throw new Error(`it refers to ${key}, which does not exist yet`);
    return entry.remoteId;
  };
  const desired = (key: string): Desired => {
    const found = wanted.get(key);
    if (found === undefined) throw new Error(`${key} is not declared`);
    return found;
  };
  const addressOf = ({ target }: Desired) => ({ address: targets.get(target)?.address });
  const entryFor = (one: Desired): IntendedEntry =>
    intendedEntry({ ...addressOf(one), wanted: one, kind: kindOf(one.kind), idOf, fingerprint });
  /** The entry that the plan took for this one under an earlier key. */
  const formerOf = (key: string): string | undefined =>
    Object.hasOwn(before, key)
      ? undefined
      : desired(key).manage.previously.find((name) => !wanted.has(name) && Object.hasOwn(before, name));
  const callOf = (op: Intent["op"], change: Change): Omit<Intent, "id"> => {
    const { key, kind, target, remoteId } = change;
    const object = op === "create" || remoteId === undefined ? {} : { remoteId };
    const subject = { op, key, kind, target, ...object };
    if (op === "delete") return subject;
    const entry = entryFor(desired(key));
    const seen = op === "create" ? targets.get(target) : undefined;
    const resembling = seen === undefined ? [] : resemblingBefore(kindOf(kind), entry, seen, fingerprint);
    // What was removed may come back under the same id.
    const left = resembling.filter((id) => !removed.has(`${target}\n${kind}\n${id}`));
    return { ...subject, entry, ...(left.length === 0 ? {} : { resembling: left }) };
  };

  return {
    project: input.state.lineage,
    desired,
    sendable: (kind, spec) => replaceReferences(kindOf(kind), spec, idOf),
    intend: async (op, change) => {
      const intent = await ledger.begin(callOf(op, change));
      return {
        done: (object) => {
          if (intent.entry === undefined) throw new Error("a deletion leaves no object");
          ledger.put(withObject(intent.entry, object), formerOf(change.key), intent);
        },
        removed: () => {
          removed.add(`${change.target}\n${change.kind}\n${change.remoteId ?? ""}`);
          ledger.drop(change, intent);
        },
        failed: (error) => ledger.fail(intent, error instanceof AppError && CERTAIN.has(error.code)),
      };
    },
    put: (key, object) => ledger.put(withObject(entryFor(desired(key)), object), formerOf(key)),
    drop: (change) => ledger.drop(change),
    settle: (all, observed) => {
      const seen = new Map(observed.map((target) => [target.name, indexObjects(target)]));
      for (const one of all) {
        const entry = ledger.inventory.get(one.key);
        // Only what still is what the plan saw, and what it found to be as declared.
        if (entry === undefined || entry.kind !== one.kind || entry.target !== one.target) continue;
        const object = seen.get(one.target)?.get(`${one.kind}\n${entry.remoteId}`);
        if (object === undefined) continue;
        // The mark of our last write stays: it is what a later write by somebody else shows against.
        const version = entry.version ?? object.version;
        const { remoteId } = object;
        const mark = version === undefined ? {} : { version };
        const fresh = withObject(entryFor(one), { remoteId, ...mark });
        if (canonicalJson(fresh) !== canonicalJson(entry)) ledger.amend(fresh);
      }
    },
    save: (always) => ledger.save(always),
  };
}

const withObject = (entry: IntendedEntry, { remoteId, version }: Made): InventoryEntry => ({
  ...entry,
  remoteId,
  ...(version === undefined ? {} : { version }),
});

const indexObjects = (target: ObservedTarget): ReadonlyMap<string, Observed> =>
  new Map(target.objects.map((object) => [`${object.kind}\n${object.remoteId}`, object]));
