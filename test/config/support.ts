/** Writes configuration files into a temporary folder and loads them. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import type { LoadOptions, LoadResult } from "../../src/config/load.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";

/** Contents by path; the folder is removed after the test. */
export async function writeFiles(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "bellhop-config-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** A single text is `notifications.yaml`. */
export async function load(
  files: string | Readonly<Record<string, string | Uint8Array>>,
  options: Partial<LoadOptions> = {},
): Promise<LoadResult & { readonly cwd: string }> {
  const cwd = await writeFiles(typeof files === "string" ? { "notifications.yaml": files } : files);
  const usual = { files: [], overlays: [], vars: [], env: {}, mode: "validate", strict: false } as const;
  return { cwd, ...(await loadConfig({ ...usual, cwd, ...options })) };
}

/** `line:column code`, with the file in front where it is not the main one, `~` for a warning. */
export function brief(diagnostic: Diagnostic): string {
  const file = diagnostic.file === "notifications.yaml" ? "" : `${diagnostic.file}:`;
  const severity = diagnostic.severity === "warning" ? "~" : "";
  return `${file}${diagnostic.line}:${diagnostic.column} ${severity}${diagnostic.code}`;
}
