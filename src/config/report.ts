/** Collects diagnostics; turns spans into positions and excerpts only at the end. */
import type { Diagnostic, DiagnosticCode, Severity } from "../model/diagnostic.ts";
import { countCharacters } from "../lib/characters.ts";
import type { Span } from "./tree.ts";
import type { TextFile } from "./text-file.ts";

export interface Finding {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint: string;
  /** What is marked; an empty span marks one character. */
  readonly at: Span;
}

export interface Report {
  readonly error: (finding: Finding) => void;
  readonly warn: (finding: Finding) => void;
  /** Keeps what stands there out of every excerpt. */
  readonly hide: (span: Span) => void;
  /** Whether an error was reported that makes checks across files meaningless: something could not be read. */
  readonly incomplete: () => boolean;
  readonly markIncomplete: () => void;
  /** Sorted by file in the given order, line and column; files that are not in the order come last. */
  readonly finish: (strict: boolean, order: readonly string[]) => Diagnostic[];
}

interface Entry extends Finding {
  readonly severity: Severity;
}

export function createReport(): Report {
  const entries: Entry[] = [];
  const hidden = new Map<TextFile, Span[]>();
  let incomplete = false;
  return {
    error: (finding) => void entries.push({ severity: "error", ...finding }),
    warn: (finding) => void entries.push({ severity: "warning", ...finding }),
    hide: (span) => {
      const spans = hidden.get(span.file);
      if (spans === undefined) hidden.set(span.file, [span]);
      else spans.push(span);
    },
    incomplete: () => incomplete,
    markIncomplete: () => (incomplete = true),
    finish: (strict, order) => finish(entries, hidden, strict, order),
  };
}

function finish(
  entries: readonly Entry[],
  hidden: ReadonlyMap<TextFile, readonly Span[]>,
  strict: boolean,
  order: readonly string[],
): Diagnostic[] {
  const ranks = new Map<string, number>();
  for (const { file } of entries.map((entry) => entry.at)) {
    ranks.set(file.shown, order.includes(file.path) ? order.indexOf(file.path) : order.length);
  }
  const seen = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const entry of entries) {
    const diagnostic = build(entry, hidden.get(entry.at.file) ?? [], strict);
    // An aliased node is visited once for each use; its mistake was made once.
    const identity = `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}:${diagnostic.code}:${diagnostic.message}`;
    if (seen.has(identity)) continue;
    seen.add(identity);
    diagnostics.push(diagnostic);
  }
  return diagnostics.sort(
    (a, b) => (ranks.get(a.file) ?? 0) - (ranks.get(b.file) ?? 0) || a.line - b.line || a.column - b.column,
  );
}

/** More than this of a line helps nobody: how much is marked, and how much may stand before it. */
const MARKED = 120;
const BEFORE = 400;

function build(entry: Entry, hidden: readonly Span[], strict: boolean): Diagnostic {
  const { file, start, end } = entry.at;
  const position = file.position(start);
  const line = file.line(start);
  const lineEnd = line.start + line.text.length;
  const markEnd = Math.max(Math.min(end, lineEnd, start + MARKED), Math.min(start + 1, lineEnd));
  const length = Math.max(1, countCharacters(file.text, start, markEnd));
  const excerpt = makeExcerpt(line, start, markEnd, hidden, isBlock(entry.at));
  return {
    severity: strict ? "error" : entry.severity,
    code: entry.code,
    message: entry.message,
    file: position.file,
    line: position.line,
    column: position.column,
    length: excerpt?.cut === true ? 1 : length,
    hint: entry.hint,
    ...(excerpt === undefined ? {} : { excerpt: excerpt.text }),
  };
}

/** A key that sounds secret with a value after it that is not a reference; or the start of a URL. */
const MAYBE_SECRET =
  /(?:secret|token|passw|webhook|authorization|key)[\w-]*["']?\s*:\s*(?!["']?\$\{)[^\s,{}[\]]|https?:/i;

/** A whole map or list, which may hold anything. */
const isBlock = (at: Span): boolean => "type" in at && at.type !== "scalar";

/**
 * The line up to the end of what is marked: what follows may be anything, a secret included. A marked secret is cut off at
 * its start; a line with something that may be secret, or
 * very much, before the mark has no excerpt at all.
 */
function makeExcerpt(
  line: { readonly text: string; readonly start: number },
  start: number,
  end: number,
  hidden: readonly Span[],
  block: boolean,
): { readonly text: string; readonly cut: boolean } | undefined {
  if (line.text.trim() === "") return undefined;
  const before = line.text.slice(0, start - line.start);
  if (before.length > BEFORE || MAYBE_SECRET.test(before)) return undefined;
  if (hidden.some((span) => span.start < start && span.end > line.start)) return undefined;
  const marked = line.text.slice(start - line.start, end - line.start);
  const secret =
    block || /https?:/i.test(marked) || hidden.some((span) => span.start < end && span.end > start);
  if (secret) return { text: `${before}…`, cut: true };
  const rest = line.text.slice(end - line.start).trim();
  const shown = line.text.slice(0, end - line.start);
  return { text: rest === "" ? shown : `${shown}${/\s$/.test(shown) ? "" : " "}…`, cut: false };
}
