/**
 * Writes what a target has and no file declares as a configuration file, and takes it into the inventory. What is written is held
 * against the target before: whatever a file cannot say exactly is left out, and said to be.
 */
import { access, readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { openConfiguredSession } from "../app/session.ts";
import { composeConfig, nameVariables } from "../config/compose.ts";
import type { ComposedIntegration, Head, VariableNames } from "../config/compose.ts";
import type { Origins } from "../config/document.ts";
import { loadConfig } from "../config/load.ts";
import { createReport } from "../config/report.ts";
import { targetBlock } from "../config/target-block.ts";
import { shownPath } from "../config/text-file.ts";
import { readVariables, variableLines } from "../config/variables.ts";
import { kindSpecs, providerSpecs } from "../generated/kinds.ts";
import { isErrno, writeFileAtomic } from "../lib/atomic-file.ts";
import type { Config, IntegrationConfig } from "../model/config.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { Observed } from "../model/plan.ts";
import type { Survey, TakeOverPlan } from "../reconcile/adoption.ts";
import type { Importable, Imported } from "../reconcile/import.ts";
import type { Session } from "../reconcile/session.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { list, text } from "./contract.ts";
import type { CommandSpec, Io, Options } from "./contract.ts";
import { tellImported } from "./import-report.ts";
import { loadOptions, loadWithOrigins } from "./load.ts";
import { LOCK_OPTION, lockOptions } from "./lock-options.ts";
import { noticesTo } from "./notices.ts";

export const command: CommandSpec = {
  name: "import",
  summary: "write what a target has already as a configuration file",
  arguments: [{ name: "<target>", description: "name of the target" }],
  options: [
    ...CONFIG_OPTIONS.filter(({ flags }) => !flags.startsWith("--vars")),
    { flags: "--write <file>", description: "file to write, which must not exist (default: stdout)" },
    {
      flags: "--vars <file>",
      description: "variables file: read where it exists; the last one named gets the secrets (mode 0600)",
      repeat: true,
    },
    LOCK_OPTION,
  ],
  examples: [
    {
      command: "bellhop import nf --write imported.yaml --vars secrets.env",
      does: "writes everything at nf that is not managed yet, and its webhook URLs into secrets.env",
    },
  ],
  run: async (io, [name = ""], options) => {
    const paths = await findPaths(io, options);
    const given = { ...options, vars: paths.readable };
    const { config, origins } = await loadWithOrigins(io, given, "plan");
    const session = openConfiguredSession(config, io.cwd, noticesTo(io));
    try {
      const run: Run = { io, options: given, name, config, origins, session, paths };
      return await session.underLock(lockOptions(options, "import"), async () => {
        const found = await settle(run, await session.survey(name, kindsOf(config, name)));
        await write(run, found);
        const { results } = await session.apply(found.plan);
        tellImported(io, { ...found, results, target: name, written: paths.write, varsFile: paths.vars });
        return results.every(({ status }) => status === "applied") ? ExitCode.ok : ExitCode.partial;
      });
    } finally {
      await session.close();
    }
  },
};

interface Paths {
  readonly write: string | undefined;
  /** The variables file that gets what is imported. */
  readonly vars: string | undefined;
  /** The variables files that exist. */
  readonly readable: readonly string[];
}

interface Run {
  readonly io: Io;
  readonly options: Options;
  readonly name: string;
  readonly config: Config;
  readonly origins: Origins;
  readonly session: Session;
  readonly paths: Paths;
}

interface Found extends Importable {
  readonly text: string;
  readonly variables: VariableNames;
  readonly plan: TakeOverPlan;
  /** Whether the file stands alone, or is one to include. */
  readonly whole: boolean;
}

async function findPaths(io: Io, options: Options): Promise<Paths> {
  const written = text(options, "write");
  const write = written === undefined ? undefined : resolve(io.cwd, written);
  if (write !== undefined && (await exists(write))) throw isThere(write, io);
  const named = list(options, "vars").map((file) => resolve(io.cwd, file));
  const readable: string[] = [];
  for (const file of named) if (await exists(file)) readable.push(file);
  return { write, vars: named.at(-1), readable };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const isThere = (path: string, io: Io): AppError =>
  new AppError("file-exists", `${shownPath(path, io.cwd)} is there already`, { hint: "name another file" });

const kindsOf = (config: Config, target: string): readonly string[] =>
  kindSpecs
    .filter(({ provider }) => provider === config.targets.get(target)?.provider)
    .map(({ kind }) => kind);

/** Leaves out what cannot be said until the rest validates and plans nothing. */
async function settle(run: Run, survey: Survey): Promise<Found> {
  const unsayable = new Map<Observed, string>();
  const file = (await readVariables(run.paths.readable, run.io.cwd, createReport())) ?? {};
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
  run: Run,
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
  ({ name }: Run) =>
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

const folderOf = ({ config, paths }: Run): string => dirname(paths.write ?? config.file);

/** The target as it is declared, and the state where the file would not find it by itself. */
function headOf(run: Run, variables: VariableNames, whole: boolean): Head {
  const { config, origins, name } = run;
  const target = origins.targets.get(name);
  if (!whole || target === undefined) return {};
  const folder = folderOf(run);
  const below = folder.startsWith(`${dirname(config.file)}/`);
  const finds = below || config.state === resolve(folder, ".bellhop", "state.json");
  return {
    ...(finds || /^[a-z]+:\/\//.test(config.state) ? {} : { state: config.state }),
    targets: { [name]: targetBlock(target, providerSpecs, { folder, variables }) },
  };
}

/** The variables first: a file whose secrets are lost is worth less than secrets without a file. */
async function write({ io, paths }: Run, { text: yaml, variables }: Found): Promise<void> {
  if (paths.vars !== undefined && (variables.values.size > 0 || !paths.readable.includes(paths.vars))) {
    const before = paths.readable.includes(paths.vars) ? await readFile(paths.vars, "utf8") : "";
    const gap = before === "" || before.endsWith("\n") ? "" : "\n";
    await writeFileAtomic(paths.vars, `${before}${gap}${variableLines(variables.values)}`, 0o600);
  }
  if (paths.write === undefined) return io.out(yaml);
  await writeFile(paths.write, yaml, { flag: "wx" }).catch((error: unknown) => {
    throw isErrno(error, "EEXIST") && paths.write !== undefined
      ? isThere(paths.write, io)
      : new AppError(
          "output-failed",
          `the file cannot be written: ${error instanceof Error ? error.message : String(error)}`,
          {
            hint: "check the path given with --write",
          },
        );
  });
}
