/** Reads the configuration for a command: warnings and errors go to the terminal, errors end the command. */
import type { Origins } from "../config/document.ts";
import { loadConfig } from "../config/load.ts";
import type { LoadOptions } from "../config/load.ts";
import type { LoadMode } from "../config/mode.ts";
import { renderDiagnostics } from "../config/render.ts";
import type { Config } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import { flag, list } from "./contract.ts";
import type { Io, Options } from "./contract.ts";

/** What CONFIG_OPTIONS say, as the loader takes it. */
export function loadOptions(io: Io, options: Options, mode: LoadMode): LoadOptions {
  return {
    files: list(options, "file"),
    overlays: list(options, "overlay"),
    vars: list(options, "vars"),
    env: io.env,
    cwd: io.cwd,
    mode,
    strict: flag(options, "strict"),
  };
}

/**
 * `options` are those of CONFIG_OPTIONS. Throws AppError `config-invalid` after everything wrong has been
 * printed to `io.err`.
 */
export async function loadForCommand(io: Io, options: Options, mode: LoadMode): Promise<Config> {
  return (await loadWithOrigins(io, options, mode)).config;
}

/** As loadForCommand, with what stands where, and every file that it was made of. */
export async function loadWithOrigins(
  io: Io,
  options: Options,
  mode: LoadMode,
): Promise<{ readonly config: Config; readonly origins: Origins; readonly inputs: readonly string[] }> {
  const { config, diagnostics, origins, inputs } = await loadConfig(loadOptions(io, options, mode));
  if (diagnostics.length > 0) io.err(`${renderDiagnostics(diagnostics, { color: io.color.err })}\n\n`);
  if (config !== undefined) return { config, origins, inputs };
  throw invalid(diagnostics.filter((diagnostic) => diagnostic.severity === "error").length);
}

/** The AppError for a configuration with so many errors, which have been told. */
export const invalid = (errors: number): AppError =>
  new AppError(
    "config-invalid",
    `the configuration has ${errors} ${errors === 1 ? "error" : "errors"}; nothing was done`,
    { hint: "fix what is marked above; docs/diagnostics.md explains every code" },
  );
