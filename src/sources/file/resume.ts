/** Finds the files again that positions were remembered for, wherever they are now, and what was rotated away unread. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type Again, findAgain } from "./find.ts";
import {
  type FileId,
  idOf,
  isSameInode,
  knowsBirths,
  type OpenFile,
  openFile,
  openGzip,
  type Position,
} from "./identity.ts";
import { isMissing, listFiles, namesOf, type Pattern, siblingsOf } from "./listing.ts";
import { isGzip, rankOf } from "./rotated.ts";

export interface Remembered {
  readonly generation: number;
  readonly position: Position;
}

export interface Resumed {
  readonly found: readonly (Again & { readonly generation: number })[];
  /** Files that came and went while nobody looked, the oldest first. */
  readonly unread: readonly OpenFile[];
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
  // What was renamed while its folder was listed is where it was in neither; by now it has arrived.
  const isTaken = (id: string): boolean =>
    options.isTaken(id) || first.found.some(({ file }) => file.id === id);
  const again = first.lost.length === 0 ? first : await lookFor({ ...options, isTaken }, first.lost);
  const found = again === first ? first.found : [...first.found, ...again.found];
  const unreachable = again === first ? first.unreachable : [...first.unreachable, ...again.unreachable];
  const free = ({ id }: Pick<OpenFile, "id">): boolean =>
    !options.isTaken(id) && !found.some(({ file }) => file.id === id);
  const { files: named } = await listFiles(options.pattern);
  const unread = await findUnread({ found, lost: again.lost, named, base: options.base, free });
  return { found, unread, lost: again.lost, unreachable };
}

type Looked = Omit<Resumed, "found" | "unread"> & { readonly found: readonly (Again & Remembered)[] };

async function lookFor(options: ResumeOptions, remembered: readonly Remembered[]): Promise<Looked> {
  const { pattern, base } = options;
  const { files: named } = await listFiles(pattern);
  const siblings = cached(siblingsOf);
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

interface Missed {
  readonly found: readonly (Again & Remembered)[];
  readonly lost: readonly Remembered[];
  readonly named: readonly string[];
  readonly base: string;
  readonly free: (file: Pick<OpenFile, "id">) => boolean;
}

/**
 * A file that was rotated away while nobody looked may have been followed by others that were never seen: those among its
 * successors that are younger than the one in which it was found again, or than what was last read of it.
 */
async function findUnread({ found, lost, named, base, free }: Missed): Promise<OpenFile[]> {
  const since = new Map<string, { readonly rank: string; readonly writtenAt: number }>();
  // What came after the latest file of a name that was followed is what nobody saw.
  const all: readonly (Remembered & Partial<Again>)[] = [...lost, ...found];
  const latest = all.toSorted((a, b) => a.generation - b.generation);
  for (const { position, file } of latest) {
    const path = resolve(base, position.path);
    const rank = file && rankOf(file.path, await namesOf(path));
    if (rank !== undefined) since.set(path, { rank, writtenAt: position.writtenAt });
    else if (file !== undefined) since.delete(path);
    else since.set(path, { rank: "", writtenAt: position.writtenAt + 1 });
  }
  const unread: OpenFile[] = [];
  for (const [path, last] of since) {
    const names = await namesOf(path);
    const ranks = new Map<string, string>();
    // Where a file is there packed and unpacked, the packed one is not finished.
    for (const one of (await siblingsOf(path)).toSorted((a, b) => Number(isGzip(b)) - Number(isGzip(a)))) {
      const rank = named.includes(one) ? undefined : rankOf(one, names);
      if (rank !== undefined) ranks.set(rank, one);
    }
    for (const [rank, one] of [...ranks].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const stats = await stat(one, { bigint: true }).catch(() => undefined);
      // By both its name and its time, as some number their files the other way round.
      const isNewer = rank > last.rank && stats !== undefined && Number(stats.mtimeMs) >= last.writtenAt;
      if (!isNewer || !free({ id: idOf(stats) })) continue;
      const opening = isGzip(one) ? openGzip(one, undefined) : openFile(one);
      const file = await opening.catch(() => undefined);
      if (file !== undefined) unread.push(file);
    }
  }
  return unread;
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

function cached<T>(of: (path: string) => Promise<T>): (path: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (path) => {
    const answer = known.get(path) ?? of(path);
    known.set(path, answer);
    return answer;
  };
}
