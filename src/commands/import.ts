/** Writes what a target has already as a configuration file, and takes it into the inventory. */
import { access, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { openConfiguredSession } from "../app/session.ts";
import { composeConfig, composeVariables, findTarget } from "../config/compose.ts";
import { shownPath } from "../config/text-file.ts";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import type { Config } from "../model/config.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { Json } from "../model/value.ts";
import type { Importable } from "../reconcile/import.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { text } from "./contract.ts";
import type { CommandSpec, Io } from "./contract.ts";
import { loadForCommand } from "./load.ts";
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
      description:
        "variables file: read for the credentials where it exists, and the imported secrets are added to it",
    },
  ],
  examples: [
    {
      command: "bellhop import nf --write imported.yaml --vars secrets.env",
      does: "writes everything at nf that is not managed yet, and its webhook URLs into secrets.env",
    },
  ],
  run: async (io, [name = ""], options) => {
    const varsPath = pathOf(io, text(options, "vars"));
    const written = pathOf(io, text(options, "write"));
    if (written !== undefined && (await exists(written))) {
      throw new AppError("file-exists", `${shownPath(written, io.cwd)} is there already`, {
        hint: "name another file",
      });
    }
    const readable = varsPath !== undefined && (await exists(varsPath));
    const config = await loadForCommand(io, { ...options, vars: readable ? [varsPath] : [] }, "plan");
    const session = openConfiguredSession(config, io.cwd, noticesTo(io));
    try {
      const found = await session.importable(name);
      const { text: yaml, variables } = composeConfig(
        found.imported.map((one) => ({ ...one, target: name, comments: one.notes })),
        config.integrations.length === 0 ? await targetsOf(config, name) : undefined,
      );
      if (varsPath !== undefined) {
        const before = readable ? await readFile(varsPath, "utf8") : "";
        await writeFileAtomic(
          varsPath,
          `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${composeVariables(variables)}`,
        );
      }
      if (written === undefined) io.out(yaml);
      else await writeFileAtomic(written, yaml, 0o644);
      await session.record(name, found.imported);
      tell(io, name, found, [...(varsPath === undefined ? variables.keys() : [])]);
      return ExitCode.ok;
    } finally {
      await session.close();
    }
  },
};

const pathOf = (io: Io, path: string | undefined): string | undefined =>
  path === undefined ? undefined : resolve(io.cwd, path);

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The target as the file has it, so that what is written stands alone. */
async function targetsOf(config: Config, name: string): Promise<{ [name: string]: Json }> {
  const texts = await Promise.all(config.files.map((file) => readFile(file, "utf8")));
  const target = findTarget(texts, name);
  return target === undefined ? {} : { [name]: target };
}

function tell(io: Io, name: string, { imported, left }: Importable, unset: readonly string[]): void {
  for (const { kind, remoteId, why } of left) io.err(`left ${kind} ${remoteId}: ${why}\n`);
  if (imported.length === 0) {
    io.err(`nothing to import: ${name} has nothing that is not managed already\n`);
  } else {
    io.err(`imported ${imported.length} from ${name}; what was imported is in the inventory now\n`);
    io.err("include the file before the next apply: what is in the inventory and in no file is deleted\n");
  }
  if (unset.length > 0) io.err(`set these variables, or import with --vars FILE: ${unset.join(", ")}\n`);
}
