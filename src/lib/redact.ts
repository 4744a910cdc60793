/**
 * Takes secrets out of text that somebody else wrote and that may give back what it was sent: as it is, encoded, or cut short. What
 * is found of at least eight characters of a secret goes. A text that has nothing of them costs next to nothing.
 */
import { createSieve } from "./sieve.ts";
import type { Sieve } from "./sieve.ts";

const SHORTEST = 8;
/** Secrets of fewer characters are too common to be looked for. */
const SHORTEST_SECRET = 4;

/** A form that a secret may come back in, and how much of it in one stretch gives it away. */
interface Form {
  readonly text: string;
  readonly length: number;
}

interface Known {
  readonly forms: readonly Form[];
  readonly sieve: Sieve;
}

/** Remembers the secrets that it has looked for; the memory is bounded. */
export function createRedactor(limit = 1_000): (text: string, secrets: Iterable<string>) => string {
  const memory = new Map<string, Known | undefined>();
  const recall = (secret: string): Known | undefined => {
    if (memory.has(secret)) return memory.get(secret);
    if (memory.size >= limit) memory.clear();
    const known = know(secret);
    memory.set(secret, known);
    return known;
  };
  return (text, secrets) => {
    let clean = text;
    for (const secret of secrets) {
      const known = recall(secret);
      if (known?.sieve.mayShare(clean) === true) clean = remove(clean, known);
    }
    return clean;
  };
}

/** Undefined where there is nothing to look for. */
function know(secret: string): Known | undefined {
  const forms = formsOf(secret);
  if (forms.length === 0) return undefined;
  const shortest = Math.min(...forms.map(({ length }) => length));
  const sieve = createSieve(
    forms.map(({ text }) => text),
    shortest,
  );
  return { forms, sieve };
}

function remove(text: string, { forms, sieve }: Known): string {
  const pieces = piecesOf(forms);
  const folded = fold(text);
  let hidden: Uint8Array | undefined;
  for (let at = 0; at < folded.length; at += 1) {
    if (!sieve.mayBegin(folded, at)) continue;
    for (const [length, set] of pieces) {
      if (at + length > folded.length || !set.has(folded.slice(at, at + length))) continue;
      hidden ??= new Uint8Array(text.length);
      hidden.fill(1, at, at + length);
    }
  }
  return hidden === undefined ? text : cover(text, hidden);
}

function cover(text: string, hidden: Uint8Array): string {
  let clean = "";
  let from = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (at < text.length && hidden[at] === 0) continue;
    if (at > from) clean += text.slice(from, at);
    if (at < text.length && hidden[at - 1] !== 1) clean += "(secret)";
    from = at + 1;
  }
  return clean;
}

/** One case for the letters that encodings use; lengths stay. */
const fold = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** Pieces by their length. */
function piecesOf(forms: readonly Form[]): ReadonlyMap<number, ReadonlySet<string>> {
  const pieces = new Map<number, Set<string>>();
  for (const { text, length } of forms) {
    const set = pieces.get(length) ?? new Set();
    for (let at = 0; at + length <= text.length; at += 1) set.add(text.slice(at, at + length));
    pieces.set(length, set);
  }
  return pieces;
}

/** Folded, each once; none that is shorter than what gives it away. */
function formsOf(secret: string): readonly Form[] {
  const forms = new Map<string, Form>();
  const add = (form: string, length: number): void => {
    const text = fold(form);
    if (text.length >= length) forms.set(`${length} ${text}`, { text, length });
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
  return [...forms.values()];
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
