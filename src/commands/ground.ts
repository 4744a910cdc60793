/**
 * What data commands go by. When the configuration cannot be loaded it is what a running daemon has, and without one what lies in the data
 * folder: a broken file is when one looks.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { findRoots, loadConfig } from "../config/load.ts";
import type { LoadMode } from "../config/mode.ts";
import { renderDiagnostics } from "../config/render.ts";
import { createReport } from "../config/report.ts";
import type { Config } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import type { Secret } from "../model/secret.ts";
import type { Io, Options } from "./contract.ts";
import { findDaemon } from "./daemon-client.ts";
import type { FoundDaemon } from "./daemon-client.ts";
import { invalid, loadOptions } from "./load.ts";
import { printable } from "./table-text.ts";

export interface Ground {
  /** See Config. */
  readonly dataDir: string;
  /** The database is that of the daemon, where there is one; the token is there when it could be read. */
  readonly daemon: { readonly token?: Secret; readonly database: string };
  readonly found: FoundDaemon;
  /** Absent when it has errors; then they have been told. */
  readonly config?: Config;
  /** What could be made of one that has errors; never good enough to change anything. */
  readonly partial?: Config;
}

/**
 * `options` are those of CONFIG_OPTIONS. Errors go to `io.err`, and what is gone by instead. Warnings are told with `warn` only: they are
 * for commands that deal with the file. Throws AppError `config-invalid` when there is neither a configuration, not even a part of one,
 * nor a daemon, nor a database.
 */
export async function openGround(
  io: Io,
  options: Options,
  { mode, warn }: { readonly mode: LoadMode; readonly warn: boolean },
): Promise<Ground> {
  const asked = loadOptions(io, options, mode);
  const { config, partial, diagnostics } = await loadConfig(asked);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const told = warn ? diagnostics : errors;
  if (told.length > 0) io.err(`${renderDiagnostics(told, { color: io.color.err })}\n\n`);
  const read = config ?? partial;
  const dataDir = read?.dataDir ?? (await dataDirOf(asked));
  const token = read?.daemon.token;
  const found = await findDaemon({ dataDir, daemon: token === undefined ? {} : { token } });
  const database = databaseOf(found, config, partial) ?? path.join(dataDir, "bellhop.db");
  const ground = { dataDir, found, daemon: { database, ...(token === undefined ? {} : { token }) } };
  if (config !== undefined) return { ...ground, config };
  if (found.state === "none" && partial === undefined && !existsSync(database)) throw invalid(errors.length);
  io.err(`${insteadOf(found, database, io.cwd)}\n`);
  return { ...ground, ...(partial === undefined ? {} : { partial }) };
}

async function dataDirOf(asked: {
  readonly files: readonly string[];
  readonly cwd: string;
}): Promise<string> {
  const [main = path.resolve(asked.cwd, "notifications.yaml")] = await findRoots(asked, createReport());
  return path.join(path.dirname(main), ".bellhop");
}

/** A running daemon goes on with the one that it started with. */
function databaseOf(
  found: FoundDaemon,
  config: Config | undefined,
  partial: Config | undefined,
): string | undefined {
  const isThere = found.database !== undefined && existsSync(found.database);
  const known = isThere ? found.database : undefined;
  const running = found.state === "none" ? undefined : known;
  return running ?? config?.daemon.database ?? known ?? partial?.daemon.database;
}

function insteadOf(found: FoundDaemon, database: string, cwd: string): string {
  const what = "the configuration cannot be used as it is; going by what ";
  if (found.state === "here") return `${what}the daemon with pid ${found.client.pid} has`;
  if (!existsSync(database)) return `${what}can still be read of it`;
  return `${what}${printable(path.relative(cwd, path.dirname(database)) || ".")} has`;
}

/** For what needs the configuration when no daemon is there to do it: an AppError `config-invalid` where it has errors. */
export function configOf({ config }: Ground): Config {
  if (config !== undefined) return config;
  throw new AppError(
    "config-invalid",
    "no daemon is running, and without the configuration this cannot be done",
    {
      hint: "fix what is marked above; nothing was done",
    },
  );
}
