/** Which files a project cannot do without, so that no output is written over one. */
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Config } from "../model/config.ts";
import { AppError, ExitCode } from "../model/errors.ts";

const LOCK = [".lock", ".lock.break"];
const STATE = ["", ".previous", ".journal", ".damaged", ...LOCK];
const STORE = ["", ...LOCK];
const DATABASE = ["", "-wal", "-shm", "-journal", ".text", ".text-wal", ".text-shm", ".text-journal"];

/**
 * Throws AppError `usage` where `option` names a file of the project, whether it is there yet or not: what the configuration was
 * read from, state, stores and database with the files beside them, and daemon.json. `file` and `vars` (the files of --vars) are absolute.
 */
export async function refuseProjectFile(
  config: Config,
  file: string,
  { option, vars }: { readonly option: string; readonly vars: readonly string[] },
): Promise<void> {
  const files = [...vars, ...projectFiles(config)];
  const real = await realName(file);
  if (!files.includes(file) && !(await Promise.all(files.map(realName))).includes(real)) return;
  throw new AppError("usage", `${option} would overwrite a file of the project`, {
    hint: "name another file",
    exitCode: ExitCode.usage,
  });
}

function projectFiles({ files, state, daemon, dataDir, targets }: Config): readonly string[] {
  const beside = (file: string, suffixes: readonly string[]): readonly string[] =>
    suffixes.map((suffix) => `${file}${suffix}`);
  const stores = [...targets.values()].flatMap(({ store }) => store ?? []);
  return [
    ...files,
    join(dataDir, "daemon.json"),
    ...beside(state, STATE),
    ...beside(daemon.database, DATABASE),
    ...stores.flatMap((store) => beside(store, STORE)),
  ];
}

/** Without symbolic links, as far as it is there. */
async function realName(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    const folder = dirname(file);
    return folder === file ? file : join(await realName(folder), basename(file));
  }
}
