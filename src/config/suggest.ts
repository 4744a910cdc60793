/** The hint for a name that is not known. */
import { nearestWord } from "../lib/edit-distance.ts";

/** `did you mean X?`, or else what there is to choose from. */
export function suggest(word: string, candidates: readonly string[]): string {
  const found = nearestWord(word, candidates);
  if (found !== undefined) return `did you mean ${found}?`;
  if (candidates.length === 0) return "remove it";
  const shown = candidates.slice(0, 8).join(", ");
  return `use one of ${shown}${candidates.length > 8 ? ", …" : ""}`;
}

/** A word as a message may repeat it. A URL or a sentence got there by a missing line break, and may hold a secret. */
export const quote = (text: string): string =>
  /^\S{1,100}$/.test(text) && !/https?:/i.test(text) ? `"${text}"` : "this";
