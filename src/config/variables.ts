/** `--vars` files: lines of `NAME=value`. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Report } from "./report.ts";
import { createTextFile, shownPath } from "./text-file.ts";

export type Variables = Record<string, string | undefined>;

/** Empty lines and `#` comments are skipped; quotes around a value are taken off; `export ` may stand in front. */
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

function unquote(value: string): string {
  const match = /^(["'])(.*)\1$/s.exec(value);
  return match?.[2] ?? value;
}
