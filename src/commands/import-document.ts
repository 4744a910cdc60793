/**
 * The file that `import` writes: composed from what was found, read back as if it were written, and planned from. Whatever it cannot
 * say exactly is left out, until the rest validates and plans nothing.
 */
import { dirname, resolve } from "node:path";
import { composeConfig, nameVariables } from "../config/compose.ts";
import type { ComposedIntegration, Head, VariableNames } from "../config/compose.ts";
import type { Origins } from "../config/document.ts";
import { loadConfig } from "../config/load.ts";
import { createReport } from "../config/report.ts";
import { targetBlock } from "../config/target-block.ts";
import { readVariables } from "../config/variables.ts";
import { providerSpecs } from "../generated/kinds.ts";
import type { Config, IntegrationConfig } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import type { Observed } from "../model/plan.ts";
import type { Survey, TakeOverPlan } from "../reconcile/adoption.ts";
import type { Importable, Imported } from "../reconcile/import.ts";
import type { Session } from "../reconcile/session.ts";
import type { Io, Options } from "./contract.ts";
import { loadOptions } from "./load.ts";

export interface ImportPaths {
  readonly write: string | undefined;
  /** The variables file that gets what is imported. */
  readonly vars: string | undefined;
  /** The variables files that exist. */
  readonly readable: readonly string[];
}

export interface ImportRun {
  readonly io: Io;
  readonly options: Options;
  /** Of the target. */
  readonly name: string;
  readonly config: Config;
  readonly origins: Origins;
  readonly session: Session;
  readonly paths: ImportPaths;
}

export interface ImportFile extends Importable {
  readonly text: string;
  readonly variables: VariableNames;
  readonly plan: TakeOverPlan;
  /** Whether the file stands alone, or is one to include. */
  readonly whole: boolean;
}

/** Leaves out what cannot be said until the rest validates and plans nothing. */
export async function composeImport(run: ImportRun, survey: Survey): Promise<ImportFile> {
  const unsayable = new Map<Observed, string>();
  const file = await readVariables(run.paths.readable, run.io.cwd, createReport());
  for (;;) {
    const importable = run.session.importable(survey, unsayable);
    const trial = await tryOut(run, survey, importable, file);
    if (trial.refused.size === 0) {
      const whole = run.config.integrations.length === 0;
      const variables = nameVariables({ file, env: run.io.env });
      const yaml = composeConfig(
        importable.imported.map(composed(run)),
        headOf(run, variables, whole),
        variables,
      );
      return { ...importable, text: yaml, variables, plan: trial.plan, whole };
    }
    for (const one of importable.imported) {
      const why = trial.refused.get(one.key);
      if (why !== undefined) unsayable.set(one.object, why);
    }
  }
}

interface Trial {
  /** By key. */
  readonly refused: ReadonlyMap<string, string>;
  readonly plan: TakeOverPlan;
}

/** Reads the file as if it were written and the variables set, and plans from it. */
async function tryOut(
  run: ImportRun,
  survey: Survey,
  { imported }: Importable,
  file: Readonly<Record<string, string | undefined>>,
): Promise<Trial> {
  const { io, options, session } = run;
  const variables = nameVariables({ file, env: io.env });
  const yaml = composeConfig(imported.map(composed(run)), headOf(run, variables, true), variables);
  const path = resolve(folderOf(run), "(imported).yaml");
  const { config, diagnostics, origins } = await loadConfig({
    ...loadOptions(io, { ...options, overlay: [], strict: false }, "plan"),
    files: [path],
    vars: [],
    env: { ...io.env, ...file, ...Object.fromEntries(variables.values) },
    unwritten: new Map([[path, yaml]]),
  });
  const refused = new Map<string, string>();
  for (const { severity, line, code, message } of diagnostics) {
    if (severity !== "error") continue;
    const key = keyAt(origins, line);
    if (key === undefined) throw new AppError("config-invalid", `what was imported is not valid: ${message}`);
    if (!refused.has(key)) refused.set(key, `a file cannot say it: ${message} (${code})`);
  }
  const integrations = new Map((config?.integrations ?? []).map((one) => [one.key, one]));
  const claims = imported.flatMap(({ key, object }) => {
    const integration: IntegrationConfig | undefined = integrations.get(key);
    return integration === undefined ? [] : [{ integration, object }];
  });
  const { plan, refused: differing } = session.takeOver(survey, claims);
  for (const { key, why } of differing) refused.set(key, `a file cannot say it exactly: ${why}`);
  return { refused, plan };
}

/** The integration in whose block a line is. */
function keyAt({ integrations }: Origins, line: number): string | undefined {
  const starts = integrations.map(({ key, entry }) => ({
    key,
    line: entry.key.file.position(entry.key.start).line,
  }));
  return starts.findLast((start) => start.line <= line)?.key;
}

const composed =
  ({ name }: ImportRun) =>
  ({ key, kind, spec, untold }: Imported): ComposedIntegration => ({
    key,
    kind,
    target: name,
    spec,
    comments:
      untold.length === 0
        ? []
        : [`never given back, so add what it has before you change it: ${untold.join(", ")}`],
  });

const folderOf = ({ config, paths }: ImportRun): string => dirname(paths.write ?? config.file);

/** The target as it is declared, and the state where the file would not find it by itself. */
function headOf(run: ImportRun, variables: VariableNames, whole: boolean): Head {
  const { config, origins, name } = run;
  const target = origins.targets.get(name);
  if (!whole || target === undefined) return {};
  const folder = folderOf(run);
  const below = folder.startsWith(`${dirname(config.file)}/`);
  const finds = below || config.state === resolve(folder, ".bellhop", "state.json");
  return {
    ...(finds || mayHoldPassword(config.state) ? {} : { state: config.state }),
    targets: { [name]: targetBlock(target, providerSpecs, { folder, variables }) },
  };
}

const mayHoldPassword = (location: string): boolean => /^[a-z]+:\/\/.*[@?]/i.test(location);
