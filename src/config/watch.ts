/**
 * Tells when one of the files changes that a configuration was made of. What the system tells of their folders is only a hint to
 * look at the files: so it does not matter whether they are written in place, renamed over, or behind a link that is swapped.
 */
import { lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { dirname, join, parse, resolve, sep } from "node:path";
import { watch } from "chokidar";

export interface Watch {
  /**
   * Watches these files from now on. What changed at or after `readAt` (milliseconds since the epoch), when they were about to be
   * read, counts as a change that is yet to be told.
   */
  follow(files: readonly string[], readAt: number): void;
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly onChange: () => void;
  /** Told why the system does not tell of changes; nothing else is to be expected then. */
  readonly onProblem: (error: unknown) => void;
  /** How long files must be quiet before a change is told: editors write in several steps. 100 by default. */
  readonly settleMs?: number;
}

/** Whoever keeps writing is not waited for longer than so many times `settleMs`. */
const LONGEST = 10;
/** Times of files are kept less finely on some systems. */
const FINENESS_MS = 20;

export function watchFiles({ onChange, onProblem, settleMs = 100 }: WatchOptions): Watch {
  let files: readonly string[] = [];
  let folders = new Set<string>();
  let known = "";
  let timer: NodeJS.Timeout | undefined;
  let hintedAt: number | undefined;
  const watcher = watch([], {
    ignoreInitial: true,
    depth: 0,
    ignored: (_path, stats) => stats?.isFile() === true,
  });

  const look = (): void => {
    timer = undefined;
    hintedAt = undefined;
    const now = signatureOf(files);
    if (now === known) return;
    known = now;
    follow();
    onChange();
  };
  const hint = (): void => {
    const now = Date.now();
    hintedAt ??= now;
    if (timer !== undefined && now - hintedAt > LONGEST * settleMs) return;
    clearTimeout(timer);
    timer = setTimeout(look, settleMs);
  };
  /** Links may lead elsewhere than before. */
  const follow = (): void => {
    const wanted = new Set(files.flatMap(foldersOf));
    const gone = [...folders].filter((folder) => !wanted.has(folder));
    if (gone.length > 0) watcher.unwatch(gone);
    const added = [...wanted].filter((folder) => !folders.has(folder));
    if (added.length > 0) {
      watcher.add(added);
      // Until they are watched, something may happen in them.
      hint();
    }
    folders = wanted;
  };
  watcher.on("raw", hint);
  watcher.on("all", hint);
  // Between looking at the files and watching their folders something may have happened.
  watcher.on("ready", hint);
  watcher.on("error", onProblem);

  return {
    follow: (wanted, readAt) => {
      files = wanted;
      known = signatureOf(files);
      follow();
      if (!files.some((file) => changedSince(file, readAt - FINENESS_MS))) return;
      known = "";
      hint();
    },
    close: async () => {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}

/** What changes when one of the files does, or when a configuration file comes to a folder of theirs or leaves it. */
function signatureOf(files: readonly string[]): string {
  const folders = new Set(files.map((file) => dirname(file)));
  return JSON.stringify([files.map(stateOf), [...folders].map(configurationsIn)]);
}

function stateOf(file: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file);
    return [realpathSync(file), ino, size, mtimeMs, ctimeMs].join(" ");
  } catch {
    return "";
  }
}

function configurationsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  } catch {
    return [];
  }
}

function changedSince(file: string, moment: number): boolean {
  try {
    return statSync(file).ctimeMs >= moment;
  } catch {
    return false;
  }
}

/** How many links a path may lead through. */
const LINKS = 40;

/** The folders in which something happens when the file at this path becomes another: its own, and that of every link on the way. */
function foldersOf(file: string): readonly string[] {
  const folders = new Set([dirname(file)]);
  let path = file;
  for (let links = 0; links < LINKS; links += 1) {
    const link = firstLink(path);
    if (link === undefined) break;
    folders.add(dirname(link.at));
    path = resolve(dirname(link.at), link.to, path.slice(link.at.length + 1));
    folders.add(dirname(path));
  }
  return [...folders];
}

/** The first part of a path that is a link, and where it leads; undefined also for one that goes while it is looked at. */
function firstLink(path: string): { readonly at: string; readonly to: string } | undefined {
  const { root } = parse(path);
  let at = root;
  for (const part of path.slice(root.length).split(sep)) {
    at = join(at, part);
    try {
      if (lstatSync(at).isSymbolicLink()) return { at, to: readlinkSync(at) };
    } catch {
      return undefined;
    }
  }
  return undefined;
}
