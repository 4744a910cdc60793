/**
 * Files of lines that grow (NDJSON), named by a pattern. What tells that something changed is only a hint: what there is to read
 * comes from looking at the files. Every file is read from its start the first time it is seen; from then on the positions that
 * are handed over with the lines say how far.
 */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import type { EventSource, Memory, Sink } from "./contract.ts";
import { BUFFER_BYTES, type Followed, type Read, readOn } from "./file/follow.ts";
import type { Progress } from "./file/identity.ts";
import { compilePattern, type Pattern } from "./file/listing.ts";
import { createTracker, type Tracker } from "./file/tracker.ts";

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
}

/** Batches that are on their way to the sink at the same time, of as many files. */
const LANES = 8;

export function createFileSource(options: FileSourceOptions): EventSource {
  const { pollMs = 1000, settleMs = 1000, releaseMs = 60_000, onProblem = () => {} } = options;
  const name = `file:${options.pattern}`;
  const pattern = compilePattern(options.pattern, options.base);
  const bell = createBell();
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let watcher: FSWatcher | undefined;

  const start = async (sink: Sink, memory: Memory): Promise<void> => {
    const prefix = `${name}#`;
    const remembered = await memory.load(prefix);
    const settings = { pattern, base: options.base, prefix, settleMs, now: Date.now };
    const tracker = await createTracker(settings, remembered);
    const reader = createReader({ tracker, sink, base: options.base, prefix, settleMs, releaseMs });
    const hints = createHints(tracker, bell.ring);
    watcher = await watchFolders(pattern, hints.changed);
    running = (async () => {
      for (let rooted = existsSync(pattern.root); !stopped; rooted = existsSync(pattern.root)) {
        try {
          await readRound(tracker, reader, hints, pollMs, () => stopped);
        } catch (error) {
          onProblem(error);
          hints.lookAtAll();
          if (!stopped) await bell.silence(pollMs);
          continue;
        }
        if (!stopped && !hints.any()) await bell.wait(pollMs);
        if (!rooted && existsSync(pattern.root)) watcher?.add(pattern.root);
      }
      await tracker.close();
    })();
  };
  return {
    name,
    start,
    stop: async () => {
      stopped = true;
      bell.ring();
      await running;
      await watcher?.close();
    },
  };
}

/** Reads everything that may have something new, file by file in turn, several at a time. */
async function readRound(
  tracker: Tracker,
  reader: (file: Followed, buffer: Buffer) => Promise<boolean>,
  hints: Hints,
  pollMs: number,
  stopped: () => boolean,
): Promise<void> {
  const queue = hints.dueForScan(pollMs) ? await tracker.scan() : hints.take();
  const lane = async (): Promise<void> => {
    const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
    for (let file = queue.shift(); file !== undefined && !stopped(); file = queue.shift()) {
      if (await reader(file, buffer)) queue.push(file);
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(LANES, queue.length) }, lane));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

interface ReaderOptions {
  readonly tracker: Tracker;
  readonly sink: Sink;
  readonly base: string;
  readonly prefix: string;
  readonly settleMs: number;
  readonly releaseMs: number;
}

/** Hands over one batch of a file; says whether there is more to read now. */
function createReader({ tracker, sink, base, prefix, settleMs, releaseMs }: ReaderOptions) {
  const handOver = async (
    file: Followed,
    { lines, next }: Extract<Read, { state: "lines" }>,
  ): Promise<void> => {
    const path = relative(base, file.path);
    const { offset } = file.progress;
    const positions = tracker.positions(file, next);
    const items = lines.map(({ start, content }) => ({
      seed: `${prefix}${file.generation}@${offset + start}`,
      position: `${path} byte ${offset + start}`,
      content,
    }));
    await sink({ source: `file:${path}`, items, positions: positions.values });
    positions.kept();
    moveOn(file, next);
  };
  const moveOn = (file: Followed, progress: Progress): void => {
    file.progress = progress;
    file.changedAt = Date.now();
  };
  const letGo = async (file: Followed): Promise<void> => {
    await tracker.drop(file);
    const dropped = [...tracker.forgotten];
    await sink({
      source: `file:${relative(base, file.path)}`,
      items: [],
      positions: Object.fromEntries(dropped.map((key) => [key, null])),
    });
  };
  return async (file: Followed, buffer: Buffer): Promise<boolean> => {
    const quietMs = Date.now() - file.changedAt;
    const read = await readOn(file, buffer, file.gone && quietMs >= settleMs);
    switch (read.state) {
      case "lines":
        await handOver(file, read);
        return read.more;
      case "truncated":
        await tracker.truncated(file);
        return true;
      case "idle":
        if (file.gone && !read.partial && quietMs >= releaseMs) await letGo(file);
        return false;
    }
  };
}

interface Hints {
  changed(path: string, isNew: boolean): void;
  /** Files that something was said about since the last time. */
  take(): Followed[];
  any(): boolean;
  lookAtAll(): void;
  /** Whether all files are to be looked at now; if so, counts as done. */
  dueForScan(pollMs: number): boolean;
}

/** Gathers what the watcher says until there is time for it. */
function createHints(tracker: Tracker, ring: () => void): Hints {
  const paths = new Set<string>();
  let all = true;
  let scannedAt = 0;
  return {
    changed: (path, isNew) => {
      paths.add(path);
      if (isNew) all = true;
      ring();
    },
    take: () => {
      const files = [...tracker.followed.values()].filter((file) => paths.has(file.path));
      paths.clear();
      return files;
    },
    any: () => all || paths.size > 0,
    lookAtAll: () => {
      all = true;
    },
    dueForScan: (pollMs) => {
      if (!all && Date.now() - scannedAt < pollMs) return false;
      paths.clear();
      all = false;
      scannedAt = Date.now();
      return true;
    },
  };
}

/**
 * Watches the folders only: the system tells of the files in them as well. Chokidar's own events come late and not for every
 * change, so what it passes through from the system is taken.
 */
async function watchFolders(pattern: Pattern, changed: Hints["changed"]): Promise<FSWatcher> {
  const depth = Number.isFinite(pattern.depth) ? { depth: pattern.depth - 1 } : {};
  const watcher = watch(pattern.root, {
    ignoreInitial: true,
    ignored: (_, stats) => stats?.isFile() === true,
    ...depth,
  });
  const folderOf = (details: unknown): string =>
    typeof details === "object" && details !== null && "watchedPath" in details
      ? String(details.watchedPath)
      : pattern.root;
  watcher.on("raw", (event, path, details) => changed(join(folderOf(details), path), event !== "change"));
  watcher.on("addDir", (path) => changed(path, true));
  // Where watching fails, looking at all files in turn is left.
  watcher.on("error", () => {});
  await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  return watcher;
}

interface Bell {
  ring(): void;
  /** Until it rings, also when it has since the last wait, or for so long. */
  wait(ms: number): Promise<void>;
  /** For so long, unless it rings meanwhile. */
  silence(ms: number): Promise<void>;
}

function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  const wait = async (ms: number): Promise<void> => {
    if (!rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    rung = false;
    wake = undefined;
  };
  return {
    ring: () => {
      rung = true;
      wake?.();
    },
    wait,
    silence: (ms) => {
      rung = false;
      return wait(ms);
    },
  };
}
