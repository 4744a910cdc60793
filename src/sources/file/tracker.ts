/**
 * Which files are being read, and where each stands. A file is followed by what it is, not by its name: through a rename it is
 * read to its end, and what takes its name is another file with a generation of its own.
 */
import { stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import type { Json } from "../../model/value.ts";
import { type Followed, follow } from "./follow.ts";
import { findAgain } from "./find.ts";
import {
  BEGINNING,
  fromPosition,
  idOf,
  type OpenFile,
  openFile,
  type Position,
  progressIn,
  toPosition,
} from "./identity.ts";

import { listFiles, type Pattern, siblingsOf } from "./listing.ts";

export interface Tracker {
  readonly followed: ReadonlyMap<string, Followed>;
  /** Looks at everything the pattern names now; answers with the files that may have something new. */
  scan(): Promise<Followed[]>;
  /** The file holds less than was read: what is left of that is looked for in a copy, and the file starts anew. */
  truncated(file: Followed): Promise<void>;
  /** Positions to hand over with what was read of a file; `kept` once they are durable. */
  positions(
    file: Followed,
    progress: Followed["progress"],
  ): { values: Record<string, Json>; kept: () => void };
  /** Stops following a file for good. */
  drop(file: Followed): Promise<void>;
  /** Positions of files that are no longer followed, to be forgotten. */
  readonly forgotten: ReadonlySet<string>;
  close(): Promise<void>;
}

export interface TrackerOptions {
  readonly pattern: Pattern;
  readonly base: string;
  /** What the keys of this source's positions start with. */
  readonly prefix: string;
  readonly settleMs: number;
  readonly now: () => number;
}

/** Takes up what was remembered; a position whose file is nowhere to be found is forgotten. */
export async function createTracker(
  options: TrackerOptions,
  remembered: Readonly<Record<string, Json>>,
): Promise<Tracker> {
  const { pattern, base, prefix, now } = options;
  const followed = new Map<string, Followed>();
  const forgotten = new Set<string>();
  /** New files that begin like one that is followed, since when: perhaps copies made just before a truncation. */
  const lookalikes = new Map<string, number>();
  const keyOf = (generation: number): string => `${prefix}${generation}`;
  const nextKey = `${prefix}next`;
  const first = remembered[nextKey];
  let keptNext = typeof first === "number" ? first : 1;
  let next = keptNext;

  const start = (file: OpenFile, generation: number, progress = BEGINNING): Followed => {
    const one = follow(file, generation, progress, now());
    followed.set(file.id, one);
    return one;
  };
  const newGeneration = (): number => {
    next += 1;
    return next - 1;
  };

  /** Whether a new file may be a copy of one that is about to be truncated, for as long as that can be. */
  const isLookalike = async (file: OpenFile): Promise<boolean> => {
    const since = lookalikes.get(file.id) ?? now();
    if (now() - since >= options.settleMs) return false;
    for (const other of followed.values()) {
      if (other.progress.offset === 0 || other.gone) continue;
      if ((await progressIn(file, positionOf(other))) === undefined) continue;
      lookalikes.set(file.id, since);
      return true;
    }
    return false;
  };
  const positionOf = (file: Followed): Position => {
    const position = fromPosition(toPosition(relative(base, file.path), file.inode, file.progress));
    if (position === undefined) throw new Error("a position cannot be read back");
    return position;
  };

  const look = async (path: string): Promise<{ id: string; size: number } | undefined> => {
    const stats = await stat(path, { bigint: true }).catch(() => undefined);
    return stats?.isFile() === true ? { id: idOf(stats), size: Number(stats.size) } : undefined;
  };

  const tracker: Tracker = {
    followed,
    forgotten,
    scan: async () => {
      const changed: Followed[] = [];
      const seen = new Set<string>();
      for (const path of await listFiles(pattern)) {
        const found = await look(path);
        if (found === undefined || seen.has(found.id)) continue;
        seen.add(found.id);
        const known = followed.get(found.id) ?? (await begin(path));
        if (known === undefined) continue;
        known.path = path;
        known.gone = false;
        if (found.size !== known.progress.offset) changed.push(known);
      }
      for (const file of followed.values()) {
        if (seen.has(file.id)) continue;
        if (!file.gone) file.changedAt = now();
        file.gone = true;
        changed.push(file);
      }
      for (const id of lookalikes.keys()) if (!seen.has(id) || followed.has(id)) lookalikes.delete(id);
      return changed;
    },
    truncated: async (file) => {
      const { generation, progress } = file;
      const position = positionOf(file);
      file.generation = newGeneration();
      file.progress = BEGINNING;
      file.changedAt = now();
      if (progress.offset === 0) return;
      const paths = await siblingsOf(file.path);
      const copy = await findAgain(position, paths, (candidate) => !followed.has(candidate.id));
      if (copy === undefined) forgotten.add(keyOf(generation));
      else start(copy.file, generation, copy.progress).gone = true;
    },
    positions: (file, progress) => {
      const upTo = next;
      const dropped = [...forgotten];
      const values: Record<string, Json> = Object.fromEntries(dropped.map((key) => [key, null]));
      values[keyOf(file.generation)] = toPosition(relative(base, file.path), file.inode, progress);
      if (upTo !== keptNext) values[nextKey] = upTo;
      const kept = (): void => {
        keptNext = Math.max(keptNext, upTo);
        for (const key of dropped) forgotten.delete(key);
      };
      return { values, kept };
    },
    drop: async (file) => {
      followed.delete(file.id);
      forgotten.add(keyOf(file.generation));
      await file.handle.close();
    },
    close: async () => {
      await Promise.all([...followed.values()].map((file) => file.handle.close()));
      followed.clear();
    },
  };

  const begin = async (path: string): Promise<Followed | undefined> => {
    const file = await openFile(path);
    if (file === undefined) return undefined;
    const known = followed.get(file.id);
    if (known === undefined && !(await isLookalike(file))) return start(file, newGeneration());
    await file.handle.close();
    return known;
  };

  await resume();
  return tracker;

  async function resume(): Promise<void> {
    const positions = Object.entries(remembered).flatMap(([key, value]) => {
      const position = fromPosition(value);
      return position === undefined ? [] : [{ generation: Number(key.slice(prefix.length)), position }];
    });
    const free = (file: Pick<OpenFile, "id">): boolean => !followed.has(file.id);
    const named = await listFiles(pattern);
    const lost: typeof positions = [];
    // The same inode first, for all: what is left then may be copies, and must not take another's file.
    for (const each of positions) {
      const path = resolve(base, each.position.path);
      const paths = [path, ...named, ...(await siblingsOf(path))];
      const same = (file: Pick<OpenFile, "id" | "inode">): boolean =>
        free(file) && file.inode === each.position.inode;
      const found = await findAgain(each.position, paths, same);
      if (found === undefined) lost.push(each);
      else start(found.file, each.generation, found.progress);
    }
    for (const { generation, position } of lost) {
      const path = resolve(base, position.path);
      const truncatedInPlace = await isSameInode(path, position.inode);
      const elsewhere = (await siblingsOf(path)).filter(
        (sibling) => truncatedInPlace || !named.includes(sibling),
      );
      const found =
        (await findAgain(
          position,
          elsewhere.filter((sibling) => sibling !== path),
          free,
        )) ?? (isStrong(position) ? await findAgain(position, [path, ...named], free) : undefined);
      if (found === undefined) forgotten.add(keyOf(generation));
      else start(found.file, generation, found.progress);
    }
  }
}

/** Whether so much was read that another file with the same beginning and the same last bytes is out of the question. */
const isStrong = (position: Position): boolean => position.offset >= 1024;

async function isSameInode(path: string, inode: string): Promise<boolean> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats !== undefined && String(stats.ino) === inode;
}
