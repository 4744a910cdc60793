/**
 * Which files are being read, and where each stands. A file is followed by what it is, not by its name: through a rename it is
 * read to its end, and what takes its name is another file with a generation of its own.
 */
import { stat } from "node:fs/promises";
import { relative } from "node:path";
import type { Json } from "../../model/value.ts";
import { findAgain } from "./find.ts";
import { type Followed, follow } from "./follow.ts";
import {
  BEGINNING,
  fromPosition,
  holds,
  idOf,
  type OpenFile,
  openFile,
  type Progress,
  toPosition,
} from "./identity.ts";
import { listFiles, type Pattern, siblingsOf } from "./listing.ts";
import { type Remembered, resume } from "./resume.ts";

export interface Tracker {
  readonly followed: ReadonlyMap<string, Followed>;
  /** Looks at everything the pattern names now; answers with the files that may have something new. */
  scan(): Promise<Followed[]>;
  /** The file holds less than was read: what is left of that is looked for in a copy, and the file starts anew. */
  truncated(file: Followed): Promise<void>;
  /** Positions to hand over with what was read of a file; `kept` is to be called once they are durable. */
  positions(file: Followed, progress: Progress): { readonly values: Record<string, Json>; kept(): void };
  /** Stops following a file for good. */
  drop(file: Followed): Promise<void>;
  /** Keys of positions that mean nothing any more. */
  readonly forgotten: ReadonlySet<string>;
  close(): Promise<void>;
}

export interface TrackerOptions {
  readonly pattern: Pattern;
  readonly base: string;
  /** What the keys of this source's positions start with. */
  readonly prefix: string;
  /** How long a new file that begins like another is taken for a copy made just before a truncation. */
  readonly settleMs: number;
  readonly now: () => number;
}

interface Tracking extends TrackerOptions {
  readonly followed: Map<string, Followed>;
  readonly forgotten: Set<string>;
  /** New files that look like copies, by when they were first seen. */
  readonly lookalikes: Map<string, number>;
  /** Generations handed out, and how many of them the memory knows of. */
  next: number;
  keptNext: number;
}

/** Takes up what was remembered; a position whose file is nowhere to be found is forgotten. */
export async function createTracker(
  options: TrackerOptions,
  positions: Readonly<Record<string, Json>>,
): Promise<Tracker> {
  const remembered = Object.entries(positions).flatMap(([key, value]): Remembered[] => {
    const position = fromPosition(value);
    return position === undefined ? [] : [{ generation: Number(key.slice(options.prefix.length)), position }];
  });
  const { found, lost } = await resume(options.pattern, options.base, remembered);
  const next = positions[`${options.prefix}next`];
  const tracking: Tracking = {
    ...options,
    followed: new Map(),
    forgotten: new Set(lost.map(({ generation }) => `${options.prefix}${generation}`)),
    lookalikes: new Map(),
    next: typeof next === "number" ? next : 1,
    keptNext: typeof next === "number" ? next : 1,
  };
  for (const { file, generation, progress } of found) begin(tracking, file, generation, progress);
  const { followed, forgotten } = tracking;
  return {
    followed,
    forgotten,
    scan: () => scan(tracking),
    truncated: (file) => truncated(tracking, file),
    positions: (file, progress) => positionsFor(tracking, file, progress),
    drop: async (file) => {
      followed.delete(file.id);
      forgotten.add(keyOf(tracking, file.generation));
      await file.handle.close();
    },
    close: async () => {
      await Promise.all([...followed.values()].map((file) => file.handle.close()));
      followed.clear();
    },
  };
}

const keyOf = ({ prefix }: Tracking, generation: number): string => `${prefix}${generation}`;

function begin(tracking: Tracking, file: OpenFile, generation: number, progress: Progress): Followed {
  const one = follow(file, generation, progress, tracking.now());
  tracking.followed.set(file.id, one);
  return one;
}

function newGeneration(tracking: Tracking): number {
  tracking.next += 1;
  return tracking.next - 1;
}

async function scan(tracking: Tracking): Promise<Followed[]> {
  const { followed, lookalikes, now } = tracking;
  const seen = new Map<string, { path: string; size: number; writtenAt: bigint }>();
  for (const path of await listFiles(tracking.pattern)) {
    const stats = await stat(path, { bigint: true }).catch(() => undefined);
    if (stats?.isFile() !== true || seen.has(idOf(stats))) continue;
    seen.set(idOf(stats), { path, size: Number(stats.size), writtenAt: stats.mtimeNs });
  }
  const changed: Followed[] = [];
  for (const file of followed.values()) {
    const found = seen.get(file.id);
    if (found !== undefined) file.path = found.path;
    else if (!file.gone) file.changedAt = now();
    file.gone = found === undefined;
    if (found?.size !== file.progress.offset || found.writtenAt !== file.writtenAt) changed.push(file);
  }
  for (const [id, { path }] of seen) {
    if (followed.has(id)) continue;
    const file = await openNew(tracking, path);
    if (file !== undefined) changed.push(begin(tracking, file, newGeneration(tracking), BEGINNING));
  }
  for (const id of lookalikes.keys()) if (!seen.has(id) || followed.has(id)) lookalikes.delete(id);
  return changed;
}

async function openNew(tracking: Tracking, path: string): Promise<OpenFile | undefined> {
  const file = await openFile(path);
  if (file === undefined) return undefined;
  if (!tracking.followed.has(file.id) && !(await isLookalike(tracking, file))) return file;
  await file.handle.close();
  return undefined;
}

/** Whether a new file may be a copy of one that is about to be truncated, for as long as that can be. */
async function isLookalike(
  { followed, lookalikes, settleMs, now }: Tracking,
  file: OpenFile,
): Promise<boolean> {
  const since = lookalikes.get(file.id) ?? now();
  if (now() - since >= settleMs) return false;
  const others = [...followed.values()].filter((other) => !other.gone).map((other) => other.progress);
  const alike = await holds(file, others);
  if (alike) lookalikes.set(file.id, since);
  return alike;
}

async function truncated(tracking: Tracking, file: Followed): Promise<void> {
  const { followed, base } = tracking;
  const { generation, progress } = file;
  const position = fromPosition(toPosition(relative(base, file.path), file.inode, progress));
  file.generation = newGeneration(tracking);
  file.progress = BEGINNING;
  file.changedAt = tracking.now();
  if (position === undefined || position.offset === 0) return;
  const copy = await findAgain(position, await siblingsOf(file.path), (one) => !followed.has(one.id));
  if (copy === undefined) tracking.forgotten.add(keyOf(tracking, generation));
  else begin(tracking, copy.file, generation, copy.progress).gone = true;
}

function positionsFor(
  tracking: Tracking,
  file: Followed,
  progress: Progress,
): ReturnType<Tracker["positions"]> {
  const { next, base, forgotten } = tracking;
  const dropped = [...forgotten];
  const values: Record<string, Json> = Object.fromEntries(dropped.map((key) => [key, null]));
  values[keyOf(tracking, file.generation)] = toPosition(relative(base, file.path), file.inode, progress);
  if (next !== tracking.keptNext) values[`${tracking.prefix}next`] = next;
  return {
    values,
    kept: () => {
      tracking.keptNext = Math.max(tracking.keptNext, next);
      for (const key of dropped) forgotten.delete(key);
    },
  };
}
