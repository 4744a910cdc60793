/**
 * What was rotated away before anybody looked. Files of one name begin to be read in the order of their age, so that there are
 * none before the youngest one that was read: all that is missing is younger than that, by its name and by its time.
 */
import { stat } from "node:fs/promises";
import { findAgain } from "./find.ts";
import { holds, idOf, type OpenFile, openFile, openGzip, type Position, wholeOf } from "./identity.ts";
import { namesOf, siblingsOf } from "./listing.ts";
import { isGzip, isNumber, rankOf } from "./rotated.ts";

/** The youngest file of a name of which anything was read. */
export interface Mark {
  readonly generation: number;
  /** Its id; undefined when it is nowhere to be found. */
  readonly id: string | undefined;
  /** The last that is durable. */
  readonly position: Position;
  /** Whether it is remembered for this only, and followed no more. */
  readonly resting: boolean;
}

export interface UnreadOptions {
  /** What the files were called before they were rotated, absolute. */
  readonly name: string;
  readonly mark: Mark;
  /** Ids of files of this name that are followed, and of which nothing was read. */
  readonly waiting: readonly string[];
  readonly isTaken: (id: string) => boolean;
  /** Whether the pattern names a path, so that it is found without this. */
  readonly isNamed: (path: string) => boolean;
}

export interface Unread {
  readonly files: readonly OpenFile[];
  /** Ids of these and of those that wait, the oldest first. */
  readonly order: readonly string[];
  /** Id of the youngest one that was read: another one once that was packed. */
  readonly markId: string | undefined;
}

interface Ranked {
  readonly path: string;
  readonly id: string;
  /** Greater for a younger file. */
  readonly rank: string;
  readonly writtenAt: number;
}

/** More than the rank of any file that was rotated. */
const CURRENT = "~";

/** Files that were never seen, opened. None while it is uncertain where those are that are followed. */
export async function findUnread(options: UnreadOptions): Promise<Unread> {
  const { name, mark, waiting, isTaken, isNamed } = options;
  const wanted = mark.id === undefined ? waiting : [mark.id, ...waiting];
  // What is renamed while its folder is listed may be in neither place.
  const ranked =
    (await rankAll(name, wanted)) ?? (await rankAll(name, wanted)) ?? (await rankAll(name, waiting));
  const last = ranked?.find(({ id }) => id === mark.id) ?? (await findPacked(mark, ranked ?? []));
  if (ranked === undefined || (last === undefined && mark.id !== undefined))
    return { files: [], order: [], markId: mark.id };
  const since = last?.rank ?? "";
  // By both name and time, and where the name may mean the opposite, by a time that is later without doubt.
  const isLater = ({ rank, writtenAt }: Ranked): boolean =>
    mark.id === undefined || isNumber(rank)
      ? writtenAt > mark.position.writtenAt
      : writtenAt >= mark.position.writtenAt;
  const files: OpenFile[] = [];
  for (const one of ranked) {
    if (one.rank === CURRENT || one.rank <= since || !isLater(one)) continue;
    if (isTaken(one.id) || isNamed(one.path)) continue;
    const file = await openUnread(one.path, name);
    if (file !== undefined && isTaken(file.id)) await file.bytes.close();
    else if (file !== undefined) files.push(file);
  }
  const ids = ranked.map(({ id }) => id);
  const order = ids.filter((id) => waiting.includes(id) || files.some((file) => file.id === id));
  return { files, order, markId: last?.id };
}

/** A file that was packed is another one, which begins in the same way. */
async function findPacked({ id, position }: Mark, ranked: readonly Ranked[]): Promise<Ranked | undefined> {
  if (id === undefined) return undefined;
  for (const one of ranked.filter(({ path }) => isGzip(path)).toReversed()) {
    const again = await findAgain(position, [one.path], () => true);
    await again?.file.bytes.close();
    if (again !== undefined) return one;
  }
  return undefined;
}

/** Whether there are files that were rotated away from a name. */
export const isRotated = async (name: string): Promise<boolean> =>
  (await rankAll(name, []))?.some(({ rank }) => rank !== CURRENT) ?? false;

/** The file of this name and all that were rotated away from it, the oldest first; undefined when not all `wanted` are there. */
async function rankAll(name: string, wanted: readonly string[]): Promise<readonly Ranked[] | undefined> {
  const names = await namesOf(name);
  const ranked = new Map<string, Ranked>();
  const siblings = await siblingsOf(name);
  // Where a file is there packed and unpacked, the packed one is not finished.
  for (const path of siblings.toSorted((a, b) => Number(isGzip(b)) - Number(isGzip(a)))) {
    const rank = names.includes(path) ? CURRENT : rankOf(path, names);
    if (rank === undefined) continue;
    const stats = await stat(path, { bigint: true }).catch(() => undefined);
    if (stats?.isFile() === true)
      ranked.set(rank, { path, id: idOf(stats), rank, writtenAt: Number(stats.mtimeMs) });
  }
  const all = [...ranked.values()].toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
  return wanted.every((id) => all.some((one) => one.id === id)) ? all : undefined;
}

/** Undefined for what holds nothing, and for a copy of a file that is about to be truncated: that is read where it is. */
async function openUnread(path: string, name: string): Promise<OpenFile | undefined> {
  const opening = isGzip(path) ? openGzip(path, undefined) : openFile(path);
  const file = await opening.catch(() => undefined);
  if (file === undefined) return undefined;
  const current = file.size > 0 && !isGzip(path) ? await openFile(name).catch(() => undefined) : undefined;
  const isCopy = current !== undefined && (await holds(current, [await wholeOf(file)]));
  await current?.bytes.close();
  if (file.size > 0 && !isCopy) return file;
  await file.bytes.close();
  return undefined;
}
