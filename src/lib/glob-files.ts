/** Files by pattern: `*`, `?`, `{a,b}` within one folder level, `**` for any number of levels. */
import { readdir } from "node:fs/promises";
import { join, parse, resolve, sep } from "node:path";
import { compileGlob, isGlob } from "./glob.ts";

/** Absolute paths of the files that match, sorted. Hidden files match only a pattern that starts with a dot. */
export async function globFiles(pattern: string, base: string): Promise<string[]> {
  const absolute = resolve(base, pattern);
  const { root } = parse(absolute);
  const steps = absolute.slice(root.length).split(sep);
  const found = new Set<string>();
  await walk(root, steps, found);
  return [...found].sort();
}

async function walk(folder: string, steps: readonly string[], found: Set<string>): Promise<void> {
  const [step, ...rest] = steps;
  if (step === undefined) return;
  if (rest.length > 0 && !isGlob(step)) return walk(join(folder, step), rest, found);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const matches = compileGlob(step);
  for (const entry of entries) {
    if (entry.name.startsWith(".") && !step.startsWith(".")) continue;
    const path = join(folder, entry.name);
    const isFolder = entry.isDirectory();
    if (step === "**") {
      if (isFolder) await walk(path, steps, found);
      continue;
    }
    if (!matches(entry.name)) continue;
    if (rest.length > 0) await walk(path, rest, found);
    else if (!isFolder) found.add(path);
  }
  if (step === "**") await walk(folder, rest, found);
}
