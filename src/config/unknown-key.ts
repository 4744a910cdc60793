/** Keys that a block does not have. */
import { nearestWord } from "../lib/edit-distance.ts";
import type { Report } from "./report.ts";
import { suggest } from "./suggest.ts";
import { isNull } from "./tree.ts";
import type { Entry } from "./tree.ts";

/** `known` are the keys that the block could still have. */
export function reportUnknownKey(
  name: string,
  entry: Entry,
  where: string,
  known: readonly string[],
  report: Report,
): void {
  const { key, value } = entry;
  // Under a misspelt key, and in place of a key where a colon was forgotten, may stand a secret.
  report.hide(value);
  const sure = isLikelyKey(name, entry, known);
  if (!sure) report.hide(key);
  const message = `${sure ? `"${name}"` : "this"} is not a field of ${where}`;
  report.error({ code: "unknown-key", message, hint: suggest(name, known), at: key });
}

export const looksLikeKey = (name: string): boolean => /^[\w.:/-]{1,60}$/.test(name);

/** Whether what stands as a key is meant as one, so that it may be repeated. */
function isLikelyKey(name: string, { value }: Entry, known: readonly string[]): boolean {
  if (!looksLikeKey(name)) return false;
  return !isNull(value) || nearestWord(name, known) !== undefined;
}
