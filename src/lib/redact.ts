/**
 * Takes secrets out of text that somebody else wrote and that may give back what it was sent: as it is, encoded, or cut short. What
 * is found of at least eight characters of a secret goes.
 */

const SHORTEST = 8;
/** Secrets of fewer characters are too common to be looked for. */
const SHORTEST_SECRET = 4;

/** Pieces by their length. */
type Pieces = ReadonlyMap<number, ReadonlySet<string>>;

/** Remembers what it has looked for before; the memory is bounded. */
export function createRedactor(limit = 1_000): (text: string, secrets: Iterable<string>) => string {
  const known = new Map<string, Pieces>();
  const piecesFor = (secret: string): Pieces => {
    const found = known.get(secret);
    if (found !== undefined) return found;
    if (known.size >= limit) known.clear();
    const pieces = piecesOf(secret);
    known.set(secret, pieces);
    return pieces;
  };
  return (text, secrets) => {
    let clean = text;
    for (const secret of secrets) clean = remove(clean, piecesFor(secret));
    return clean;
  };
}

function remove(text: string, pieces: Pieces): string {
  const folded = fold(text);
  let hidden: Uint8Array | undefined;
  for (const [length, set] of pieces) {
    for (let at = 0; at + length <= folded.length; at += 1) {
      if (!set.has(folded.slice(at, at + length))) continue;
      hidden ??= new Uint8Array(text.length);
      hidden.fill(1, at, at + length);
    }
  }
  if (hidden === undefined) return text;
  let clean = "";
  for (let at = 0; at < text.length; at += 1) {
    if (hidden[at] === 0) clean += text[at];
    else if (hidden[at - 1] !== 1) clean += "(secret)";
  }
  return clean;
}

/** One case for the letters that encodings use; lengths stay. */
const fold = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

function piecesOf(secret: string): Pieces {
  const pieces = new Map<number, Set<string>>();
  const add = (form: string, length: number): void => {
    const folded = fold(form);
    const set = pieces.get(length) ?? new Set();
    for (let at = 0; at + length <= folded.length; at += 1) set.add(folded.slice(at, at + length));
    if (set.size > 0) pieces.set(length, set);
  };
  for (const part of partsOf(secret)) {
    if (part.length < SHORTEST_SECRET) continue;
    const size = Math.min(SHORTEST, part.length);
    const bytes = Buffer.from(part);
    for (const form of [part, JSON.stringify(part).slice(1, -1), encode(part)]) add(form, size);
    // An encoded piece stands for as many bytes as a plain one has characters.
    add(bytes.toString("hex"), 2 * size);
    add([...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""), 3 * size);
    for (const shift of [0, 1, 2]) {
      const text = Buffer.concat([Buffer.alloc(shift), bytes])
        .toString("base64")
        .replaceAll("=", "");
      // The first and the last character hold bits of what stands around.
      const inner = text.slice(Math.ceil((shift * 8) / 6), -1);
      const length = Math.floor((size * 8) / 6) - 1;
      add(inner, length);
      add(inner.replaceAll("+", "-").replaceAll("/", "_"), length);
    }
  }
  return pieces;
}

/** A lone surrogate has no encoding. */
const encode = (text: string): string => (/\p{Surrogate}/u.test(text) ? text : encodeURIComponent(text));

/** Of a URL what is not just words: a host and plain words of a path are nobody's secret. */
function partsOf(secret: string): readonly string[] {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(secret) || !URL.canParse(secret)) return [secret];
  const { pathname, searchParams, username, password } = new URL(secret);
  const tokens = [...pathname.split("/"), ...searchParams.values()].filter((part) => /\d/.test(part));
  return [username, password, ...tokens].filter((part) => part.length >= SHORTEST);
}
