/** Says quickly of most texts that they have nothing in common with some others. */

export interface Sieve {
  /** False: the text shares no stretch of `shortest` characters with any of the words, whatever the case of ASCII letters. */
  mayShare(text: string): boolean;
  /** False: no such stretch begins at this place of the text. */
  mayBegin(text: string, at: number): boolean;
}

/** Characters that are looked at together. */
const GRAM = 5;

/** `shortest` is at least 1; words that are shorter are not looked for. */
export function createSieve(words: readonly string[], shortest: number): Sieve {
  const size = Math.min(GRAM, shortest);
  const grams = createTable(words.reduce((sum, word) => sum + word.length, 0));
  for (const word of words) {
    for (let at = 0; at + size <= word.length; at += 1) grams.add(gramAt(word, at, size));
  }
  // Every stretch has one whole gram at one of these places.
  const stride = shortest - size + 1;
  return {
    mayShare: (text) => {
      for (let at = 0; at + size <= text.length; at += stride) {
        if (grams.has(gramAt(text, at, size))) return true;
      }
      return false;
    },
    mayBegin: (text, at) => at + size <= text.length && grams.has(gramAt(text, at, size)),
  };
}

/** A number that is the same for the same characters, and never 0. */
function gramAt(text: string, at: number, size: number): number {
  let gram = 0;
  for (let index = at; index < at + size; index += 1) {
    const code = text.charCodeAt(index);
    gram = (Math.imul(gram, 257) + (code >= 65 && code <= 90 ? code + 32 : code)) | 0;
  }
  return gram === 0 ? 1 : gram;
}

/** A set of numbers other than 0 in little room. */
function createTable(most: number): { add(value: number): void; has(value: number): boolean } {
  const length = 2 ** Math.ceil(Math.log2(2 * most + 2));
  const slots = new Int32Array(length);
  const slotOf = (value: number): number => {
    let slot = (Math.imul(value, 0x9e3779b1) >>> 7) & (length - 1);
    while (slots[slot] !== 0 && slots[slot] !== value) slot = (slot + 1) & (length - 1);
    return slot;
  };
  return {
    add: (value) => void (slots[slotOf(value)] = value),
    has: (value) => slots[slotOf(value)] === value,
  };
}
