/** A file with everything it includes, as one layer: targets and integrations of all of them in one map each. */
import { basename, dirname, extname, resolve } from "node:path";
import { globFiles } from "../lib/glob-files.ts";
import { isGlob } from "../lib/glob.ts";
import { Unresolved } from "../model/value.ts";
import { readYamlFile, readYamlText } from "./read.ts";
import type { ReadFile } from "./read.ts";
import type { References } from "./references.ts";
import type { Report } from "./report.ts";
import { isSameTarget } from "./same-target.ts";
import { isNull, makeMap, typeName } from "./tree.ts";
import type { Entry, MapNode, Node, ScalarNode, Span } from "./tree.ts";
import { reportUnknownKey } from "./unknown-key.ts";

export interface Reader {
  readonly cwd: string;
  readonly report: Report;
  readonly references: References;
  /** Every file read so far by its absolute path, in the order of reading. */
  readonly read: Map<string, ReadFile>;
  /** What files hold that are not written yet, by absolute path. */
  readonly unwritten?: ReadonlyMap<string, string>;
}

/** Maps whose entries may be spread over files. */
const SPREAD = ["targets", "integrations"] as const;
export const MAIN_KEYS = ["version", "include", "targets", "integrations", "state", "daemon"];
const INCLUDED_KEYS = ["version", "include", ...SPREAD];

/** The layer of several files that stand on the same level. Undefined when none of them could be read. */
export async function readLayer(paths: readonly string[], reader: Reader): Promise<MapNode | undefined> {
  const parts: Part[] = [];
  for (const path of paths) await collect(path, undefined, [], paths, reader, parts);
  return join(parts, reader);
}

interface Part {
  readonly root: MapNode;
  readonly main: boolean;
}

async function collect(
  path: string,
  from: Span | undefined,
  open: readonly string[],
  roots: readonly string[],
  reader: Reader,
  parts: Part[],
): Promise<void> {
  const { report } = reader;
  if (open.includes(path)) {
    const message = "this file is including itself, directly or through others";
    const hint = `files in the circle: ${[...open.slice(open.indexOf(path)), path].map((file) => basename(file)).join(" → ")}`;
    if (from !== undefined) report.error({ code: "include-cycle", message, hint, at: from });
    return;
  }
  if (reader.read.has(path)) return;
  const given = reader.unwritten?.get(path);
  const file =
    given === undefined
      ? await readYamlFile(path, reader.cwd, from, report)
      : readYamlText(path, reader.cwd, given, report);
  if (file === undefined) return;
  reader.read.set(path, file);
  const { root } = file;
  if (root === undefined) return;
  if (root.type !== "map") {
    // Somebody may have named a file of secrets.
    report.hide(root);
    const message = `a configuration file is a map of ${MAIN_KEYS.join(", ")}, not ${typeName(root)}`;
    report.error({ code: "wrong-type", message, hint: "start with `version: 1`", at: root });
    report.markIncomplete();
    return;
  }
  const main = from === undefined;
  checkTopKeys(root, main ? MAIN_KEYS : INCLUDED_KEYS, report);
  parts.push({ root, main });
  const include = root.entries.get("include");
  if (include === undefined) return;
  for (const { at, pattern } of patterns(include.value, reader)) {
    for (const found of await matching(pattern, at, path, roots, reader)) {
      await collect(found, at, [...open, path], roots, reader, parts);
    }
  }
}

function checkTopKeys(root: MapNode, allowed: readonly string[], report: Report): void {
  for (const [name, entry] of root.entries) {
    if (allowed.includes(name) || name.startsWith("x-")) continue;
    if (MAIN_KEYS.includes(name)) {
      const message = `"${name}" belongs in the main file`;
      const hint = "move it to the file that includes this one";
      report.error({ code: "unknown-key", message, hint, at: entry.key });
    } else {
      reportUnknownKey(name, entry, "the file", allowed, report);
    }
    // What it should have held is not known now.
    report.markIncomplete();
  }
}

interface IncludePattern {
  readonly at: ScalarNode;
  readonly pattern: string;
}

function patterns(include: Node, reader: Reader): IncludePattern[] {
  const found: IncludePattern[] = [];
  for (const item of include.type === "list" ? include.items : [include]) {
    if (item.type === "scalar" && (item.broken === true || (item === include && isNull(item)))) continue;
    if (item.type !== "scalar" || typeof item.value !== "string") {
      const message = `include takes paths and globs, not ${typeName(item)}`;
      reader.report.error({
        code: "wrong-type",
        message,
        hint: "write include: [integrations/*.yaml]",
        at: item,
      });
      reader.report.markIncomplete();
      continue;
    }
    const pattern = reader.references.resolve(item, item.value);
    if (pattern instanceof Unresolved) reader.report.markIncomplete();
    else found.push({ at: item, pattern });
  }
  return found;
}

async function matching(
  pattern: string,
  at: ScalarNode,
  path: string,
  roots: readonly string[],
  reader: Reader,
): Promise<string[]> {
  const base = dirname(path);
  if (!isGlob(pattern)) {
    const file = resolve(base, pattern);
    if (file === path || (await globFiles(file, base)).length > 0) return [file];
  } else {
    // A glob over the file's own folder finds that file and its overlays too; they are not meant.
    const found = await globFiles(pattern, base);
    const rest = found.filter((file) => file !== path && !roots.some((root) => isOverlayOf(file, root)));
    if (rest.length > 0) return rest;
  }
  reader.report.markIncomplete();
  const message = isGlob(pattern) ? `no file matches ${pattern}` : `there is no file ${pattern}`;
  const hint = "a path starts from the folder of the file that includes it; for a folder write folder/*.yaml";
  reader.report.error({ code: "include-not-found", message, hint, at });
  return [];
}

/** `notifications.prod.yaml` is an overlay of `notifications.yaml`. */
export function isOverlayOf(file: string, root: string): boolean {
  if (dirname(file) !== dirname(root)) return false;
  const ending = extname(root);
  const stem = `${basename(root, ending)}.`;
  const name = basename(file);
  return name.startsWith(stem) && name.endsWith(ending) && name.length > stem.length + ending.length;
}

export function overlayPath(root: string, overlay: string): string {
  const ending = extname(root);
  return resolve(dirname(root), `${basename(root, ending)}.${overlay}${ending}`);
}

function join(parts: readonly Part[], { report, references }: Reader): MapNode | undefined {
  const first = parts[0];
  if (first === undefined) return undefined;
  const all = new Map<string, Entry>();
  for (const { root, main } of parts) {
    for (const [name, entry] of root.entries) {
      const known = all.get(name);
      if (SPREAD.some((spread) => spread === name)) {
        if (known === undefined || known.value.type !== "map") all.set(name, entry);
        else if (entry.value.type === "map")
          all.set(name, {
            key: known.key,
            value: unite(
              known.value,
              entry.value,
              report,
              (one, other) => name === "targets" && isSameTarget(one, other, references),
            ),
          });
        else if (!isNull(entry.value)) all.set(name, entry);
      } else if (!main || name === "include" || (name === "version" && known !== undefined)) {
        continue;
      } else if (known !== undefined && !name.startsWith("x-")) {
        reportTwice(name, known, entry, report);
      } else {
        all.set(name, entry);
      }
    }
  }
  return makeMap(first.root, all);
}

function unite(
  first: MapNode,
  second: MapNode,
  report: Report,
  isSame: (one: Node, other: Node) => boolean,
): MapNode {
  const all = new Map(first.entries);
  for (const [name, entry] of second.entries) {
    const known = all.get(name);
    if (known === undefined) all.set(name, entry);
    else if (!isSame(known.value, entry.value)) reportTwice(name, known, entry, report);
  }
  return makeMap(first, all);
}

function reportTwice(name: string, first: Entry, second: Entry, report: Report): void {
  const { file, line } = first.key.file.position(first.key.start);
  const message = `"${name}" already stands in ${file}:${line}`;
  report.error({ code: "duplicate-key", message, hint: "rename or remove one of the two", at: second.key });
}
