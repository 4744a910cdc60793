/** One file's text, with positions counted from 1 in characters. A byte order mark is not part of the text. */
import { isAbsolute, relative, sep } from "node:path";
import type { Source } from "../model/config.ts";
import { countCharacters } from "../lib/characters.ts";

export interface TextFile {
  /** Absolute. */
  readonly path: string;
  /** As a person would write it: relative to the working directory where it lies below it. */
  readonly shown: string;
  readonly text: string;
  /** Line and column of an offset; one past the end is the end. */
  readonly position: (offset: number) => Source;
  /** The whole line around an offset, without its line break. */
  readonly line: (offset: number) => { readonly text: string; readonly start: number };
}

export function createTextFile(path: string, shown: string, raw: string): TextFile {
  const text = raw.startsWith("\uFEFF") ? raw.slice(1) : raw;
  let starts: number[] | undefined;
  const lineStarts = (): number[] => (starts ??= findLineStarts(text));
  const lineOf = (offset: number): { index: number; start: number } => {
    const all = lineStarts();
    let low = 0;
    let high = all.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((all[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { index: low, start: all[low] ?? 0 };
  };
  return {
    path,
    shown,
    text,
    position: (offset) => {
      const at = Math.max(0, Math.min(offset, text.length));
      const { index, start } = lineOf(at);
      return { file: shown, line: index + 1, column: countCharacters(text, start, at) + 1 };
    },
    line: (offset) => {
      const { index, start } = lineOf(Math.max(0, Math.min(offset, text.length)));
      const next = lineStarts()[index + 1] ?? text.length;
      return { text: text.slice(start, next).replace(/\r?\n$/, ""), start };
    },
  };
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** `path` relative to `cwd` where it lies below it, otherwise absolute. */
export function shownPath(path: string, cwd: string): string {
  const from = relative(cwd, path);
  const outside = from === "" || from === ".." || from.startsWith(`..${sep}`) || isAbsolute(from);
  return outside ? path : from;
}
