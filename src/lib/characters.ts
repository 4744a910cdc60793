/** Text counted in characters (Unicode code points), as people count columns, not in UTF-16 units. */

/** The characters of a text, one element each. */
export const characters = (text: string): string[] => Array.from(text);

/** How many characters lie between two offsets; only what is outside ASCII costs anything. */
export function countCharacters(text: string, start: number, end: number): number {
  let count = end - start;
  for (let index = start; index < end - 1; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(index + 1);
    if (next >= 0xdc00 && next <= 0xdfff) count--;
  }
  return count;
}
