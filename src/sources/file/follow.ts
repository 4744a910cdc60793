/** One file that is being read, and the next batch of it. */
import type { Bytes } from "./bytes.ts";
import type { OpenFile, Progress } from "./identity.ts";
import { advance } from "./identity.ts";
import { cutLines, type Line, MAX_LINE_BYTES } from "../lines.ts";

export interface Followed {
  readonly id: string;
  readonly inode: string;
  readonly born: string;
  readonly bytes: Bytes;
  /** What it was called before anybody rotated it. */
  readonly name: string;
  /** Where it was last seen. */
  path: string;
  /** Tells apart what was read under one name: a new one for every file, and after every truncation. */
  generation: number;
  progress: Progress;
  /** Whether the pattern does not name it any more: rotated away, or deleted. */
  gone: boolean;
  size: number;
  /** When it was last written, in nanoseconds, as far as what it holds has been checked. */
  writtenAt: bigint;
  /** When its size was last seen to change, or when it went. */
  changedAt: number;
}

/** Follows a file that was called `name` before it was rotated, if it was. */
export const follow = (
  file: OpenFile,
  { name, generation, progress, now }: { name: string; generation: number; progress: Progress; now: number },
): Followed => ({
  id: file.id,
  inode: file.inode,
  born: file.born,
  bytes: file.bytes,
  name,
  path: file.path,
  generation,
  progress,
  gone: false,
  size: file.size,
  writtenAt: 0n,
  changedAt: now,
});

/** Enough for most batches; a line that does not fit gets a larger buffer of its own. */
export const BUFFER_BYTES = 256 * 1024;
const LARGEST_BYTES = MAX_LINE_BYTES + 1024;

export type Read =
  | {
      readonly state: "lines";
      readonly lines: readonly Line[];
      readonly next: Progress;
      readonly more: boolean;
    }
  /** Nothing complete has been added. */
  | { readonly state: "idle"; readonly partial: boolean }
  /** What was read before is not there any more. */
  | { readonly state: "truncated" };

/**
 * Reads on from where the file was left, checking that what came before is still what was read. In a file that is gone and has
 * been quiet for `settleMs`, what follows the last newline is a line too.
 */
export async function readOn(
  file: Followed,
  buffer: Buffer,
  { settleMs, now }: { settleMs: number; now: number },
): Promise<Read> {
  const { size, writtenAt } = await file.bytes.look();
  if (size !== file.size) file.changedAt = now;
  file.size = size;
  const { offset, tail, skipping } = file.progress;
  if (size < offset) return { state: "truncated" };
  if (size === offset && writtenAt === file.writtenAt) return { state: "idle", partial: false };

  const bytesRead = await file.bytes.read(buffer, offset - tail.length);
  if (bytesRead < tail.length || !buffer.subarray(0, tail.length).equals(tail)) return { state: "truncated" };
  file.writtenAt = writtenAt;
  if (size === offset) return { state: "idle", partial: false };
  const chunk = buffer.subarray(tail.length, bytesRead);
  const final = file.gone && now - file.changedAt >= settleMs && offset + chunk.length >= size;
  const {
    lines,
    consumed,
    skipping: stillSkipping,
  } = cutLines(chunk, { atStart: offset === 0, skipping, final });
  if (consumed > 0) {
    const next = advance(file.progress, chunk.subarray(0, consumed), stillSkipping);
    return { state: "lines", lines, next, more: next.offset < size };
  }
  if (bytesRead < buffer.length || buffer.length >= LARGEST_BYTES) return { state: "idle", partial: true };
  return readOn(file, Buffer.alloc(LARGEST_BYTES), { settleMs, now });
}
