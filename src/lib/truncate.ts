/** Shortens text to a limit that counts what is sent, after escaping. */

/** The escaped form of one character as people see it; `before` is the text in front of it, unescaped. */
export type Escape = (piece: string, before: string) => string;

export interface TruncateOptions {
  /** Default: as it is. */
  readonly escape?: Escape;
  /** Size of an escaped piece; default: its length in UTF-16 units. Sizes add up. */
  readonly measure?: (escaped: string) => number;
}

const ASCII = /^[\x20-\x7E\n]*$/;
/** A longer cluster (a letter under hundreds of marks) may be cut between its code points. */
const LONGEST_CLUSTER = 32;

/**
 * The escaped text when its size is at most `limit`; otherwise as much of it as fits with `… (n more)`, n counting the
 * code points left out. Never cuts inside an escape sequence, a surrogate pair or a cluster such as a family emoji.
 * A limit too small even for the mark gives an empty string.
 */
export function truncate(text: string, limit: number, options: TruncateOptions = {}): string {
  const escape = options.escape ?? identity;
  const measure = options.measure ?? lengthOf;
  const room = limit - measure(more(text.length));
  let out = "";
  let raw = 0;
  let size = 0;
  let keptOut = 0;
  let keptRaw = 0;
  for (const piece of pieces(text)) {
    const escaped = escape(piece, text.slice(Math.max(0, raw - 2), raw));
    size += measure(escaped);
    if (size > limit) {
      return room < 0 ? "" : out.slice(0, keptOut).trimEnd() + more(Array.from(text.slice(keptRaw)).length);
    }
    out += escaped;
    raw += piece.length;
    if (size <= room) {
      keptOut = out.length;
      keptRaw = raw;
    }
  }
  return out;
}

/** The whole text, escaped piece by piece. */
export const escapeAll = (text: string, escape: Escape): string => truncate(text, Infinity, { escape });

const more = (count: number): string => `… (${count} more)`;
const identity = (piece: string): string => piece;
const lengthOf = (text: string): number => text.length;

function* pieces(text: string): Iterable<string> {
  if (ASCII.test(text)) return yield* text;
  for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)) {
    if (segment.length <= LONGEST_CLUSTER) yield segment;
    else yield* segment;
  }
}
