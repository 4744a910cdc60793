/** Canonical formatting of a configuration file: layout only, never what it says. */
import { Lexer, parseDocument } from "yaml";
import { parse } from "./read.ts";
import { createReport } from "./report.ts";
import type { Report } from "./report.ts";
import { createTextFile } from "./text-file.ts";
import type { Node } from "./tree.ts";

/**
 * The text in canonical form: two spaces, one space around comments and inside braces, at most one empty line in a row, LF, no byte
 * order mark. Formatting twice changes nothing. Undefined when the text is not YAML, which is then in the report, or when
 * the layout cannot be changed without changing a value or losing a comment.
 */
export function formatYaml(path: string, shown: string, raw: string, report: Report): string | undefined {
  const before = parse(createTextFile(path, shown, raw), report);
  if (before === undefined) return undefined;
  const text = raw.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const once = layOut(text);
  const formatted = layOut(once);
  const after = parse(createTextFile(path, shown, formatted), createReport());
  const faithful =
    after !== undefined &&
    layOut(formatted) === formatted &&
    isSame(before, after) &&
    comments(text).join("\n") === comments(formatted).join("\n");
  return faithful ? formatted : undefined;
}

function layOut(text: string): string {
  const document = parseDocument(text, { uniqueKeys: false, resolveKnownTags: false, logLevel: "error" });
  const output = document.toString({
    indent: 2,
    indentSeq: true,
    lineWidth: 0,
    flowCollectionPadding: true,
    nullStr: "",
  });
  return output
    .split("\n")
    .map((line) => (/^[ ]*$/.test(line) ? "" : line))
    .join("\n");
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
