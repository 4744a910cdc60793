/** Finds the files again that positions were remembered for, wherever they are now. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { findAgain } from "./find.ts";
import type { OpenFile, Position, Progress } from "./identity.ts";
import { listFiles, type Pattern, siblingsOf } from "./listing.ts";

export interface Remembered {
  readonly generation: number;
  readonly position: Position;
}

export interface Resumed {
  readonly found: readonly {
    readonly file: OpenFile;
    readonly generation: number;
    readonly progress: Progress;
  }[];
  /** Nowhere to be found. */
  readonly lost: readonly Remembered[];
}

/** When so much was read, another file with the same beginning and the same last bytes is out of the question. */
const STRONG_BYTES = 1024;

export async function resume(
  pattern: Pattern,
  base: string,
  remembered: readonly Remembered[],
): Promise<Resumed> {
  const named = await listFiles(pattern);
  const found: { file: OpenFile; generation: number; progress: Progress }[] = [];
  const free = ({ id }: Pick<OpenFile, "id">): boolean => !found.some(({ file }) => file.id === id);
  const search = async (
    each: Remembered,
    paths: readonly string[],
    allowed: (file: Pick<OpenFile, "id" | "inode">) => boolean,
  ): Promise<boolean> => {
    const again = await findAgain(each.position, paths, (file) => free(file) && allowed(file));
    if (again !== undefined) found.push({ ...again, generation: each.generation });
    return again !== undefined;
  };

  // The same inode first, for all: what is left then may be copies, and must not take another's file.
  const elsewhere: Remembered[] = [];
  for (const each of remembered) {
    const path = resolve(base, each.position.path);
    const paths = [path, ...named, ...(await siblingsOf(path))];
    if (!(await search(each, paths, (file) => file.inode === each.position.inode))) elsewhere.push(each);
  }
  const lost: Remembered[] = [];
  for (const each of elsewhere) {
    const path = resolve(base, each.position.path);
    const siblings = (await siblingsOf(path)).filter((sibling) => sibling !== path);
    // Short files may be alike by chance. One that the pattern names is taken for a copy only on good evidence.
    const truncated = (await inodeOf(path)) === each.position.inode;
    const copies = siblings.filter((sibling) => truncated || !named.includes(sibling));
    const strong = each.position.offset >= STRONG_BYTES ? [path, ...named] : [];
    if (!(await search(each, [...copies, ...strong], () => true))) lost.push(each);
  }
  return { found, lost };
}

async function inodeOf(path: string): Promise<string | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats === undefined ? undefined : String(stats.ino);
}
