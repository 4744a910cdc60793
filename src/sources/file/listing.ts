/** Which files a pattern names now. */
import type { Dirent } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { compilePathGlob, isGlob } from "../../lib/glob.ts";
import { isCompressed } from "./rotated.ts";

export interface Pattern {
  /** Absolute folder that everything the pattern names lies in or below. */
  readonly root: string;
  /** How many levels below the root files may lie: 1 for directly in it. */
  readonly depth: number;
  /** Whether a path below the root, relative to it, is meant. */
  matches(relative: string): boolean;
}

/** `pattern` is relative to `base`, or absolute; wildcards in `base` mean nothing. */
export function compilePattern(pattern: string, base: string): Pattern {
  const segments = pattern.split("/");
  const first = segments.findIndex(isGlob);
  if (first === -1) {
    const file = resolve(base, pattern);
    return { root: dirname(file), depth: 1, matches: (relative) => relative === basename(file) };
  }
  const rest = segments.slice(first);
  const root = resolve(base, segments.slice(0, first).join("/") || (pattern.startsWith("/") ? "/" : "."));
  const depth = rest.includes("**") ? Number.POSITIVE_INFINITY : rest.length;
  return { root, depth, matches: compilePathGlob(rest.join("/")) };
}

export interface Listing {
  /** Absolute paths, in order. */
  readonly files: readonly string[];
  /** What could not be looked into, though it may be there, and why. */
  readonly unreadable: ReadonlyMap<string, unknown>;
}

/** Links to folders are not followed, and what is packed is left out: it holds no lines. */
export async function listFiles(pattern: Pattern): Promise<Listing> {
  const files: string[] = [];
  const unreadable = new Map<string, unknown>();
  const walk = async (folder: string, relative: string, depth: number): Promise<void> => {
    for (const entry of await entriesOf(folder, unreadable)) {
      const name = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) {
        if (depth > 1) await walk(join(folder, entry.name), name, depth - 1);
      } else if (pattern.matches(name) && !isCompressed(name)) files.push(join(folder, entry.name));
    }
  };
  await walk(pattern.root, "", pattern.depth);
  return { files: files.toSorted(), unreadable };
}

/** A file's own name, and the one that it has where a link leads. */
export async function namesOf(file: string): Promise<readonly string[]> {
  const real = await realpath(file).catch(() => file);
  return real === file ? [file] : [file, real];
}

/** Everything in a file's own folder that is not a folder; for a link, also in the folder that it leads to. */
export async function siblingsOf(file: string): Promise<string[]> {
  const folders = new Set((await namesOf(file)).map((name) => dirname(name)));
  const listed = await Promise.all(
    [...folders].map(async (folder) => {
      const entries = await entriesOf(folder, new Map());
      return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(folder, entry.name));
    }),
  );
  return listed.flat();
}

/** The same, listing the siblings of each file once. */
export function rememberSiblings(): typeof siblingsOf {
  const known = new Map<string, Promise<string[]>>();
  return (path) => {
    const answer = known.get(path) ?? siblingsOf(path);
    known.set(path, answer);
    return answer;
  };
}

/** Nothing for a folder that is not there. */
async function entriesOf(folder: string, unreadable: Map<string, unknown>): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (!isMissing(error)) unreadable.set(folder, error);
    return [];
  }
}

/** Whether an error says that there is nothing of that name, and not that it cannot be told. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
