/** Checks the configuration without touching anything: no network, no state. */
import { loadConfig } from "../config/load.ts";
import { diagnosticsJson, renderDiagnostics, summarise } from "../config/render.ts";
import { ExitCode } from "../model/errors.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import type { CommandSpec } from "./contract.ts";
import { text } from "./contract.ts";
import { loadOptions } from "./load.ts";

export const command: CommandSpec = {
  name: "validate",
  summary: "check the configuration, offline",
  options: [
    ...CONFIG_OPTIONS,
    {
      flags: "--format <format>",
      description: "what goes to stdout",
      choices: ["human", "json"],
      default: "human",
    },
  ],
  examples: [
    { command: "bellhop validate", does: "checks notifications.yaml and everything it includes" },
    { command: "bellhop validate --strict --format json", does: "fails on warnings too; for a CI job" },
  ],
  run: async (io, _args, options) => {
    const { config, diagnostics, origins } = await loadConfig(loadOptions(io, options, "validate"));
    const failed = diagnostics.some((diagnostic) => diagnostic.severity === "error");
    if (text(options, "format") === "json") {
      io.out(diagnosticsJson(diagnostics));
    } else {
      if (diagnostics.length > 0) io.out(`${renderDiagnostics(diagnostics, { color: io.color.out })}\n\n`);
      const counts = { integrations: origins.integrations.length, targets: origins.targets.size };
      io.out(`${summarise(diagnostics, { ...counts, files: config?.files.length })}\n`);
    }
    return failed ? ExitCode.error : ExitCode.ok;
  },
};
