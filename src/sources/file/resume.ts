/** Finds the files again that positions were remembered for, wherever they are now. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type Again, findAgain } from "./find.ts";
import { type FileId, isSameInode, knowsBirths, type OpenFile, openFile, type Position } from "./identity.ts";
import { isMissing, listFiles, type Pattern, rememberSiblings } from "./listing.ts";

export interface Remembered {
  readonly generation: number;
  readonly position: Position;
}

export interface Resumed {
  readonly found: readonly (Again & Remembered)[];
  /** Nowhere to be found. */
  readonly lost: readonly Remembered[];
  /** May be where it was, which cannot be looked at now. */
  readonly unreachable: readonly Remembered[];
}

export interface ResumeOptions {
  readonly pattern: Pattern;
  readonly base: string;
  /** Whether a file, by its id, is being read already. */
  readonly isTaken: (id: string) => boolean;
}

/** When so much was read, another file with the same beginning and the same last bytes is out of the question. */
const STRONG_BYTES = 1024;

export async function resume(options: ResumeOptions, remembered: readonly Remembered[]): Promise<Resumed> {
  const first = await lookFor(options, remembered);
  if (first.lost.length === 0) return first;
  // What was renamed while its folder was listed is where it was in neither; by now it has arrived.
  const isTaken = (id: string): boolean =>
    options.isTaken(id) || first.found.some(({ file }) => file.id === id);
  const again = await lookFor({ ...options, isTaken }, first.lost);
  return {
    found: [...first.found, ...again.found],
    lost: again.lost,
    unreachable: [...first.unreachable, ...again.unreachable],
  };
}

async function lookFor(options: ResumeOptions, remembered: readonly Remembered[]): Promise<Resumed> {
  const { pattern, base } = options;
  const { files: named } = await listFiles(pattern);
  const siblings = rememberSiblings();
  const births = await knowsBirths(pattern.root);
  const found: (Again & Remembered)[] = [];
  const free = ({ id }: Pick<OpenFile, "id">): boolean =>
    !options.isTaken(id) && !found.some(({ file }) => file.id === id);
  const search = async (
    each: Remembered,
    paths: readonly string[],
    allowed: (file: FileId) => boolean,
  ): Promise<boolean> => {
    const again = await findAgain(each.position, paths, (file) => free(file) && allowed(file));
    if (again !== undefined) found.push({ ...again, ...each });
    return again !== undefined;
  };

  // The same inode first, for all: what is left then may be copies, and must not take another's file.
  const elsewhere: Remembered[] = [];
  for (const each of remembered) {
    const path = resolve(base, each.position.path);
    const isSame = (file: FileId): boolean => isSameInode(each.position, file, births);
    if (await search(each, [path], isSame)) continue;
    if (!(await search(each, [...named, ...(await siblings(path))], isSame))) elsewhere.push(each);
  }
  const [lost, unreachable]: [Remembered[], Remembered[]] = [[], []];
  for (const each of elsewhere) {
    const path = resolve(base, each.position.path);
    const others = (await siblings(path)).filter((sibling) => sibling !== path);
    // Short files may be alike by chance. One that the pattern names is taken for a copy only on good evidence.
    const truncated = (await inodeOf(path)) === each.position.inode;
    const copies = others.filter((sibling) => truncated || !named.includes(sibling));
    const strong = each.position.offset >= STRONG_BYTES ? [path, ...named] : [];
    if (await search(each, [...copies, ...strong], () => true)) continue;
    if (await isReachable(each.position, path, pattern)) lost.push(each);
    else unreachable.push(each);
  }
  return { found, lost, unreachable };
}

/** Whether it is certain that a file is not where it was: its folder can be looked into, and it could be opened if it were there. */
async function isReachable(position: Position, path: string, pattern: Pattern): Promise<boolean> {
  if ((await inodeOf(pattern.root)) === undefined) return false;
  try {
    const stats = await stat(path, { bigint: true });
    if (String(stats.ino) !== position.inode) return true;
    const file = await openFile(path);
    await file?.bytes.close();
    return true;
  } catch (error) {
    return isMissing(error);
  }
}

async function inodeOf(path: string): Promise<string | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats === undefined ? undefined : String(stats.ino);
}
