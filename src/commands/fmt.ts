/** Formats configuration files: layout only, comments kept. */
import { readFile, writeFile } from "node:fs/promises";
import { formatYaml } from "../config/format.ts";
import { renderDiagnostics } from "../config/render.ts";
import { createReport } from "../config/report.ts";
import { shownPath } from "../config/text-file.ts";
import { configFiles } from "../config/tree-files.ts";
import { ExitCode } from "../model/errors.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { flag, list } from "./contract.ts";
import type { CommandSpec, Io } from "./contract.ts";

export const command: CommandSpec = {
  name: "fmt",
  summary: "format configuration files",
  options: [
    ...CONFIG_OPTIONS.filter((option) => option.flags.startsWith("-f")),
    {
      flags: "--check",
      description: "write nothing, list what is not formatted and exit 1 when anything is not",
    },
  ],
  examples: [
    { command: "bellhop fmt", does: "formats notifications.yaml, what it includes, and its overlays" },
    { command: "bellhop fmt --check -f config/", does: "checks all files of a folder; for a CI job" },
  ],
  run: async (io, _args, options) => {
    const search = createReport();
    const files = await configFiles({ files: list(options, "file"), cwd: io.cwd, env: io.env }, search);
    const missing = search.finish(false, files).filter(({ code }) => /^(?:file|include)-/.test(code));
    if (missing.length > 0) io.err(`${renderDiagnostics(missing, { color: io.color.err })}\n\n`);
    let failed = missing.length > 0;
    for (const path of files) {
      const outcome = await formatFile(path, flag(options, "check"), io);
      if (outcome === "changed") io.out(`${shownPath(path, io.cwd)}\n`);
      failed ||= outcome === "failed" || (outcome === "changed" && flag(options, "check"));
    }
    return failed ? ExitCode.error : ExitCode.ok;
  },
};

async function formatFile(path: string, checkOnly: boolean, io: Io): Promise<"same" | "changed" | "failed"> {
  const shown = shownPath(path, io.cwd);
  const raw = await readFile(path, "utf8");
  const report = createReport();
  const formatted = formatYaml(path, shown, raw, report);
  if (formatted === undefined) {
    const problems = report.finish(false, [path]).filter(({ code }) => code !== "file-empty");
    if (problems.length > 0) {
      io.err(`${renderDiagnostics(problems, { color: io.color.err })}\n\n`);
      return "failed";
    }
    io.err(`${shown}: left as it is, because its layout cannot be changed without changing more\n`);
    return "same";
  }
  if (formatted === raw) return "same";
  if (!checkOnly) await writeFile(path, formatted);
  return "changed";
}
