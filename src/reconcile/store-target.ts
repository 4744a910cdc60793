/**
 * A target whose objects are records of a store: those of one provider and scope. Everything that is asked of it in one turn becomes one
 * write of the store, so that applying ten thousand creations costs a handful of writes. A crash loses or keeps such a write
 * as a whole; records carry their integration's key, so the next plan takes what was kept but not yet recorded back
 * into the inventory instead of creating it again.
 */
import { randomUUID } from "node:crypto";
import { AppError } from "../model/errors.ts";
import type { Kind } from "../model/field.ts";
import type { Observed } from "../model/plan.ts";
import type { StoreRecord } from "../model/record.ts";
import type { Ownership, Target } from "../model/target.ts";
import type { Fields } from "../model/value.ts";
import type { Store } from "../store/contract.ts";

export interface StoreTargetOptions {
  readonly store: Store;
  /** App, organisation or account; "" where there is none. */
  readonly scope: string;
  /** Id for a new record, in the provider's form. */
  readonly newId: (kind: Kind, spec: Fields, taken: ReadonlySet<string>) => string;
  readonly now?: () => Date;
}

/** Records being changed, by kind and id, within one write. */
type Draft = Map<string, StoreRecord>;

interface Pending {
  readonly change: (records: Draft) => Observed | undefined;
  readonly settle: (outcome: Observed | undefined) => void;
  readonly fail: (error: unknown) => void;
}

export function storeTarget(options: StoreTargetOptions): Target {
  const { store, scope, newId, now = () => new Date() } = options;
  let pending: Pending[] = [];

  const flush = async (): Promise<void> => {
    const batch = pending;
    pending = [];
    try {
      const finish = await store.write((records) => applyBatch(records, batch));
      for (const settle of finish) settle();
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
  };
  const mutate = (change: Pending["change"]): Promise<Observed | undefined> =>
    new Promise((settle, fail) => {
      pending.push({ change, settle, fail });
      if (pending.length === 1) setImmediate(() => void flush());
    });
  /** What is asked for in one turn is answered from one reading. */
  let reading: Promise<ReadonlyMap<string, StoreRecord>> | undefined;
  const snapshot = (): Promise<ReadonlyMap<string, StoreRecord>> => {
    reading ??= store
      .read()
      .then((records) => new Map(records.map((record) => [identity(record), record])))
      .finally(() => (reading = undefined));
    return reading;
  };
  const taken = takenIds(scope);
  const mine = (record: StoreRecord): boolean => record.scope === scope;

  return {
    parallelism: Number.POSITIVE_INFINITY,
    list: async (kinds) => {
      const records = await store.read();
      return records.filter((record) => mine(record) && kinds.includes(record.kind)).map(observe);
    },
    read: async (kind, remoteId) => {
      const found = (await snapshot()).get(identity({ kind, scope, id: remoteId }));
      return found && observe(found);
    },
    create: async (kind, spec, owner) =>
      expectObject(
        await mutate((records) => {
          const ids = taken(records, kind);
          const id = newId(kind, spec, ids);
          if (ids.has(id)) throw new Error(`the new id ${id} is taken`);
          ids.add(id);
          const time = now().toISOString();
          const record = newRecord({ kind, scope, id, spec, owner, time });
          records.set(identity(record), record);
          return observe(record);
        }),
      ),
    update: async (kind, remoteId, spec, owner) =>
      expectObject(
        await mutate((records) => {
          const name = identity({ kind, scope, id: remoteId });
          const old = records.get(name);
          if (old === undefined) throw gone(kind, remoteId);
          const record = { ...old, ...markOf(owner), spec, updatedAt: later(old.updatedAt, now()) };
          records.set(name, record);
          return observe(record);
        }),
      ),
    remove: async (kind, remoteId) => {
      await mutate((records) => void records.delete(identity({ kind, scope, id: remoteId })));
    },
    close: () => Promise.resolve(),
  };
}

/** Runs every change on the records; one that throws fails alone. Answers with what tells the callers, once it is written. */
function applyBatch(records: StoreRecord[], batch: readonly Pending[]): (() => void)[] {
  const draft: Draft = new Map(records.map((record) => [identity(record), record]));
  const finish = batch.map(({ change, settle, fail }) => {
    try {
      const outcome = change(draft);
      return () => settle(outcome);
    } catch (error) {
      return () => fail(error);
    }
  });
  records.length = 0;
  for (const record of draft.values()) records.push(record);
  return finish;
}

/** The ids in use, counted once per write and kind. */
function takenIds(scope: string): (records: Draft, kind: Kind) => Set<string> {
  const perDraft = new WeakMap<Draft, Map<Kind, Set<string>>>();
  return (records, kind) => {
    const perKind = perDraft.get(records) ?? new Map<Kind, Set<string>>();
    perDraft.set(records, perKind);
    const known = perKind.get(kind);
    if (known !== undefined) return known;
    const same = [...records.values()].filter((record) => record.kind === kind && record.scope === scope);
    const ids = new Set(same.map((record) => record.id));
    perKind.set(kind, ids);
    return ids;
  };
}

interface NewRecord extends Pick<StoreRecord, "kind" | "scope" | "id" | "spec"> {
  readonly owner: Ownership;
  readonly time: string;
}

const newRecord = ({ kind, scope, id, spec, owner, time }: NewRecord): StoreRecord => ({
  uid: randomUUID(),
  kind,
  scope,
  id,
  ...markOf(owner),
  spec,
  confirm: owner.confirm,
  createdAt: time,
  updatedAt: time,
});

const markOf = ({ key, project }: Ownership): Pick<StoreRecord, "key" | "project"> => ({
  key,
  ...(project === undefined ? {} : { project }),
});

const identity = (record: Pick<StoreRecord, "kind" | "scope" | "id">): string =>
  JSON.stringify([record.kind, record.scope, record.id]);

function observe(record: StoreRecord): Observed {
  const seen = { remoteId: record.id, kind: record.kind, fields: record.spec, version: record.updatedAt };
  const { key, project } = record;
  return {
    ...seen,
    ...(key === undefined ? {} : { key }),
    ...(project === undefined ? {} : { project }),
  };
}

/** The time of a write, always after the one before. */
const later = (before: string, now: Date): string =>
  new Date(Math.max(now.getTime(), (Date.parse(before) || 0) + 1)).toISOString();

const gone = (kind: Kind, remoteId: string): AppError =>
  new AppError("not-found", `${kind} ${remoteId} is gone`, { hint: "plan again: it will be created anew" });

function expectObject(outcome: Observed | undefined): Observed {
  if (outcome === undefined) throw new Error("a creation or update must answer with the object");
  return outcome;
}
