/** Which files a pattern names now. */
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { compilePathGlob, isGlob } from "../../lib/glob.ts";

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

/** Absolute paths, in order. Folders that cannot be read are left out; links to folders are not followed. */
export async function listFiles(pattern: Pattern): Promise<string[]> {
  const files: string[] = [];
  const walk = async (folder: string, relative: string, depth: number): Promise<void> => {
    for (const entry of await entriesOf(folder)) {
      const name = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) {
        if (depth > 1) await walk(join(folder, entry.name), name, depth - 1);
      } else if (pattern.matches(name)) files.push(join(folder, entry.name));
    }
  };
  await walk(pattern.root, "", pattern.depth);
  return files.toSorted();
}

/** Everything in a file's own folder that is not a folder. */
export async function siblingsOf(file: string): Promise<string[]> {
  const folder = dirname(file);
  const entries = await entriesOf(folder);
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(folder, entry.name));
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
