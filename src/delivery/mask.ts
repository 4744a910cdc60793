/** Answers as the log keeps them: servers like to repeat what they were sent, in error pages above all. */
import type { PostResponse } from "../lib/http.ts";
import { createSieve } from "../lib/sieve.ts";
import type { Sieve } from "../lib/sieve.ts";
import type { OutgoingRequest } from "../model/request.ts";
import { reveal, Secret } from "../model/secret.ts";

const MASK = "(secret)";
/** Anything shorter cannot be told from ordinary text. */
const SHORTEST = 4;
/** A path, or a segment of one that is no plain word such as `webhooks`, may be a token when it is as long as this. */
const SHORTEST_SEGMENT = 8;

interface Looked {
  /** The longest first, so that no part of one is masked before all of it. */
  readonly secrets: readonly string[];
  readonly sieve: Sieve;
}

/** Headers and body with every secret of the request masked: of its headers, and what its URL has behind the host. */
export function maskEchoes(
  request: OutgoingRequest,
  { headers, body }: Pick<PostResponse, "headers" | "body">,
): Pick<PostResponse, "headers" | "body"> {
  const { secrets, sieve } = recall(request);
  const mask = (text: string): string =>
    sieve.mayShare(text) ? secrets.reduce((masked, secret) => masked.replaceAll(secret, MASK), text) : text;
  return { headers: headers.map(([name, value]) => [name, mask(value)] as const), body: mask(body) };
}

const MOST_REMEMBERED = 1000;
/** What to look for in the answers of an endpoint, which gets the same secrets time and again. */
const memory = new Map<string, Looked>();

function recall(request: OutgoingRequest): Looked {
  const values = request.headers.flatMap(({ value }) => (value instanceof Secret ? [reveal(value)] : []));
  const url = reveal(request.url);
  const key = JSON.stringify([url, ...values]);
  const known = memory.get(key);
  if (known !== undefined) return known;
  if (memory.size >= MOST_REMEMBERED) memory.clear();
  const secrets = secretsOf(url, values);
  const shortest = secrets.at(-1)?.length ?? SHORTEST;
  const looked = { secrets, sieve: createSieve(secrets, shortest) };
  memory.set(key, looked);
  return looked;
}

function secretsOf(url: string, values: readonly string[]): readonly string[] {
  const all = [
    ...values.flatMap((value) => [value, value.slice(value.lastIndexOf(" ") + 1)]),
    ...secretsOfUrl(url),
  ];
  return [...new Set(all)].filter((text) => text.length >= SHORTEST).toSorted((a, b) => b.length - a.length);
}

function secretsOfUrl(text: string): readonly string[] {
  if (!URL.canParse(text)) return [];
  const { username, password, pathname, search, searchParams } = new URL(text);
  const user = `${decode(username)}:${decode(password)}`;
  const segments = pathname
    .split("/")
    .filter((segment) => segment.length >= SHORTEST_SEGMENT && /[A-Z0-9%]/.test(segment));
  const path = pathname.length < SHORTEST_SEGMENT ? [] : [pathname];
  const parts = [...(search === "" ? [] : [pathname + search]), ...path, username, password, ...segments];
  const encoded = search.split(/[?&=]/).filter((part) => !searchParams.has(decode(part)));
  const values = [...encoded, ...searchParams.values()].filter((value) => !isPlainWord(value));
  return [
    ...(user === ":" ? [] : [user, Buffer.from(user).toString("base64")]),
    ...[...parts, ...values].flatMap((part) => [part, decode(part)]),
  ];
}

/** The value of a parameter such as `wait=true`, which stands in many an answer for another reason. */
const isPlainWord = (value: string): boolean => value.length < SHORTEST_SEGMENT && /^[a-z]*$/.test(value);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
