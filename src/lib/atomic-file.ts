/** Files that are either the old version or the new one, whatever happens in between. */
import { randomUUID } from "node:crypto";
import { open, readFile, readdir, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** The text of a file, or undefined when there is none. */
export async function readTextIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * Replaces a file as a whole: temporary file beside it, fsync, rename, fsync of the folder. Durable when it resolves.
 * Makes missing folders; a symbolic link stays one. `mode` is that of the new file.
 */
export async function writeFileAtomic(path: string, text: string, mode = 0o600): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const folder = dirname(target);
  makeFolder(folder);
  const temporary = join(folder, `${temporaryPrefix(target)}${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Removes what writers that died in the middle left behind. Only for somebody who is the only writer. */
export async function removeLeftovers(path: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const prefix = temporaryPrefix(target);
  const names = await readdir(dirname(target));
  const left = names.filter((name) => name.startsWith(prefix) && name.endsWith(".tmp"));
  await Promise.all(left.map((name) => rm(join(dirname(target), name), { force: true })));
}

export const isErrno = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

const temporaryPrefix = (path: string): string => `.${basename(path)}.`;

/** Makes what was created, renamed or removed in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems cannot sync a folder; the rename is then as durable as they make it.
    if (!isErrno(error, "EINVAL") && !isErrno(error, "EPERM")) throw error;
  } finally {
    await handle.close();
  }
}
