/** Reading stored fields and bodies in emulators, without trusting their shape. */
import { reveal, Secret } from "../model/secret.ts";
import { isObject } from "../model/value.ts";
import type { Json, Value } from "../model/value.ts";
import type { JsonObject } from "./emulator-contract.ts";

/** Text in clear; "" for what is no scalar. */
export function plainText(value: Value | undefined): string {
  if (value instanceof Secret) return reveal(value);
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** An object without members for what is none. */
export const asObject = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

export const asList = (value: Value | undefined): readonly Value[] => (Array.isArray(value) ? value : []);

/** Members that are null count as left out: many clients send them so. */
export const withoutNulls = (value: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));

/** Undefined when the text is no whole number within the bounds; `usual` when there is none. */
export function wholeNumber(
  text: string | null,
  usual: number,
  bounds: { readonly least: number; readonly most: number },
): number | undefined {
  if (text === null || text === "") return usual;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  return value >= bounds.least && value <= bounds.most ? value : undefined;
}
