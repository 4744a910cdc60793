/** Reads members of a body from outside. What does not have the expected form counts as not there. */
import type { Named } from "./event.ts";
import { isObject } from "./value.ts";
import type { Json } from "./value.ts";

export type JsonObject = { [key: string]: Json };

const LONGEST_NAME = 512;
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)$/;
/** The last second of the year 9999. */
const LAST_SECOND = 253_402_300_799;

export const isJsonObject = (value: Json | undefined): value is JsonObject => isObject(value);

/** An object, or an empty one. */
export const readObject = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

/** A string that is neither blank nor absurdly long. */
export const readText = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value.length <= LONGEST_NAME && value.trim() !== "" ? value : undefined;

/** The type of an event: text without spaces around it. */
export const readType = (value: Json | undefined): string | undefined => readText(value)?.trim();

/** A thing given by name, or as an object with `id` or `name`. */
export function readNamed(value: Json | undefined): Named | undefined {
  if (!isJsonObject(value)) {
    const name = readText(value);
    return name === undefined ? undefined : { name };
  }
  const id = readText(value["id"]);
  const name = readText(value["name"]);
  if (id === undefined && name === undefined) return undefined;
  return { ...(id !== undefined && { id }), ...(name !== undefined && { name }) };
}

/** An RFC 3339 time as it is written, from 1970 on. */
export function readTime(value: Json | undefined): string | undefined {
  if (typeof value !== "string" || !RFC_3339.test(value)) return undefined;
  return Date.parse(value) >= 0 ? value : undefined;
}

/** Seconds since the epoch as ISO 8601. */
export function readSeconds(value: Json | undefined): string | undefined {
  const usable = typeof value === "number" && value > 0 && value <= LAST_SECOND;
  return usable ? new Date(value * 1000).toISOString() : undefined;
}
