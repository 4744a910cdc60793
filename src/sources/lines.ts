/** From the bytes of a file to lines. Pure. */
import { isUtf8 } from "node:buffer";
import type { SourceItem } from "./contract.ts";

export const MAX_LINE_BYTES = 1024 * 1024;
const MAX_LINES = 500;
const HEAD_BYTES = 4096;
const [NEWLINE, RETURN] = [10, 13];
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

export interface Line {
  /** Of its first byte, from the beginning of the chunk. */
  readonly start: number;
  readonly content: SourceItem["content"];
}

export interface Cut {
  readonly lines: readonly Line[];
  /** Bytes that are done with; the rest is an incomplete line, or did not fit. */
  readonly consumed: number;
  /** Within a line that was too long, whose rest is to be passed over. */
  readonly skipping: boolean;
}

export interface CutOptions {
  /** Whether the chunk is the beginning of its file. */
  readonly atStart: boolean;
  readonly skipping: boolean;
  /** Nothing will be added: what follows the last newline is a line too. */
  readonly final: boolean;
}

/**
 * The complete lines of a chunk, at most 500 of them; blank ones are left out. Zeros before a line are no part of it: they are the
 * hole that a file gets when it is truncated under a writer that goes on where it was.
 */
export function cutLines(chunk: Buffer, options: CutOptions): Cut {
  const lines: Line[] = [];
  let at = 0;
  let skipping = options.skipping;
  const take = (end: number): void => {
    const content = skipping ? undefined : contentOf(chunk.subarray(at, end), options.atStart && at === 0);
    if (content !== undefined) lines.push({ start: at, content });
    skipping = false;
  };
  while (lines.length < MAX_LINES) {
    while (!skipping && chunk[at] === 0) at += 1;
    const end = chunk.indexOf(NEWLINE, at);
    if (end === -1) break;
    take(end);
    at = end + 1;
  }
  if (lines.length === MAX_LINES || at === chunk.length) return { lines, consumed: at, skipping };

  if (options.final) take(chunk.length);
  else if (chunk.length - at > MAX_LINE_BYTES + 1) {
    take(chunk.length);
    skipping = true;
  } else if (!skipping) return { lines, consumed: at, skipping };
  return { lines, consumed: chunk.length, skipping };
}

/** Undefined for a blank line. A byte order mark at the start of a file, and the return at the end of a line, are left out. */
export function contentOf(line: Buffer, atStart: boolean): SourceItem["content"] | undefined {
  const from = atStart && line.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  const bytes = line.subarray(from, line.at(-1) === RETURN ? -1 : undefined);
  if (bytes.length > MAX_LINE_BYTES) return rejected("is longer than 1 MiB", bytes);
  if (!isUtf8(bytes)) return rejected("is not UTF-8", bytes);
  const text = bytes.toString("utf8");
  return text.trim() === "" ? undefined : { text };
}

/** Keeps the first 4 KiB as text; what is no UTF-8 shows as replacement characters. */
export const rejected = (reason: string, bytes: Buffer): SourceItem["content"] => ({
  rejected: reason,
  head: new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES), { stream: true }),
});
