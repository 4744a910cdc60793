/** Diagnostics as text for people and as JSON for programs. */
import { styleText } from "node:util";
import { characters } from "../lib/characters.ts";
import { escapeControls } from "../lib/escape-controls.ts";
import type { Diagnostic, Severity } from "../model/diagnostic.ts";

/** `error[code] file:line:column: message`, the source line with a caret under what is meant, and a hint. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: { readonly color: boolean },
): string {
  return diagnostics.map((diagnostic) => renderOne(diagnostic, options.color)).join("\n\n");
}

function renderOne(diagnostic: Diagnostic, color: boolean): string {
  const { severity, code, message, file, line, column, hint } = diagnostic;
  const tint = severity === "error" ? "red" : "yellow";
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const what = escapeControls(`${file}:${line}:${column}: ${message}`);
  const lines = [`${paint(tint, `${severity}[${code}]`)} ${what}`];
  if (diagnostic.excerpt !== undefined) {
    const gutter = String(line);
    // One character for one, so that the caret stays under its own.
    const excerpt = diagnostic.excerpt.replaceAll(/(?!\t)\p{Cc}|\p{Bidi_Control}/gu, "\uFFFD");
    lines.push(`  ${gutter} | ${excerpt}`);
    lines.push(`  ${" ".repeat(gutter.length)} | ${paint(tint, caretLine(diagnostic, excerpt))}`);
  }
  lines.push(`  hint: ${escapeControls(hint)}`);
  return lines.join("\n");
}

/** Tabs are kept, so that the caret stands under its character however wide a tab is shown. */
function caretLine(diagnostic: Diagnostic, excerpt: string): string {
  const before = characters(excerpt).slice(0, diagnostic.column - 1);
  const pad = before.map((character) => (character === "\t" ? "\t" : " ")).join("");
  const room = Math.max(1, characters(excerpt).length - before.length);
  return pad + "^".repeat(Math.max(1, Math.min(diagnostic.length, room)));
}

export const diagnosticsOf = (diagnostics: readonly Diagnostic[], severity: Severity): Diagnostic[] =>
  diagnostics.filter((diagnostic) => diagnostic.severity === severity);

/** The public JSON of `validate --format json`. */
export function diagnosticsJson(diagnostics: readonly Diagnostic[]): string {
  const rows = diagnostics.map(({ severity, code, message, file, line, column, hint }) => ({
    severity,
    code,
    message,
    file,
    line,
    column,
    hint,
  }));
  return `${JSON.stringify({ diagnostics: rows }, null, 2)}\n`;
}

/** One line: how much was checked and what came of it. */
export function summarise(
  diagnostics: readonly Diagnostic[],
  checked: { readonly integrations: number; readonly targets: number; readonly files: number | undefined },
): string {
  const errors = diagnosticsOf(diagnostics, "error").length;
  const warnings = diagnostics.length - errors;
  const found = [
    ...(errors > 0 ? [count(errors, "error")] : []),
    ...(warnings > 0 ? [count(warnings, "warning")] : []),
  ].join(", ");
  const files = checked.files === undefined ? "" : ` in ${count(checked.files, "file")}`;
  const what = `${count(checked.integrations, "integration")}, ${count(checked.targets, "target")}${files}`;
  return errors > 0 ? `${found} (${what})` : `valid: ${what}${found === "" ? "" : `; ${found}`}`;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
