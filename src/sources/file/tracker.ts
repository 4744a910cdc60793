/**
 * Which files are being read, and where each stands. A file is followed by what it is, not by its name: through a rename it is
 * read to its end, and what takes its name is another file with a generation of its own.
 */
import { stat } from "node:fs/promises";
import { relative } from "node:path";
import type { Json } from "../../model/value.ts";
import { type Again, findAgain } from "./find.ts";
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
import { isMissing, listFiles, type Pattern, siblingsOf } from "./listing.ts";
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
  /** Told once of what cannot be read though it may be there. */
  readonly onProblem: (error: unknown) => void;
}

interface Tracking extends TrackerOptions {
  readonly followed: Map<string, Followed>;
  readonly forgotten: Set<string>;
  /** New files that look like copies, by when they were first seen. */
  readonly lookalikes: Map<string, number>;
  /** Positions whose files could not be looked for. */
  unreachable: readonly Remembered[];
  /** What cannot be read and has been told of, by path. */
  readonly unreadable: Set<string>;
  /** Generations handed out, and how many of them the memory knows of. */
  next: number;
  keptNext: number;
}

/** Takes up what was remembered; a position whose file is certainly gone is forgotten. */
export async function createTracker(
  options: TrackerOptions,
  positions: Readonly<Record<string, Json>>,
): Promise<Tracker> {
  const remembered = Object.entries(positions).flatMap(([key, value]): Remembered[] => {
    const position = fromPosition(value);
    return position === undefined ? [] : [{ generation: Number(key.slice(options.prefix.length)), position }];
  });
  const next = positions[`${options.prefix}next`];
  const tracking: Tracking = {
    ...options,
    followed: new Map(),
    forgotten: new Set(),
    lookalikes: new Map(),
    unreachable: remembered,
    unreadable: new Set(),
    next: typeof next === "number" ? next : 1,
    keptNext: typeof next === "number" ? next : 1,
  };
  await takeUp(tracking);
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
      await file.bytes.close();
    },
    close: async () => {
      await Promise.all([...followed.values()].map((file) => file.bytes.close()));
      followed.clear();
    },
  };
}

/** Goes on with the files of positions that have not been found yet. */
async function takeUp(tracking: Tracking): Promise<void> {
  const { pattern, base, followed } = tracking;
  const isTaken = (id: string): boolean => followed.has(id);
  const { found, unread, lost, unreachable } = await resume({ pattern, base, isTaken }, tracking.unreachable);
  for (const { file, generation, progress } of found) begin(tracking, file, generation, progress);
  for (const file of unread) begin(tracking, file, newGeneration(tracking), BEGINNING);
  for (const { generation } of lost) tracking.forgotten.add(keyOf(tracking, generation));
  tracking.unreachable = unreachable;
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

interface Seen {
  readonly path: string;
  readonly size: number;
  readonly writtenAt: bigint;
}

async function scan(tracking: Tracking): Promise<Followed[]> {
  const { followed, lookalikes, now } = tracking;
  if (tracking.unreachable.length > 0) await takeUp(tracking);
  const { seen, hidden } = await look(tracking);
  const changed: Followed[] = [];
  for (const file of followed.values()) {
    const found = seen.get(file.id);
    if (found !== undefined) {
      file.path = found.path;
      tracking.unreadable.delete(found.path);
    }
    const gone = found === undefined && !hidden.some((path) => isWithin(file.path, path));
    if (gone && !file.gone) file.changedAt = now();
    file.gone = gone;
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

const isWithin = (file: string, path: string): boolean => file === path || file.startsWith(`${path}/`);

/** What the pattern names now, by id, and the paths behind which more may be that cannot be seen. */
async function look(tracking: Tracking): Promise<{ seen: Map<string, Seen>; hidden: readonly string[] }> {
  const seen = new Map<string, Seen>();
  const { files, unreadable } = await listFiles(tracking.pattern);
  const hidden = new Map(unreadable);
  for (const path of files) {
    try {
      const stats = await stat(path, { bigint: true });
      if (!stats.isFile() || seen.has(idOf(stats))) continue;
      seen.set(idOf(stats), { path, size: Number(stats.size), writtenAt: stats.mtimeNs });
    } catch (error) {
      if (!isMissing(error)) hidden.set(path, error);
    }
  }
  for (const [path, error] of hidden) tell(tracking, path, error);
  for (const path of tracking.unreadable) {
    if (!hidden.has(path) && !files.includes(path)) tracking.unreadable.delete(path);
  }
  return { seen, hidden: [...hidden.keys()] };
}

function tell(tracking: Tracking, path: string, error: unknown): void {
  if (tracking.unreadable.has(path)) return;
  tracking.unreadable.add(path);
  const reason = error instanceof Error ? error.message : String(error);
  tracking.onProblem(
    new Error(`cannot read ${relative(tracking.base, path)} (${reason}); trying again`, { cause: error }),
  );
}

async function openNew(tracking: Tracking, path: string): Promise<OpenFile | undefined> {
  try {
    const file = await openFile(path);
    tracking.unreadable.delete(path);
    if (file === undefined) return undefined;
    if (!tracking.followed.has(file.id) && !(await isLookalike(tracking, file))) return file;
    await file.bytes.close();
  } catch (error) {
    if (!isMissing(error)) tell(tracking, path, error);
  }
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
  const position = fromPosition(toPosition(relative(base, file.path), file, progress));
  file.generation = newGeneration(tracking);
  file.progress = BEGINNING;
  file.changedAt = tracking.now();
  if (position === undefined || position.offset === 0) return;
  const search = async (): Promise<Again | undefined> =>
    findAgain(position, await siblingsOf(file.path), (one) => !followed.has(one.id));
  // What was listed as plain may be packed by the time that it is opened.
  const copy = (await search()) ?? (await search());
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
  values[keyOf(tracking, file.generation)] = toPosition(relative(base, file.path), file, progress);
  if (next !== tracking.keptNext) values[`${tracking.prefix}next`] = next;
  return {
    values,
    kept: () => {
      tracking.keptNext = Math.max(tracking.keptNext, next);
      for (const key of dropped) forgotten.delete(key);
    },
  };
}
