/** The bytes of a file, plain or compressed, read from front to back. */
import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { createGunzip } from "node:zlib";

export interface Bytes {
  /** How many there are now, and when the last were written, in nanoseconds. */
  look(): Promise<{ readonly size: number; readonly writtenAt: bigint }>;
  /**
   * Fills the start of the buffer with what stands from `from` on, and says how many bytes that were: less than fit at the end
   * only. Nothing before the `from` of an earlier call can be read again.
   */
  read(buffer: Buffer, from: number): Promise<number>;
  close(): Promise<void>;
}

export const plainBytes = (handle: FileHandle): Bytes => ({
  look: async () => {
    const stats = await handle.stat({ bigint: true });
    return { size: Number(stats.size), writtenAt: stats.mtimeNs };
  },
  read: async (buffer, from) => (await handle.read(buffer, 0, buffer.length, from)).bytesRead,
  close: () => handle.close(),
});

/** The content of a gzip file of which it is known how much that is. Nothing more is held than what was asked for last. */
export function gunzipped(path: string, known: { size: number; writtenAt: bigint }): Bytes {
  const chunks = chunksOf(path);
  /** What was taken out and may be asked for again, and where it begins. */
  let held: Buffer = Buffer.alloc(0);
  let begins = 0;
  const take = async (): Promise<boolean> => {
    const { value, done } = await chunks.next();
    if (done === true) return false;
    held = held.length === 0 ? value : Buffer.concat([held, value]);
    return true;
  };
  const skipTo = (from: number): void => {
    const passed = Math.max(0, Math.min(from - begins, held.length));
    held = held.subarray(passed);
    begins += passed;
  };
  return {
    look: async () => known,
    read: async (buffer, from) => {
      skipTo(from);
      while ((begins < from || held.length < buffer.length) && (await take())) skipTo(from);
      return held.copy(buffer);
    },
    close: async () => {
      await chunks.return(undefined);
    },
  };
}

/** How much a gzip file holds; undefined when it is damaged, or still being written. */
export async function sizeGunzipped(
  path: string,
  isWanted: (start: Buffer) => boolean,
): Promise<number | undefined> {
  let size = 0;
  let start: Buffer | undefined = Buffer.alloc(0);
  try {
    for await (const chunk of chunksOf(path)) {
      size += chunk.length;
      if (start === undefined) continue;
      start = Buffer.concat([start, chunk]);
      if (start.length < START_BYTES) continue;
      if (!isWanted(start)) return undefined;
      start = undefined;
    }
  } catch {
    return undefined;
  }
  return start === undefined || isWanted(start) ? size : undefined;
}

/** How much of the start decides whether a file is wanted. */
const START_BYTES = 1024;

async function* chunksOf(path: string): AsyncGenerator<Buffer, undefined> {
  const file = createReadStream(path);
  const gunzip = createGunzip();
  file.on("error", (error) => gunzip.destroy(error));
  try {
    for await (const chunk of file.pipe(gunzip)) if (Buffer.isBuffer(chunk)) yield chunk;
  } finally {
    file.destroy();
    gunzip.destroy();
  }
  return undefined;
}
