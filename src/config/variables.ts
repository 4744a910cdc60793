/** `--vars` files: lines of `NAME=value`. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Report } from "./report.ts";
import { createTextFile, shownPath } from "./text-file.ts";

export type Variables = Record<string, string | undefined>;

/**
 * Empty lines and `#` comments are skipped; quotes around a value are taken off; `export ` may stand in front. `$'…'` holds, as in a
 * shell, a value with line breaks and the like as `\n` and `\uXXXX`.
 */
export async function readVariables(
  paths: readonly string[],
  cwd: string,
  report: Report,
): Promise<Variables> {
  const variables: Variables = {};
  for (const path of paths) {
    const absolute = resolve(cwd, path);
    const shown = shownPath(absolute, cwd);
    const raw = await readFile(absolute, "utf8").catch(() => undefined);
    if (raw === undefined) {
      const at = { file: createTextFile(absolute, shown, ""), start: 0, end: 0 };
      report.error({
        code: "file-not-found",
        message: `${shown} cannot be read`,
        hint: "name an existing file with --vars",
        at,
      });
      continue;
    }
    const file = createTextFile(absolute, shown, raw);
    report.hide({ file, start: 0, end: file.text.length });
    let start = 0;
    for (const line of file.text.split("\n")) {
      const at = { file, start, end: start + line.length };
      start += line.length + 1;
      if (/^\s*(?:#|$)/.test(line)) continue;
      const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (name === undefined || value === undefined) {
        report.error({
          code: "bad-variables-file",
          message: "this line is not NAME=value",
          hint: "write one NAME=value per line; # starts a comment",
          at,
        });
        continue;
      }
      variables[name] = unquote(value);
    }
  }
  return variables;
}

/** Lines that `readVariables` reads as the same values, and a shell too. */
export function variableLines(values: ReadonlyMap<string, string>): string {
  return [...values].map(([name, value]) => `${name}=${quote(value)}\n`).join("");
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const NEEDS_ESCAPES = /['\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ud800-\udfff]/;

function quote(value: string): string {
  if (/^[A-Za-z0-9_.,:/@%+=-]*$/.test(value)) return value;
  if (!NEEDS_ESCAPES.test(value)) return `'${value}'`;
  // Everything beyond ASCII by its code: neither an editor nor a line reader can break it.
  const escaped = value.replaceAll(/[^ -~]|['\\]/g, (character) =>
    character === "'" || character === "\\"
      ? `\\${character}`
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `$'${escaped}'`;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function unquote(value: string): string {
  const escaped = /^\$'(.*)'$/s.exec(value)?.[1];
  if (escaped !== undefined) {
    return escaped.replaceAll(
      /\\(?:u([0-9a-fA-F]{4})|(.))/g,
      (_, code: string | undefined, character: string) =>
        code === undefined
          ? (ESCAPES[character] ?? character)
          : String.fromCharCode(Number.parseInt(code, 16)),
    );
  }
  const match = /^(["'])(.*)\1$/s.exec(value);
  return match?.[2] ?? value;
}
