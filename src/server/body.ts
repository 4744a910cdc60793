/** The candidate events in the body of a request to an event path. Pure. */
import { isUtf8 } from "node:buffer";
import { jsonErrorPlace } from "../lib/json-error.ts";
import { fromBinary, isBinary } from "../sources/cloud-event.ts";
import type { SourceItem } from "../sources/contract.ts";
import { rejected } from "../sources/lines.ts";

export type Headers = Readonly<Record<string, string | undefined>>;

export interface Candidate {
  /** Where in the body, such as `line 3` or `[2]`; `body` for all of it. */
  readonly position: string;
  readonly content: SourceItem["content"];
}

export interface ReadBody {
  readonly candidates: readonly Candidate[];
  /** What is wrong with the body as a whole, so that nothing in it could be read. */
  readonly malformed?: string;
}

/** Media types that are read without CloudEvents headers; with them, the body may be anything. */
export const MEDIA_TYPES = [
  "application/json",
  "application/cloudevents+json",
  "application/cloudevents-batch+json",
  "application/x-ndjson",
] as const;

/** In lower case, without parameters; empty when there is none. */
const mediaTypeOf = (headers: Headers): string =>
  (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

/** Text is not among what is read: a page in a browser may send it to this machine without asking. */
export function isReadable(headers: Headers): boolean {
  const type = mediaTypeOf(headers);
  return isBinary(headers, type) || MEDIA_TYPES.some((known) => known === type);
}

export function readBody(headers: Headers, body: Buffer): ReadBody {
  const type = mediaTypeOf(headers);
  if (isBinary(headers, type)) {
    const content = fromBinary(asUtf8(headers), headers["content-type"], body);
    return whole(content, "rejected" in content ? content.rejected : undefined);
  }
  if (body.length === 0) return { candidates: [], malformed: "is empty" };
  if (!isUtf8(body)) return whole(rejected("is not UTF-8", body), "is not UTF-8");
  const text = body.toString("utf8");
  return type === "application/x-ndjson" ? readLines(text) : readJson(text, body);
}

const whole = (content: Candidate["content"], malformed: string | undefined): ReadBody => ({
  candidates: [{ position: "body", content }],
  ...(malformed !== undefined && { malformed }),
});

/** HTTP carries headers as Latin-1; who sends UTF-8 all the same is understood. */
function asUtf8(headers: Headers): Headers {
  const decode = (value: string): string => {
    const bytes = Buffer.from(value, "latin1");
    return isUtf8(bytes) ? bytes.toString("utf8") : value;
  };
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value === undefined ? value : decode(value)]),
  );
}

function readLines(text: string): ReadBody {
  const candidates = text.split("\n").flatMap((line, index): Candidate[] => {
    return line.trim() === "" ? [] : [{ position: `line ${index + 1}`, content: { text: line } }];
  });
  return candidates.length === 0 ? { candidates, malformed: "has no lines" } : { candidates };
}

function readJson(text: string, body: Buffer): ReadBody {
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value)) return whole({ text }, undefined);
    return {
      candidates: value.map((item, index) => ({
        position: `[${index}]`,
        content: { text: JSON.stringify(item) },
      })),
    };
  } catch {
    const reason = `is not JSON (${jsonErrorPlace(text) ?? "too large"})`;
    return whole(rejected(reason, body), reason);
  }
}
