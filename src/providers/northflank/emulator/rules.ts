/** What Northflank asks of an integration beyond the schema, and what it derives from one. */
import { revealAll } from "../../../model/conceal.ts";
import type { StoreRecord } from "../../../model/record.ts";
import { isObject } from "../../../model/value.ts";
import type { Fields, Json, Value } from "../../../model/value.ts";
import type { Problem } from "../../emulator-contract.ts";
import { plainText } from "../../emulator-values.ts";

/** The client repeats a POST whose answer got lost, for about two seconds. */
const REPEAT_WINDOW_MS = 10_000;

/** Only a raw webhook takes a secret, and events look like `trigger:…`. New events are taken: the list grows. */
export function bodyProblems(body: Json, type: unknown): Problem[] {
  if (!isObject(body)) return [];
  const events = body["events"];
  const unknown = Object.keys(isObject(events) ? events : {})
    .filter((name) => !/^trigger(:[a-zA-Z0-9-]+)+$/.test(name))
    .map((name) => ({ field: "events", path: `events.${name}`, message: "is not an event" }));
  const secret = body["secret"] !== undefined && type !== "RAW_WEBHOOK";
  return [...(secret ? [problemOf("secret", "is supported by RAW_WEBHOOK only")] : []), ...unknown];
}

export const problemOf = (path: string, message: string): Problem => ({ field: path, path, message });

export const nameOf = (spec: Fields): string => plainText(spec["name"]);

/** `Example Notification` → `example-notification`. */
export const slug = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");

/** Whether the same request is here again soon after it was answered. */
export function isRepeat(record: StoreRecord, spec: Fields, now: number): boolean {
  return (
    record.createdAt === record.updatedAt &&
    now - Date.parse(record.createdAt) <= REPEAT_WINDOW_MS &&
    JSON.stringify(sorted(revealAll(record.spec))) === JSON.stringify(sorted(revealAll(spec)))
  );
}

function sorted(value: Json): Json {
  if (!isObject(value)) return value;
  const names = Object.keys(value).toSorted();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name] ?? null)]));
}

/** Events that are not named keep their value: whether Northflank replaces the map is not documented. */
export function mergeEvents(before: Fields, given: Fields): Value {
  const old = before["events"] ?? {};
  const changed = given["events"] ?? {};
  return isObject(old) && isObject(changed) ? { ...old, ...changed } : changed;
}
