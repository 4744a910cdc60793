/** Which files a configuration consists of, whatever is wrong in them. */
import { dirname } from "node:path";
import { globFiles } from "../lib/glob-files.ts";
import { isOverlayOf, readLayer } from "./include.ts";
import type { Reader } from "./include.ts";
import { findRoots } from "./load.ts";
import type { LoadOptions } from "./load.ts";
import { createReferences } from "./references.ts";
import type { Report } from "./report.ts";

/** Absolute paths of the files that `-f` names, what they include, and their overlays. What could not be found is reported. */
export async function configFiles(
  options: Pick<LoadOptions, "files" | "cwd" | "env">,
  report: Report,
): Promise<string[]> {
  const references = createReferences(options.env, "validate", report);
  const reader: Reader = { cwd: options.cwd, report, references, read: new Map() };
  const roots = await findRoots(options, report);
  await readLayer(roots, reader);
  const overlays: string[] = [];
  for (const root of roots) {
    const beside = await globFiles("*", dirname(root));
    overlays.push(...beside.filter((file) => isOverlayOf(file, root)));
  }
  return [...new Set([...reader.read.keys(), ...overlays])];
}
