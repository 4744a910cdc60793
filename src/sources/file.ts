/**
 * Files of lines that grow (NDJSON), named by a pattern. What tells that something changed is only a hint: what there is to read
 * comes from looking at the files. Every file is read from its start the first time it is seen; from then on the positions that
 * are handed over with the lines say how far.
 */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import type { EventSource, Memory, Sink } from "./contract.ts";
import { createBell } from "./bell.ts";
import { BUFFER_BYTES, type Followed } from "./file/follow.ts";
import { createHints } from "./file/hints.ts";
import { compilePattern, type Pattern } from "./file/listing.ts";
import { createReader, type Reader } from "./file/reader.ts";
import { createTracker } from "./file/tracker.ts";

export interface FileSourceOptions {
  /** A path or a glob, relative to `base` or absolute. */
  readonly pattern: string;
  /** Absolute folder. */
  readonly base: string;
  /** How often all files are looked at without any hint. 1 second by default. */
  readonly pollMs?: number;
  /** How long a rotated or deleted file must be quiet before a last line without newline counts as whole. 1 second by default. */
  readonly settleMs?: number;
  /** How long a rotated or deleted file must be quiet before it is let go. 1 minute by default. */
  readonly releaseMs?: number;
  /** Told what kept a batch from being handed over or a file from being read; it is tried again. */
  readonly onProblem?: (error: unknown) => void;
  /** Told once, at the start, why there is nothing to read; `waits` when that may come by itself. */
  readonly onNothing?: (nothing: {
    readonly path: string;
    readonly reason: string;
    readonly waits: boolean;
  }) => void;
}

/** Files that are read at the same time; each waits for the sink on its own. */
const LANES = 8;

export function createFileSource(options: FileSourceOptions): EventSource {
  const { pollMs = 1000, settleMs = 1000, releaseMs = 60_000, onProblem = () => {} } = options;
  const name = `file:${options.pattern}`;
  const prefix = `${name}#`;
  const pattern = compilePattern(options.pattern, options.base);
  const bell = createBell();
  const now = Date.now;
  let running: Promise<void> = Promise.resolve();
  let watcher: FSWatcher | undefined;

  const run = async (sink: Sink, memory: Memory): Promise<() => Promise<void>> => {
    const tracker = await createTracker(
      { pattern, base: options.base, prefix, settleMs, now, onProblem },
      await memory.load(prefix),
    );
    const reader = createReader({ tracker, sink, base: options.base, prefix, settleMs, releaseMs, now });
    const hints = createHints(pollMs, now);
    const buffers: Buffer[] = [];
    let rooted = existsSync(pattern.root);
    const hinted = (path: string, isNew: boolean): void => {
      hints.add(path, isNew);
      bell.ring();
    };
    await sayNothing(options, pattern);
    watcher = await watchFolders(pattern, hinted);
    const round = async (): Promise<void> => {
      const all = hints.takeAll();
      await readAll(
        all ? await tracker.scan() : hints.take(tracker.followed.values()),
        reader,
        buffers,
        bell.stopped,
      );
      if (all && rooted !== existsSync(pattern.root)) {
        rooted = !rooted;
        if (rooted) watcher?.add(pattern.root);
      }
    };
    return async () => {
      while (!bell.stopped()) {
        try {
          await round();
        } catch (error) {
          onProblem(error);
          hints.addAll();
          await bell.pause(pollMs);
        }
        if (!hints.any()) await bell.wait(pollMs);
      }
      await tracker.close();
    };
  };

  return {
    name,
    start: async (sink, memory) => {
      const follow = await run(sink, memory);
      running = follow();
    },
    stop: async () => {
      bell.stop();
      await running;
      await watcher?.close();
    },
  };
}

async function sayNothing({ pattern, base, onNothing }: FileSourceOptions, { root }: Pattern): Promise<void> {
  const path = resolve(base, pattern);
  if (!existsSync(root))
    onNothing?.({ path: root, reason: "the folder is not there yet; it is waited for", waits: true });
  else if ((await stat(path).catch(() => undefined))?.isDirectory() === true)
    onNothing?.({ path, reason: "it is a directory, not a file; name the files in it", waits: false });
}

/**
 * Reads everything that is new in these files, taking turns. Files of one name begin in the order of their age, so that whenever
 * this ends, none was passed over. `buffers` are kept from call to call.
 */
async function readAll(
  files: readonly Followed[],
  reader: Reader,
  buffers: Buffer[],
  stopped: () => boolean,
): Promise<void> {
  const byName = new Map<string, Followed[]>();
  for (const file of files.toSorted((a, b) => a.generation - b.generation))
    byName.set(file.name, [...(byName.get(file.name) ?? []), file]);
  const more: Followed[] = [];
  await inLanes([...byName.values()], buffers, async (group, buffer) => {
    for (const file of group) if (!stopped() && (await reader(file, buffer))) more.push(file);
    return false;
  });
  await inLanes(more, buffers, async (file, buffer) => !stopped() && reader(file, buffer));
}

/** Does something with each, again and again until it says that there is no more to do. */
async function inLanes<T>(
  queue: T[],
  buffers: Buffer[],
  step: (one: T, buffer: Buffer) => Promise<boolean>,
): Promise<void> {
  const lane = async (_: unknown, n: number): Promise<void> => {
    const buffer = (buffers[n] ??= Buffer.allocUnsafeSlow(BUFFER_BYTES));
    for (let one = queue.shift(); one !== undefined; one = queue.shift())
      if (await step(one, buffer)) queue.push(one);
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(LANES, queue.length) }, lane));
  for (const one of lanes) if (one.status === "rejected") throw one.reason;
}

/**
 * Watches folders only: the system tells of the files in them as well. Chokidar's own events come late and not for every change,
 * so what it passes through from the system is taken. Where watching fails, looking at all files in turn is left.
 */
async function watchFolders(
  { root, depth }: Pattern,
  hinted: (path: string, isNew: boolean) => void,
): Promise<FSWatcher> {
  const watcher = watch(root, {
    ignoreInitial: true,
    ignored: (_path, stats) => stats?.isFile() === true,
    ...(Number.isFinite(depth) ? { depth: depth - 1 } : {}),
  });
  watcher.on("raw", (event, path, details) =>
    hinted(join(folderOf(details) ?? root, path), event !== "change"),
  );
  watcher.on("addDir", (path) => hinted(path, true));
  watcher.on("error", () => {});
  await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  return watcher;
}

function folderOf(details: unknown): string | undefined {
  if (typeof details !== "object" || details === null || !("watchedPath" in details)) return undefined;
  return typeof details.watchedPath === "string" ? details.watchedPath : undefined;
}
