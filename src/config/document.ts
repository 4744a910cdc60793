/** The whole file as a tree → Config. */
import { dirname, resolve } from "node:path";
import type { Config, IntegrationConfig, TargetConfig } from "../model/config.ts";
import { OPERATOR_TYPES } from "../model/event.ts";
import type { KindSpec, ProviderSpec } from "../model/field.ts";
import { checkTogether } from "./checks.ts";
import { readDaemon } from "./daemon.ts";
import { knownNames } from "./events.ts";
import { MAIN_KEYS } from "./include.ts";
import { readIntegrations } from "./integrations.ts";
import type { ReadIntegration, Surroundings } from "./integrations.ts";
import { createValidator } from "./schema.ts";
import { isMisspelt, missing, readKnownPlace, topKey } from "./shape.ts";
import type { Context } from "./shape.ts";
import { readTargets } from "./targets.ts";
import type { ReadTarget } from "./targets.ts";
import { child } from "./tree.ts";
import type { MapNode } from "./tree.ts";

export interface ConfigFiles {
  readonly main: string;
  readonly all: readonly string[];
  readonly digest: string;
}

export interface Origins {
  readonly integrations: readonly ReadIntegration[];
  readonly targets: ReadonlyMap<string, ReadTarget>;
}

export interface Documented {
  readonly context: Context;
  readonly kinds: readonly KindSpec[];
  readonly providers: readonly ProviderSpec[];
}

/** `config` is absent when something decisive is missing; what and why has been reported. */
export function readConfig(
  root: MapNode | undefined,
  files: ConfigFiles,
  documented: Documented,
): { readonly config?: Config; readonly origins: Origins } {
  if (root === undefined) return { origins: { integrations: [], targets: new Map() } };
  const { context, kinds, providers } = documented;
  const dataDir = resolve(dirname(files.main), ".bellhop");
  // When the main file itself could not be read, its version may well stand there.
  if (root.file.path === files.main) checkVersion(root, context);
  const targets = readTargets(child(root, "targets"), providers, context);
  const daemon = readDaemon(child(root, "daemon"), dataDir, context);
  const around: Surroundings = {
    context,
    kinds: new Map(kinds.map((kind) => [kind.kind, kind])),
    targets,
    validate: createValidator(),
    knownEvents: collectEvents(kinds),
    allow: daemon.egress.allow,
  };
  const integrations = readIntegrations(child(root, "integrations"), around);
  checkTogether(integrations, context.report);
  const usable = new Map<string, TargetConfig>();
  for (const [name, target] of targets) if (target.config !== undefined) usable.set(name, target.config);
  const config: Config = {
    file: files.main,
    dataDir,
    files: files.all,
    targets: usable,
    integrations: integrations
      .map((it) => it.config)
      .filter((it): it is IntegrationConfig => it !== undefined),
    state: readState(root, dataDir, context),
    daemon,
    digest: files.digest,
  };
  return { config, origins: { integrations, targets } };
}

function checkVersion(root: MapNode, context: Context): void {
  const node = child(root, "version");
  if (node === undefined) {
    // In a file that could not be read it may well stand.
    if (!context.report.incomplete())
      if (!isMisspelt("version", root.entries, MAIN_KEYS))
        missing(context, topKey(root), "version", "start the file with version: 1");
    return;
  }
  if (node.type === "scalar" && (node.value === 1 || node.broken === true)) return;
  const message = "this bellhop reads version 1 of the format";
  context.report.error({ code: "bad-version", message, hint: "write version: 1", at: node });
}

/** A path starts from the file that it is written in; a URL is kept. */
function readState(root: MapNode, dataDir: string, context: Context): string {
  const usual = resolve(dataDir, "state.json");
  const node = child(root, "state");
  if (node === undefined) return usual;
  const text = readKnownPlace(context, node, "state");
  if (text === undefined) return usual;
  if (!/^(?:https?|postgres(?:ql)?):\/\//.test(text)) return resolve(dirname(node.file.path), text);
  context.report.hide(node);
  return text;
}

/** As documented, and without the first word that some platforms leave out in what they send. */
function collectEvents(kinds: readonly KindSpec[]): ReadonlySet<string> {
  const names = kinds.flatMap((kind) =>
    Object.values(kind.fields)
      .filter((field) => field.events === true)
      .flatMap((field) => field.enum ?? knownNames(field)),
  );
  return new Set([...names, ...names.map((name) => name.replace(/^trigger:/, "")), ...OPERATOR_TYPES]);
}
