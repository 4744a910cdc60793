/** How a file is called once it was rotated away: with a number that grows with age, or with a date. Pure. */
import { basename } from "node:path";

const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4|zip|Z)$/;

/** Whether a name says that the file is packed, and so holds no lines. */
export const isCompressed = (path: string): boolean => COMPRESSED.test(path);

/** Whether it is packed in the one way that can be undone here. */
export const isGzip = (path: string): boolean => path.endsWith(".gz");

/** Up to so many digits are a number, which grows with age; more are a date. */
const NUMBER_DIGITS = 4;

/** Whether a rank comes from a number: some number their files the other way round. */
export const isNumber = (rank: string): boolean => rank.length <= NUMBER_DIGITS;

/**
 * Where a file stands among those that were rotated away from one of these names: a greater text is a younger file. Undefined for
 * a file of another name.
 */
export function rankOf(path: string, names: readonly string[]): string | undefined {
  const name = basename(path).replace(COMPRESSED, "");
  for (const original of names.map((one) => basename(one))) {
    const suffix = name.startsWith(original)
      ? /^[.-](\d[\dT.:_-]*)$/.exec(name.slice(original.length))?.[1]
      : undefined;
    if (suffix === undefined) continue;
    const digits = suffix.replaceAll(/\D/g, "");
    return digits.length <= NUMBER_DIGITS
      ? String(9999 - Number(digits)).padStart(NUMBER_DIGITS, "0")
      : digits;
  }
  return undefined;
}
