/**
 * Which file is which. A device and inode name a file only while it exists; so a position also carries a fingerprint of the
 * bytes that were read: the first of the file, and the last before the position. A file that has both is the same file, or a
 * copy of it, wherever it lies.
 */
import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { constants, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Json } from "../../model/value.ts";
import { type Bytes, gunzipped, plainBytes, sizeGunzipped } from "./bytes.ts";

const HEAD_BYTES = 1024;
const TAIL_BYTES = 64;

/** How far a file has been read, and the bytes that prove it. */
export interface Progress {
  readonly offset: number;
  /** The first bytes of the file, at most 1 KiB and no further than the offset. */
  readonly head: Buffer;
  /** The last bytes before the offset. */
  readonly tail: Buffer;
  /** Within a line that is too long, whose rest is passed over. */
  readonly skipping: boolean;
}

export const BEGINNING: Progress = {
  offset: 0,
  head: Buffer.alloc(0),
  tail: Buffer.alloc(0),
  skipping: false,
};

export function advance(progress: Progress, bytes: Buffer, skipping: boolean): Progress {
  const missing = HEAD_BYTES - progress.head.length;
  return {
    offset: progress.offset + bytes.length,
    head: missing > 0 ? Buffer.concat([progress.head, bytes.subarray(0, missing)]) : progress.head,
    tail: Buffer.concat([progress.tail, bytes.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES),
    skipping,
  };
}

/** A position as it is remembered. */
export interface Position {
  /** As it was last seen, relative to the base. */
  readonly path: string;
  /** As it was called before anybody rotated it, relative to the base. */
  readonly name: string;
  readonly inode: string;
  /** When the inode was made, in nanoseconds, as far as the system knows. */
  readonly born: string;
  readonly offset: number;
  readonly skipping: boolean;
  /** When it was last written as far as that is known, in milliseconds since the epoch. */
  readonly writtenAt: number;
  /** Fingerprints. */
  readonly head: string;
  readonly tail: string;
}

const fingerprint = (bytes: Buffer): string =>
  createHash("sha256").update(bytes).digest("base64url").slice(0, 22);

export function toPosition(
  { path, name }: { path: string; name: string },
  { inode, born, writtenAt }: { inode: string; born: string; writtenAt: bigint },
  { offset, skipping, head, tail }: Progress,
): { [key: string]: Json } {
  const written = Number(writtenAt / 1_000_000n);
  const proof = { head: fingerprint(head), tail: fingerprint(tail) };
  return { path, name, inode, born, offset, skipping, writtenAt: written, ...proof };
}

/** A remembered position, or undefined where it is none of ours. */
export function fromPosition(value: Json): Position | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { path, name, inode, born, offset, skipping, writtenAt, head, tail } = value;
  if (typeof path !== "string" || typeof inode !== "string" || typeof offset !== "number") return undefined;
  if (typeof head !== "string" || typeof tail !== "string") return undefined;
  return {
    path,
    name: typeof name === "string" ? name : path,
    inode,
    born: typeof born === "string" ? born : "",
    offset,
    skipping: skipping === true,
    writtenAt: typeof writtenAt === "number" ? writtenAt : Number.POSITIVE_INFINITY,
    head,
    tail,
  };
}

/** What tells one file from another while both are there; an inode that is free is soon another file's. */
export interface FileId {
  /** Device and inode. */
  readonly id: string;
  readonly inode: string;
  /** When the inode was made, in nanoseconds, as far as the system knows (see knowsBirths). */
  readonly born: string;
}

/** A file that is open for reading. */
export interface OpenFile extends FileId {
  readonly path: string;
  readonly bytes: Bytes;
  readonly size: number;
}

export const idOf = (stats: { dev: bigint; ino: bigint }): string => `${stats.dev}:${stats.ino}`;

export const fileIdOf = (stats: BigIntStats): FileId => ({
  id: idOf(stats),
  inode: String(stats.ino),
  born: stats.birthtimeNs <= 0n ? "" : String(stats.birthtimeNs),
});

/** Whether a position was made in this inode and, where `knowsBirths`, not in one that had its number before. */
export const isSameInode = ({ inode, born }: Position, file: FileId, knowsBirths: boolean): boolean =>
  inode === file.inode && (!knowsBirths || born === "" || file.born === "" || born === file.born);

/**
 * Whether the system knows when an inode was made: some give the time of the last change in its place. A folder that was ever
 * changed tells, this one or one above it.
 */
export async function knowsBirths(folder: string): Promise<boolean> {
  const stats = await stat(folder, { bigint: true }).catch(() => undefined);
  if (stats !== undefined && stats.birthtimeNs > 0n && stats.birthtimeNs !== stats.ctimeNs) return true;
  return dirname(folder) !== folder && knowsBirths(dirname(folder));
}

/** Opens what is a regular file; undefined for anything else. Rejects for what is not there or may not be read. */
export async function openFile(path: string): Promise<OpenFile | undefined> {
  // Without waiting, should it be a pipe by now.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = await handle.stat({ bigint: true });
  if (stats.isFile()) {
    const bytes = plainBytes(handle);
    return { path, bytes, ...fileIdOf(stats), size: Number(stats.size) };
  }
  await handle.close();
  return undefined;
}

/**
 * The same for the content of a gzip file, when it begins as the position says, or whatever it holds without one. Undefined also
 * for one that is damaged or not finished yet.
 */
export async function openGzip(path: string, position: Position | undefined): Promise<OpenFile | undefined> {
  const stats = await stat(path, { bigint: true });
  const length = Math.min(position?.offset ?? 0, HEAD_BYTES);
  const isWanted = (start: Buffer): boolean =>
    position === undefined || fingerprint(start.subarray(0, length)) === position.head;
  const size = stats.isFile() ? await sizeGunzipped(path, isWanted) : undefined;
  if (size === undefined) return undefined;
  const bytes = gunzipped(path, { size, writtenAt: stats.mtimeNs });
  return { path, bytes, ...fileIdOf(stats), size };
}

/** The progress that a position stands for, when this file is the one it was made in, or a copy. */
export async function progressIn(file: OpenFile, position: Position): Promise<Progress | undefined> {
  if (file.size < position.offset) return undefined;
  const head = await readBytes(file.bytes, 0, Math.min(position.offset, HEAD_BYTES));
  const tail = await readBytes(
    file.bytes,
    Math.max(0, position.offset - TAIL_BYTES),
    Math.min(position.offset, TAIL_BYTES),
  );
  if (fingerprint(head) !== position.head || fingerprint(tail) !== position.tail) return undefined;
  return { offset: position.offset, skipping: position.skipping, head, tail };
}

/** Whether a file holds what was read of any of these: all of it, and perhaps more. */
export async function holds(file: OpenFile, others: readonly Progress[]): Promise<boolean> {
  const head = await readBytes(file.bytes, 0, HEAD_BYTES);
  for (const { offset, head: begun, tail } of others) {
    if (offset === 0 || file.size < offset || !head.subarray(0, begun.length).equals(begun)) continue;
    if ((await readBytes(file.bytes, offset - tail.length, tail.length)).equals(tail)) return true;
  }
  return false;
}

/** The progress of somebody who has read all of a plain file. */
export async function wholeOf({ bytes, size }: OpenFile): Promise<Progress> {
  const head = await readBytes(bytes, 0, Math.min(size, HEAD_BYTES));
  const tail = await readBytes(bytes, Math.max(0, size - TAIL_BYTES), Math.min(size, TAIL_BYTES));
  return { offset: size, head, tail, skipping: false };
}

async function readBytes(bytes: Bytes, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, await bytes.read(buffer, from));
}
