/**
 * Time-ordered ids: a safe integer made of milliseconds since the epoch and a counter, so that it sorts by the time of
 * making and fits a SQLite rowid; for people it is 11 letters and digits of Crockford's base 32, as in a ULID, which sort alike.
 */
const PER_MILLISECOND = 2048;
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 11;

/** An id for now that is greater than `previous`, whatever the clock does. */
export const nextId = (previous: number, now: number): number =>
  Math.max(previous + 1, firstIdAt(Math.floor(now)));

/** The smallest id of a millisecond. */
export const firstIdAt = (ms: number): number => Math.max(0, Math.ceil(ms)) * PER_MILLISECOND;

/** The millisecond an id was made in. */
export const timeOfId = (id: number): number => Math.floor(id / PER_MILLISECOND);

export function encodeId(id: number): string {
  let text = "";
  for (let rest = id; text.length < LENGTH; rest = Math.floor(rest / 32))
    text = ALPHABET.charAt(rest % 32) + text;
  return text;
}

/** The number behind an id's text, in either case; undefined when the text is no id. */
export function decodeId(text: string): number | undefined {
  if (text.length !== LENGTH) return undefined;
  let id = 0;
  for (const character of text.toUpperCase()) {
    const digit = ALPHABET.indexOf(character);
    if (digit === -1) return undefined;
    id = id * 32 + digit;
  }
  return Number.isSafeInteger(id) ? id : undefined;
}
