/** Gathers what a watcher says until there is time for it, and remembers when to look without being told. */
import type { Followed } from "./follow.ts";

export interface Hints {
  /** Something was said about a path; `isNew` when names have changed, not only contents. */
  add(path: string, isNew: boolean): void;
  /** All files are to be looked at. */
  addAll(): void;
  any(): boolean;
  /** Whether all files are to be looked at now, told or not. If so, everything that was said is dealt with. */
  takeAll(): boolean;
  /** The files among these that something was said about. */
  take(files: Iterable<Followed>): Followed[];
}

export function createHints(pollMs: number, now: () => number): Hints {
  const paths = new Set<string>();
  let all = true;
  let lookedAt = 0;
  return {
    add: (path, isNew) => {
      paths.add(path);
      all ||= isNew;
    },
    addAll: () => {
      all = true;
    },
    any: () => all || paths.size > 0,
    takeAll: () => {
      if (!all && now() - lookedAt < pollMs) return false;
      paths.clear();
      all = false;
      lookedAt = now();
      return true;
    },
    take: (files) => {
      const taken = [...files].filter((file) => paths.has(file.path));
      paths.clear();
      return taken;
    },
  };
}
