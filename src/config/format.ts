/** Canonical formatting of a configuration file: layout only, never what it says. */
import { Lexer, parseDocument } from "yaml";
import { parse } from "./read.ts";
import { createReport } from "./report.ts";
import type { Report } from "./report.ts";
import { createTextFile } from "./text-file.ts";
import type { Node } from "./tree.ts";

/**
 * The text in canonical form: two spaces, one space around comments and inside braces, at most one empty line in a row, LF, no byte
 * order mark. Formatting twice changes nothing. Undefined when the YAML is wrong, which is then in the report, or when
 * the layout cannot be changed without changing a value or losing a comment.
 */
export function formatYaml(path: string, shown: string, raw: string, report: Report): string | undefined {
  const before = parse(createTextFile(path, shown, raw), report);
  if (before === undefined || report.finish(false, []).length > 0) return undefined;
  const text = raw.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const once = tryLayOut(text);
  const formatted = once === undefined ? undefined : tryLayOut(once);
  if (formatted === undefined) return undefined;
  const after = parse(createTextFile(path, shown, formatted), createReport());
  const faithful =
    after !== undefined &&
    tryLayOut(formatted) === formatted &&
    isSame(before, after) &&
    comments(text).join("\n") === comments(formatted).join("\n");
  return faithful ? formatted : undefined;
}

/** The printer refuses some of what the parser takes, such as an anchor with a control character in its name. */
function tryLayOut(text: string): string | undefined {
  try {
    return layOut(text);
  } catch {
    return undefined;
  }
}

function layOut(text: string): string {
  const document = parseDocument(text, { uniqueKeys: false, resolveKnownTags: false, logLevel: "error" });
  const output = document.toString({ indent: 2, lineWidth: 0, nullStr: "" });
  return tidyComments(text, tidyLists(output));
}

/** The printer pads lists as it pads maps; `[a, b]` is what people write. */
function tidyLists(text: string): string {
  const tokens = [...new Lexer().lex(text)].filter((token) => !isControl(token));
  const kept = tokens.filter((token, at) => {
    if (!/^ +$/.test(token)) return true;
    const [before, after] = [tokens[at - 1], tokens[at + 1]];
    return (
      !(before === "[" && after !== undefined && !/^[\n#]/.test(after)) && !(after === "]" && before !== "\n")
    );
  });
  return kept
    .join("")
    .split("\n")
    .map((line) => (/^ +$/.test(line) ? "" : line))
    .join("\n");
}

/** Tokens that stand for no text: start of a document, a scalar to follow, a mistake in a flow collection. */
const isControl = (token: string): boolean => ["\u0002", "\u0018", "\u001f"].includes(token);

interface OwnLine {
  /** Index of the line. */
  readonly line: number;
  readonly indent: number;
  /** Of the next line that is neither empty nor a comment; 0 at the end. */
  readonly nextIndent: number;
}

/**
 * The printer moves comments in front of a block into the block before. A comment that was indented no deeper than what follows
 * it belongs to that, and gets its indentation.
 */
function tidyComments(before: string, after: string): string {
  const was = ownLineComments(before);
  const is = ownLineComments(after);
  if (was.length !== is.length) return after;
  const lines = after.split("\n");
  is.forEach(({ line, nextIndent }, at) => {
    const old = was[at];
    if (old === undefined || old.indent > old.nextIndent) return;
    lines[line] = " ".repeat(nextIndent) + (lines[line] ?? "").trimStart();
  });
  return lines.join("\n");
}

function ownLineComments(text: string): OwnLine[] {
  const lines = text.split("\n");
  const numbers = new Set<number>();
  let line = 0;
  let blank = true;
  for (const token of new Lexer().lex(text)) {
    if (isControl(token)) continue;
    if (token.startsWith("#") && blank) numbers.add(line);
    const breaks = token.split("\n").length - 1;
    line += breaks;
    blank = breaks > 0 ? /\n[ \t]*$/.test(token) : blank && /^[ \t]*$/.test(token);
  }
  const indentOf = (at: number): number => /^ */.exec(lines[at] ?? "")?.[0].length ?? 0;
  return [...numbers].map((at) => {
    let next = at + 1;
    while (next < lines.length && (numbers.has(next) || lines[next]?.trim() === "")) next++;
    return { line: at, indent: indentOf(at), nextIndent: next < lines.length ? indentOf(next) : 0 };
  });
}

function isSame(a: Node, b: Node): boolean {
  if (a.type === "scalar") return b.type === "scalar" && a.value === b.value;
  if (a.type === "list") {
    return (
      b.type === "list" &&
      a.items.length === b.items.length &&
      a.items.every((item, at) => matches(item, b.items[at]))
    );
  }
  const keys = [...a.entries.keys()];
  return (
    b.type === "map" &&
    keys.join("\0") === [...b.entries.keys()].join("\0") &&
    keys.every((key) => matches(a.entries.get(key)?.value, b.entries.get(key)?.value))
  );
}

const matches = (a: Node | undefined, b: Node | undefined): boolean =>
  a !== undefined && b !== undefined && isSame(a, b);

/** In alphabetical order: a comment may move from the end of a line to a line of its own. */
function comments(text: string): string[] {
  return [...new Lexer().lex(text)]
    .filter((token) => token.startsWith("#"))
    .map((token) => token.trimEnd())
    .sort();
}
