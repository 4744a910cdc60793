/** `${env:NAME}`, `${env:NAME:-default}` and `${file:path}` in texts; `$${` stands for `${`. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Unresolved } from "../model/value.ts";
import type { LoadMode } from "./mode.ts";
import type { Report } from "./report.ts";
import type { ScalarNode } from "./tree.ts";

export interface Use {
  /** Whether the field bears a secret. */
  readonly secret?: boolean;
  /** Whether a plan cannot be made without the value: then a missing one is an error there too. */
  readonly needed?: boolean;
}

export interface References {
  /** The text with everything filled in, or Unresolved when something is missing; that has been reported. */
  readonly resolve: (node: ScalarNode, text: string, use?: Use) => string | Unresolved;
  /** Every file that `${file:…}` has named so far, absolute, whether it is there or not. */
  readonly files: () => readonly string[];
}

type Piece =
  | { readonly text: string }
  | {
      readonly code: "missing-variable" | "missing-file-value" | "bad-reference";
      readonly message: string;
      readonly hint: string;
    };

const PATTERN = /\$\$\{|\$\{([^{}]*)(\}?)/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function createReferences(
  env: Readonly<Record<string, string | undefined>>,
  mode: LoadMode,
  report: Report,
): References {
  const files = new Map<string, string | undefined>();
  const strict = mode === "apply" || mode === "daemon";

  const fill = (inner: string, closed: boolean, node: ScalarNode): Piece => {
    const [, scheme, rest] = /^(env|file):(.*)$/s.exec(inner) ?? [];
    if (!closed || scheme === undefined || rest === undefined) return notUnderstood(inner, closed);
    if (scheme === "file") return fileValue(rest, resolve(dirname(node.file.path), rest), files);
    const [name, fallback] = splitDefault(rest);
    if (!NAME.test(name)) return badName();
    const value = env[name];
    if (value !== undefined && (value !== "" || fallback === undefined)) return { text: value };
    if (fallback !== undefined) return { text: fallback };
    return {
      code: "missing-variable",
      message: `the variable ${name} is not set`,
      hint: `set ${name} in the environment or in a file given with --vars`,
    };
  };

  return {
    files: () => [...files.keys()],
    resolve: (node, text, use = {}) => {
      if (!text.includes("${")) return text;
      let missing: string | undefined;
      const filled = text.replaceAll(
        PATTERN,
        (whole, inner: string | undefined, closing: string | undefined) => {
          if (whole === "$${") return "${";
          const piece = fill(inner ?? "", closing === "}", node);
          if ("text" in piece) return piece.text;
          missing ??= piece.code === "bad-reference" ? "${…}" : whole;
          const finding = { ...piece, at: node };
          if (strict || (use.needed === true && mode === "plan") || piece.code === "bad-reference")
            report.error(finding);
          else report.warn(finding);
          return "";
        },
      );
      return missing === undefined ? filled : new Unresolved(missing, use.secret === true);
    },
  };
}

/** Whether a text shows nothing but where its value comes from. */
export const isOnlyReferences = (text: string): boolean =>
  text.replaceAll(/\$\{(?:env:[A-Za-z0-9_]+|file:[^{}]*)\}/g, "").trim() === "";

/** Whether a text is one reference and nothing else, so that its value may be a number or boolean. */
export const isWholeReference = (text: string): boolean => /^\$\{[^{}]*\}$/.test(text);

function splitDefault(text: string): [name: string, fallback: string | undefined] {
  const at = text.indexOf(":-");
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 2)];
}

function notUnderstood(inner: string, closed: boolean): Piece {
  const scheme = /^[a-z]{1,10}(?=:)/.exec(inner)?.[0];
  const message = !closed
    ? "a reference that starts with ${ is not closed"
    : scheme === undefined
      ? "a reference says where its value comes from: ${env:NAME} or ${file:path}"
      : `\${${scheme}:…} is not a known reference`;
  return {
    code: "bad-reference",
    message,
    hint: "write ${env:NAME}, ${env:NAME:-default} or ${file:path}; a literal ${ is written $${",
  };
}

const badName = (): Piece => ({
  code: "bad-reference",
  message: "a variable's name has letters, digits and underscores, and starts with a letter or an underscore",
  hint: "write ${env:NAME} or ${env:NAME:-default}",
});

/** A file's text without its last line break. */
function fileValue(shown: string, path: string, files: Map<string, string | undefined>): Piece {
  if (!files.has(path)) files.set(path, readText(path));
  const text = files.get(path);
  if (text !== undefined) return { text };
  return {
    code: "missing-file-value",
    message: `the file ${shown} cannot be read`,
    hint: "create it; a relative path starts from the file that names it",
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch {
    return undefined;
  }
}
