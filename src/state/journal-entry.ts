/** What a line of a journal must be to count as one that we wrote. */
import { isObject } from "../model/value.ts";
import type { JournalEntry } from "./contract.ts";

/** Whether a line has everything that folding it in needs; a line of another kind, or with less, is damage. */
export function isJournalEntry(line: unknown): line is JournalEntry {
  if (!isObject(line)) return false;
  switch (line["type"]) {
    case "intent":
      return isIntent(line["intent"]);
    case "done":
      return hasTexts(line, "id", "remoteId") && mayHaveTexts(line, "version", "former");
    case "failed":
      return hasTexts(line, "id");
    case "put":
      return isEntry(line["entry"]) && hasTexts(line["entry"], "remoteId") && mayHaveTexts(line, "former");
    case "dropped":
      return hasTexts(line, "key", "kind", "target") && mayHaveTexts(line, "id", "remoteId");
    default:
      return false;
  }
}

function isIntent(value: unknown): boolean {
  if (!isObject(value) || !hasTexts(value, "id", "key", "kind", "target")) return false;
  const { op, entry } = value;
  if (op === "delete") return hasTexts(value, "remoteId");
  if (op === "update") return hasTexts(value, "remoteId") && isEntry(entry);
  return op === "create" && isEntry(entry);
}

/** Of an inventory entry what every version has written. */
const isEntry = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isObject(value) &&
  hasTexts(value, "key", "kind", "target") &&
  isObject(value["applied"]) &&
  isObject(value["secrets"]);

const hasTexts = (value: Readonly<Record<string, unknown>>, ...names: readonly string[]): boolean =>
  names.every((name) => typeof value[name] === "string");

const mayHaveTexts = (value: Readonly<Record<string, unknown>>, ...names: readonly string[]): boolean =>
  names.every((name) => value[name] === undefined || typeof value[name] === "string");
