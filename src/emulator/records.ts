/** A store as the emulators' handlers see it. */
import { AppError } from "../model/errors.ts";
import type { StoreRecord } from "../model/record.ts";
import type { Ids, RecordsDraft, RecordsPort, RecordsView } from "../providers/emulator-contract.ts";
import type { Store } from "../store/contract.ts";

export function openRecords(store: Store, ids: Ids, now: () => number): RecordsPort {
  return {
    read: async (look) => look(viewOf(await store.read())),
    write: (change) =>
      store.write((records) => change(draftOf(records, ids, () => new Date(now()).toISOString()))),
  };
}

function viewOf(records: readonly StoreRecord[]): RecordsView {
  return {
    list: (kind, scope) => records.filter((record) => record.kind === kind && record.scope === scope),
    find: (kind, scope, id) =>
      records.find((record) => record.kind === kind && record.scope === scope && record.id === id),
    scopes: (kind) => [
      ...new Set(records.filter((record) => record.kind === kind).map((record) => record.scope)),
    ],
  };
}

/** Two writes in the same millisecond are told apart. */
const later = (before: string, now: string): string =>
  now > before ? now : new Date((Date.parse(before) || 0) + 1).toISOString();

function draftOf(records: StoreRecord[], ids: Ids, timestamp: () => string): RecordsDraft {
  const indexOf = (record: StoreRecord): number => {
    const index = records.findIndex((candidate) => candidate.uid === record.uid);
    if (index === -1) throw new AppError("not-found", `there is no record ${record.uid}`);
    return index;
  };
  return {
    ...viewOf(records),
    insert: (entry) => {
      const at = timestamp();
      const record = { ...entry, uid: ids.uuid(), confirm: true, createdAt: at, updatedAt: at };
      records.push(record);
      return record;
    },
    replace: (record, spec) => {
      const replaced = { ...record, spec, updatedAt: later(record.updatedAt, timestamp()) };
      records[indexOf(record)] = replaced;
      return replaced;
    },
    remove: (record) => void records.splice(indexOf(record), 1),
  };
}
