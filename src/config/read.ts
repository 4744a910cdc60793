/** One file's bytes → its tree, with every mistake of the YAML itself reported. */
import { readFile, stat } from "node:fs/promises";
import { isNode, isScalar, parseDocument, visit } from "yaml";
import type { YAMLError } from "yaml";
import { errorCodeOf } from "../lib/error-code.ts";
import type { DiagnosticCode } from "../model/diagnostic.ts";
import { buildTree } from "./build-tree.ts";
import type { Report } from "./report.ts";
import { createTextFile, shownPath } from "./text-file.ts";
import type { TextFile } from "./text-file.ts";
import type { Node, Span } from "./tree.ts";

export interface ReadFile {
  readonly file: TextFile;
  readonly bytes: Uint8Array;
  /** Absent when the file is empty or is not YAML; that has been reported. */
  readonly root?: Node;
}

/** Larger files are somebody's mistake. */
const MAX_BYTES = 64 * 1024 * 1024;

/** `from` is what named the file, or undefined for the command line. Answers undefined when there is nothing to read. */
export async function readYamlFile(
  path: string,
  cwd: string,
  from: Span | undefined,
  report: Report,
): Promise<ReadFile | undefined> {
  const shown = shownPath(path, cwd);
  const nowhere: Span = { file: createTextFile(path, shown, ""), start: 0, end: 0 };
  const fail = (code: DiagnosticCode, message: string, hint: string): undefined => {
    report.markIncomplete();
    report.error({ code, message, hint, at: from ?? nowhere });
    return undefined;
  };
  let bytes: Uint8Array;
  try {
    const info = await stat(path);
    if (info.size > MAX_BYTES)
      return fail("file-unreadable", `${shown} is larger than 64 MiB`, "split it with include");
    bytes = await readFile(path);
  } catch (error) {
    return errorCodeOf(error) === "ENOENT"
      ? fail(
          "file-not-found",
          `${shown} does not exist`,
          "name an existing file with -f, or run bellhop init",
        )
      : fail(
          "file-unreadable",
          `${shown} cannot be read (${errorCodeOf(error) ?? "unknown reason"})`,
          "check that it is a file and its permissions",
        );
  }
  const text = decode(bytes);
  if (text === undefined) return fail("file-unreadable", `${shown} is not UTF-8 text`, "save it as UTF-8");
  const file = createTextFile(path, shown, text);
  const root = parse(file, report);
  return { file, bytes, ...(root === undefined ? {} : { root }) };
}

/** As if a file held this text. */
export function readYamlText(path: string, cwd: string, text: string, report: Report): ReadFile {
  const file = createTextFile(path, shownPath(path, cwd), text);
  const root = parse(file, report);
  return { file, bytes: Buffer.from(text), ...(root === undefined ? {} : { root }) };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The tree of a text, or undefined when it is empty or broken; both have been reported then. */
export function parse(file: TextFile, report: Report): Node | undefined {
  const document = tryParse(file, report);
  if (document === undefined) return undefined;
  const errors = [
    ...document.errors,
    ...document.warnings.filter((warning) => warning.code !== "BAD_DIRECTIVE"),
  ];
  // The parser recurses: what is nested hundreds of levels deep exhausts the stack, wherever it then is.
  if (errors.some((error) => error.code === "RESOURCE_EXHAUSTION")) {
    reportWhole("the YAML is nested too deeply", file, report);
    return undefined;
  }
  if (errors.length > 0) {
    report.markIncomplete();
    for (const error of firstCauses(errors)) {
      const opening = isUnclosed(error) ? openingBefore(error.pos[0], document, file.text) : undefined;
      if (opening === undefined) reportSyntax(error, file, report);
      else reportUnclosed(opening, file, report);
    }
    return undefined;
  }
  if (isNothing(document.contents)) {
    report.markIncomplete();
    const message = "the file is empty";
    report.error({
      code: "file-empty",
      message,
      hint: "start with `version: 1`, or run bellhop init",
      at: { file, start: 0, end: 0 },
    });
    return undefined;
  }
  return buildTree(document.contents, file, report);
}

const isNothing = (contents: unknown): boolean =>
  contents === null || (isScalar(contents) && contents.value === null);

function tryParse(file: TextFile, report: Report): Parsed | undefined {
  try {
    // Duplicate keys are found while building the tree: the parser compares every key with every other.
    return parseDocument(file.text, {
      uniqueKeys: false,
      prettyErrors: false,
      resolveKnownTags: false,
      logLevel: "error",
    });
  } catch (error) {
    reportWhole(
      error instanceof RangeError ? "the YAML is nested too deeply" : "the YAML cannot be parsed",
      file,
      report,
    );
    return undefined;
  }
}

type Parsed = ReturnType<typeof parseDocument>;

function reportWhole(message: string, file: TextFile, report: Report): void {
  report.markIncomplete();
  report.error({ code: "yaml-syntax", message, hint: "simplify the file", at: { file, start: 0, end: 0 } });
}

/**
 * One mistake makes the parser stumble several times: kept are the first error, and later ones that cannot be an
 * echo of it.
 */
function firstCauses(errors: readonly YAMLError[]): YAMLError[] {
  const sorted = [...errors].sort((a, b) => a.pos[0] - b.pos[0]);
  return sorted.filter(
    (error, index) => index === 0 || error.code === "TAB_AS_INDENT" || error.code === "MULTIPLE_DOCS",
  );
}

function reportSyntax(error: YAMLError, file: TextFile, report: Report): void {
  const start = Math.min(error.pos[0], Math.max(0, file.text.length));
  const at: Span = {
    file,
    start,
    end: Math.max(start + 1, error.code === "TAG_RESOLVE_FAILED" ? error.pos[1] : 0),
  };
  hideValue(at, report);
  if (file.text[start] === "\t" || error.code === "TAB_AS_INDENT") {
    report.error({
      code: "yaml-tab",
      message: "YAML does not allow a tab as indentation",
      hint: "use spaces",
      at,
    });
  } else if (error.code === "MULTIPLE_DOCS") {
    const hint = "put the second document into its own file and include it";
    report.error({ code: "yaml-multiple-documents", message: "a file holds one document", hint, at });
  } else {
    report.error({ code: "yaml-syntax", message: describe(error), hint: hintFor(error), at });
  }
}

/** The parser notices at the end of the file, or where the next key begins. */
const isUnclosed = (error: YAMLError): boolean => /^Missing closing|end with a [\]}]/.test(error.message);

const CLOSING: Readonly<Record<string, string>> = { "[": "]", "{": "}", '"': '"', "'": "'" };

/** Where the innermost quote or bracket that is still open at `end` was opened. */
function openingBefore(end: number, document: Parsed, text: string): number | undefined {
  let found: number | undefined;
  visit(document, (_, node) => {
    const [start, after] = (isNode(node) ? node.range : undefined) ?? [end, end];
    const closing = CLOSING[text.charAt(start)];
    const isOpen = after - start < 2 || text.charAt(after - 1) !== closing;
    if (closing !== undefined && start < end && isOpen) found = Math.max(found ?? 0, start);
  });
  return found;
}

function reportUnclosed(start: number, file: TextFile, report: Report): void {
  const at: Span = { file, start, end: start + 1 };
  hideValue(at, report);
  const opening = file.text.charAt(start);
  const what = opening === "[" || opening === "{" ? "bracket" : "quote";
  const hint = `put ${CLOSING[opening] ?? opening} where the value ends`;
  report.error({ code: "yaml-syntax", message: `this ${what} is never closed`, hint, at });
}

/** The parser's messages may quote the text, which may be a secret: only those of a known form are passed on. */
function describe(error: YAMLError): string {
  const known: Readonly<Record<string, string>> = {
    TAG_RESOLVE_FAILED: "this YAML tag is not supported",
    UNEXPECTED_TOKEN: "this is not expected here",
    BAD_DQ_ESCAPE: "this escape sequence is not known",
    BAD_SCALAR_START: "a plain value cannot start with this character",
    MISSING_CHAR: "something is not closed, or a colon is missing",
    BAD_ALIAS: "an alias needs a name",
    BLOCK_AS_IMPLICIT_KEY: "a map cannot start in the middle of a line",
    MULTILINE_IMPLICIT_KEY: "a key must be on one line and be followed by a colon",
  };
  const sentence = known[error.code] ?? error.message.split("\n")[0] ?? "the YAML is malformed";
  return /["'`]/.test(sentence) && known[error.code] === undefined
    ? "the YAML is malformed"
    : sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function hintFor(error: YAMLError): string {
  if (error.code === "BAD_INDENT") return "check the indentation, and that every bracket is closed";
  if (error.code === "BAD_SCALAR_START") return "put the value in quotes";
  if (error.code === "BLOCK_AS_IMPLICIT_KEY")
    return "put a value with a colon in quotes, and check how far the next line is indented";
  if (error.code === "TAG_RESOLVE_FAILED") return "leave the tag out";
  return "check quotes, brackets, colons and the indentation around here";
}

/** In a broken file nothing says which value is a secret: excerpts of it show keys only. */
function hideValue(at: Span, report: Report): void {
  const line = at.file.line(at.start);
  const key = /^\s*(?:- +)*(?:[A-Za-z0-9_.-]+:(?:[ \t]+|$))?/.exec(line.text)?.[0] ?? "";
  report.hide({ file: at.file, start: line.start + key.length, end: line.start + line.text.length });
}
