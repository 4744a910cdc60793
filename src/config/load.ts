/** YAML text → trusted Config. Bad input is never thrown: every mistake of every file comes back as a diagnostic. */
import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { kindSpecs, providerSpecs } from "../generated/kinds.ts";
import type { Config } from "../model/config.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { readConfig } from "./document.ts";
import type { Origins } from "./document.ts";
import { isOverlayOf, overlayPath, readLayer } from "./include.ts";
import type { Reader } from "./include.ts";
import type { LoadMode } from "./mode.ts";
import { mergeOver } from "./overlay.ts";
import type { ReadFile } from "./read.ts";
import { createReferences } from "./references.ts";
import { createReport } from "./report.ts";
import type { Report } from "./report.ts";
import { createTextFile, shownPath } from "./text-file.ts";
import type { MapNode } from "./tree.ts";
import { readVariables } from "./variables.ts";

export interface LoadOptions {
  /** Files or folders as given; `notifications.yaml` when empty. */
  readonly files: readonly string[];
  /** Names of overlays, in the order of merging. */
  readonly overlays: readonly string[];
  /** Files of `NAME=value` lines; they win over `env`. */
  readonly vars: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly mode: LoadMode;
  /** Every warning becomes an error. */
  readonly strict: boolean;
  /** What files hold that are not written yet, by absolute path. */
  readonly unwritten?: ReadonlyMap<string, string>;
}

export interface LoadResult {
  /** Absent when any diagnostic is an error. */
  readonly config?: Config;
  /** What could be made of it although it is wrong: good enough to look at what there is, never to change anything. */
  readonly partial?: Config;
  /** In the order of files, lines and columns. */
  readonly diagnostics: readonly Diagnostic[];
  /** What stands where, for `explain`; there also when the configuration has errors. */
  readonly origins: Origins;
  /** Every file that this was made of, absolute, whether it is there or not: overlays, `--vars` and `${file:…}` included. */
  readonly inputs: readonly string[];
}

export async function loadConfig(options: LoadOptions): Promise<LoadResult> {
  const report = createReport();
  const variables = await readVariables(options.vars, options.cwd, report);
  const references = createReferences({ ...options.env, ...variables }, options.mode, report);
  const { cwd, unwritten } = options;
  const reader: Reader = {
    cwd,
    report,
    references,
    read: new Map(),
    ...(unwritten === undefined ? {} : { unwritten }),
  };
  const roots = await findRoots(options, report);
  const root = await readMerged(roots, options.overlays, reader);
  const main = roots[0] ?? resolve(options.cwd, "notifications.yaml");
  const context = { report, references, mode: options.mode, globs: new Map() };
  const files = {
    main,
    all: [...reader.read.keys()],
    digest: digestOf(main, reader.read),
  };
  const { config, origins } = readConfig(root, files, {
    context,
    kinds: kindSpecs,
    providers: providerSpecs,
  });
  const diagnostics = report.finish(options.strict, files.all);
  const failed = diagnostics.some((diagnostic) => diagnostic.severity === "error");
  const inputs = inputsOf(options, roots, reader);
  const made = config === undefined ? {} : failed ? { partial: config } : { config };
  return { diagnostics, origins, inputs, ...made };
}

function inputsOf(options: LoadOptions, roots: readonly string[], reader: Reader): readonly string[] {
  const overlays = options.overlays.flatMap((overlay) => roots.map((root) => overlayPath(root, overlay)));
  const vars = options.vars.map((path) => resolve(options.cwd, path));
  return [...new Set([...roots, ...reader.read.keys(), ...overlays, ...vars, ...reader.references.files()])];
}

/** The files that `-f` names, the main one first; of a folder all its YAML files but overlays. */
export async function findRoots(
  options: Pick<LoadOptions, "files" | "cwd">,
  report: Report,
): Promise<string[]> {
  const roots: string[] = [];
  for (const given of options.files.length === 0 ? ["notifications.yaml"] : options.files) {
    const path = resolve(options.cwd, given);
    const isFolder = await stat(path).then(
      (info) => info.isDirectory(),
      () => false,
    );
    const found = isFolder ? await yamlFilesIn(path) : [path];
    if (found.length === 0) {
      const at = { file: createTextFile(path, shownPath(path, options.cwd), ""), start: 0, end: 0 };
      const message = "the folder has no .yaml or .yml file";
      report.error({
        code: "file-not-found",
        message,
        hint: "name another folder with -f, or run bellhop init",
        at,
      });
      report.markIncomplete();
    }
    roots.push(...found.filter((file) => !roots.includes(file)));
  }
  return roots;
}

async function yamlFilesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
  const paths = names.map((name) => join(folder, name));
  const bases = paths.filter((path) => !paths.some((other) => other !== path && isOverlayOf(path, other)));
  const isMain = (path: string): boolean => /[\\/]notifications\.ya?ml$/.test(path);
  return [...bases.filter(isMain), ...bases.filter((path) => !isMain(path))];
}

async function readMerged(
  roots: readonly string[],
  overlays: readonly string[],
  reader: Reader,
): Promise<MapNode | undefined> {
  let merged = await readLayer(roots, reader);
  for (const overlay of overlays) {
    const paths = roots.map((root) => overlayPath(root, overlay));
    const there = await existing(paths);
    if (there.length === 0) reportNoOverlay(paths[0] ?? "", reader);
    const layer = await readLayer(there, reader);
    if (merged !== undefined && layer !== undefined) merged = mergeOver(merged, layer);
  }
  return merged;
}

/** Names the one that would belong to the main file. */
function reportNoOverlay(path: string, { cwd, report }: Reader): void {
  const shown = shownPath(path, cwd);
  report.markIncomplete();
  report.error({
    code: "file-not-found",
    message: `${shown} does not exist`,
    hint: "write it, or name another overlay with --overlay",
    at: { file: createTextFile(path, shown, ""), start: 0, end: 0 },
  });
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const there: string[] = [];
  for (const path of paths) {
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (isThere) there.push(path);
  }
  return there;
}

/** Names count relative to the main file, so that a checkout elsewhere has the same digest. */
function digestOf(main: string, read: ReadonlyMap<string, ReadFile>): string {
  const hash = createHash("sha256");
  for (const [path, { bytes }] of read) {
    hash.update(`${relative(dirname(main), path)}\0${bytes.length}\0`);
    hash.update(bytes);
  }
  return hash.digest("hex");
}
