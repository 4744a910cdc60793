/**
 * Which files are being read, and where each stands. A file is followed by what it is, not by its name: through a rename it is
 * read to its end, and what takes its name is another file with a generation of its own.
 */
import { stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
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
import { isCompressed } from "./rotated.ts";
import { findUnread, isRotated, type Mark } from "./unread.ts";

export interface Tracker {
  readonly followed: ReadonlyMap<string, Followed>;
  /** Looks at everything the pattern names now; answers with the files that may have something new. */
  scan(): Promise<Followed[]>;
  /** The file holds less than was read: what is left of that is looked for in a copy, and the file starts anew. */
  truncated(file: Followed): Promise<void>;
  /** Positions to hand over with what was read of a file; `kept` is to be called once they are durable. */
  positions(file: Followed, progress: Progress): { readonly values: Record<string, Json>; kept(): void };
  /** Whether a file is to be left for now, as one that was rotated away before it has not begun to be read. */
  waits(file: Followed): boolean;
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
  /** By the name that files had before they were rotated. */
  readonly marks: Map<string, Mark>;
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
    marks: new Map(),
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
    waits: (file) =>
      [...followed.values()].some(
        (other) => isBefore(other, file) && other.gone && other.progress.offset === 0 && other.size > 0,
      ),
    drop: async (file) => {
      followed.delete(file.id);
      await file.bytes.close();
      await forget(tracking, file.name, file.generation);
    },
    close: async () => {
      await Promise.all([...followed.values()].map((file) => file.bytes.close()));
      followed.clear();
    },
  };
}

const isBefore = (one: Followed, other: Followed): boolean =>
  one.name === other.name && one.generation < other.generation;

/** Goes on with the files of positions that have not been found yet. */
async function takeUp(tracking: Tracking): Promise<void> {
  const { pattern, base, followed } = tracking;
  const isTaken = (id: string): boolean => followed.has(id);
  const { found, lost, unreachable } = await resume({ pattern, base, isTaken }, tracking.unreachable);
  for (const { file, generation, progress, position } of found) {
    const name = resolve(base, position.name);
    begin(tracking, file, { name, generation, progress });
    mark(tracking, name, { generation, id: file.id, position, resting: false });
  }
  for (const { generation, position } of lost) {
    const name = resolve(base, position.name);
    mark(tracking, name, { generation, id: undefined, position, resting: false });
  }
  tracking.unreachable = unreachable;
  for (const [name, { id }] of tracking.marks)
    if (id === undefined || followed.get(id)?.path !== name) await seekUnread(tracking, name);
  for (const { generation, position } of lost)
    await forget(tracking, resolve(base, position.name), generation);
}

const keyOf = ({ prefix }: Tracking, generation: number): string => `${prefix}${generation}`;

function begin(
  tracking: Tracking,
  file: OpenFile,
  how: { name: string; generation: number; progress: Progress },
): Followed {
  const one = follow(file, { ...how, now: tracking.now() });
  tracking.followed.set(file.id, one);
  return one;
}

function newGeneration(tracking: Tracking): number {
  tracking.next += 1;
  return tracking.next - 1;
}

/** Takes down what is durable: that this file was read, unless a younger one of its name was. */
function mark({ marks, forgotten, prefix }: Tracking, name: string, one: Mark): void {
  const last = marks.get(name);
  if (last !== undefined && last.generation > one.generation) return;
  marks.set(name, one);
  if (last?.resting === true && last.generation < one.generation)
    forgotten.add(`${prefix}${last.generation}`);
}

/** Forgets a position that is not needed any more; the last one of a name that is rotated tells what is younger. */
async function forget(tracking: Tracking, name: string, generation: number): Promise<void> {
  const { marks, forgotten } = tracking;
  const last = marks.get(name);
  if (last?.generation === generation && (await isRotated(name))) marks.set(name, { ...last, resting: true });
  else {
    if (last?.generation === generation) marks.delete(name);
    forgotten.add(keyOf(tracking, generation));
  }
}

/** Follows what was rotated away from a name without having been seen, before what is younger. */
async function seekUnread(tracking: Tracking, name: string): Promise<void> {
  const { followed, marks, pattern } = tracking;
  const last = marks.get(name);
  if (last === undefined) return;
  const waiting = [...followed.values()].filter((file) => file.name === name && file.progress.offset === 0);
  const { files, order, markId } = await findUnread({
    name,
    mark: last,
    waiting: waiting.map(({ id }) => id),
    isTaken: (id) => followed.has(id),
    isNamed: (path) => pattern.matches(relative(pattern.root, path)) && !isCompressed(path),
  });
  marks.set(name, { ...last, id: markId });
  if (files.length === 0) return;
  for (const id of order) {
    const file = files.find((one) => one.id === id);
    const generation = newGeneration(tracking);
    if (file !== undefined) begin(tracking, file, { name, generation, progress: BEGINNING }).gone = true;
    // Of what was not read yet nothing is known by its old number.
    for (const one of waiting) if (one.id === id) one.generation = generation;
  }
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
  const known = new Set(followed.keys());
  for (const [name, { id }] of tracking.marks)
    if (id === undefined || seen.get(id)?.path !== name) await seekUnread(tracking, name);
  for (const [id, { path }] of seen) {
    if (followed.has(id)) continue;
    const file = await openNew(tracking, path, id);
    if (file === undefined) continue;
    begin(tracking, file, { name: path, generation: newGeneration(tracking), progress: BEGINNING });
  }
  for (const file of followed.values()) if (!known.has(file.id)) changed.push(file);
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

async function openNew(tracking: Tracking, path: string, id: string): Promise<OpenFile | undefined> {
  try {
    const file = await openFile(path);
    tracking.unreadable.delete(path);
    if (file === undefined) return undefined;
    // One that took its name meanwhile comes after it.
    if (file.id === id && !(await isLookalike(tracking, file))) return file;
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
  const { followed, base, marks } = tracking;
  const { generation, progress, name } = file;
  const paths = { path: relative(base, file.path), name: relative(base, name) };
  const position = fromPosition(toPosition(paths, file, progress));
  file.generation = newGeneration(tracking);
  file.progress = BEGINNING;
  file.changedAt = tracking.now();
  if (position === undefined || position.offset === 0) return;
  const search = async (): Promise<Again | undefined> =>
    findAgain(position, await siblingsOf(file.path), (one) => !followed.has(one.id));
  // What was listed as plain may be packed by the time that it is opened.
  const copy = (await search()) ?? (await search());
  if (copy !== undefined)
    begin(tracking, copy.file, { name, generation, progress: copy.progress }).gone = true;
  const last = marks.get(name);
  if (last?.generation === generation) {
    marks.set(name, { ...last, id: copy?.file.id });
    await seekUnread(tracking, name);
  }
  if (copy === undefined) await forget(tracking, name, generation);
}

function positionsFor(
  tracking: Tracking,
  file: Followed,
  progress: Progress,
): ReturnType<Tracker["positions"]> {
  const { next, base, forgotten } = tracking;
  const dropped = [...forgotten];
  const values: Record<string, Json> = Object.fromEntries(dropped.map((key) => [key, null]));
  const paths = { path: relative(base, file.path), name: relative(base, file.name) };
  const value = toPosition(paths, file, progress);
  values[keyOf(tracking, file.generation)] = value;
  const { name, id, generation } = file;
  const position = fromPosition(value);
  if (next !== tracking.keptNext) values[`${tracking.prefix}next`] = next;
  return {
    values,
    kept: () => {
      tracking.keptNext = Math.max(tracking.keptNext, next);
      for (const key of dropped) forgotten.delete(key);
      if (position !== undefined) mark(tracking, name, { generation, id, position, resting: false });
    },
  };
}
