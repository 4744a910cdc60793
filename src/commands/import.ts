/**
 * Writes what a target has and no file declares as a configuration file, and takes it into the inventory. What is written is held
 * against the target before: whatever a file cannot say exactly is left out, and said to be.
 */
import { expectRecorded } from "../reconcile/apply.ts";
import { access, readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { openConfiguredSession } from "../app/session.ts";
import { shownPath } from "../config/text-file.ts";
import { variableLines } from "../config/variables.ts";
import { kindSpecs } from "../generated/kinds.ts";
import { isErrno, writeFileAtomic } from "../lib/atomic-file.ts";
import type { Config } from "../model/config.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { list, text } from "./contract.ts";
import type { CommandSpec, Io, Options } from "./contract.ts";
import { composeImport } from "./import-document.ts";
import type { ImportFile, ImportPaths, ImportRun } from "./import-document.ts";
import { tellImported } from "./import-report.ts";
import { loadWithOrigins } from "./load.ts";
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
      const run: ImportRun = { io, options: given, name, config, origins, session, paths };
      return await session.underLock(lockOptions(io, options, "import"), async () => {
        const found = await composeImport(run, await session.survey(name, kindsOf(config, name)));
        await write(run, found);
        const { results } = expectRecorded(await session.apply(found.plan));
        tellImported(io, { ...found, results, target: name, written: paths.write, varsFile: paths.vars });
        return results.every(({ status }) => status === "applied") ? ExitCode.ok : ExitCode.partial;
      });
    } finally {
      await session.close();
    }
  },
};

async function findPaths(io: Io, options: Options): Promise<ImportPaths> {
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

/** The variables first: a file whose secrets are lost is worth less than secrets without a file. */
async function write({ io, paths }: ImportRun, { text: yaml, variables }: ImportFile): Promise<void> {
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
