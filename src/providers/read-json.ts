/** Reads members of an answer. What does not have the expected form counts as not there. */
import { isObject } from "../model/value.ts";
import type { Json } from "../model/value.ts";

export type JsonObject = { [key: string]: Json };

export const asObject = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

export const asArray = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

export const asText = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** The strings of an array. */
export const asTexts = (value: Json | undefined): readonly string[] =>
  asArray(value).filter((item) => typeof item === "string");

/** Undefined when the text is no JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON.parse gives is JSON
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
