/**
 * The store's file: `{ "formatVersion": 1, "records": [ … ] }`, indented, records in order of creation. Members that this
 * version does not know, of the document and of a record, are kept as they are.
 */
import type { Conceal } from "../model/conceal.ts";
import { revealAll } from "../model/conceal.ts";
import { AppError } from "../model/errors.ts";
import type { StoreRecord } from "../model/record.ts";
import { isObject } from "../model/value.ts";
import type { Value } from "../model/value.ts";

const STORE_FORMAT_VERSION = 1;

export interface StoreDocument {
  /** Other members of the document than its version and records. */
  readonly rest: Readonly<Record<string, unknown>>;
  readonly records: readonly StoreRecord[];
}

const TEXT_MEMBERS = ["uid", "kind", "scope", "id", "createdAt", "updatedAt"] as const;

/** Throws AppError `store-unreadable`. `file` is for messages. */
export function parseStore(text: string, file: string, conceal: Conceal): StoreDocument {
  const value = parseJson(text, file);
  const list = isObject(value) ? value["records"] : undefined;
  if (!isObject(value) || !Array.isArray(list)) {
    throw unreadable(file, "it is not a store: there is no list of records");
  }
  const { formatVersion, records: _, ...rest } = value;
  if (formatVersion !== STORE_FORMAT_VERSION) {
    const found = typeof formatVersion === "number" ? String(formatVersion) : "none";
    throw unreadable(file, `its format version is ${found}, and this bellhop reads ${STORE_FORMAT_VERSION}`);
  }
  return { rest, records: list.map((record, index) => toRecord(record, index, file, conceal)) };
}

export function serialiseStore(document: StoreDocument): string {
  const records = document.records.map((record) => ({ ...record, spec: revealAll(record.spec) }));
  return `${JSON.stringify({ formatVersion: STORE_FORMAT_VERSION, ...document.rest, records }, null, 2)}\n`;
}

function parseJson(text: string, file: string): Value {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON.parse gives is JSON
    return JSON.parse(text) as Value;
  } catch {
    // The parser's own message quotes the text, which may hold a secret.
    throw unreadable(file, "it is not JSON (cut short, or edited by hand?)");
  }
}

function toRecord(value: Value, index: number, file: string, conceal: Conceal): StoreRecord {
  if (!isObject(value) || !isObject(value["spec"])) throw unreadable(file, `record ${index + 1} has no spec`);
  const missing = TEXT_MEMBERS.find((name) => typeof value[name] !== "string");
  if (missing !== undefined) throw unreadable(file, `record ${index + 1} has no ${missing}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every required member was checked above
  const record = value as unknown as StoreRecord;
  return { ...record, confirm: record.confirm === true, spec: conceal(record.kind, record.spec) };
}

function unreadable(file: string, why: string): AppError {
  return new AppError("store-unreadable", `the store ${file} cannot be read: ${why}`, {
    hint: "repair it or restore it from a backup; nothing was written to it",
  });
}
