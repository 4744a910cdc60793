/** Writes a first configuration file: small, commented, and valid as it is. */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { shownPath } from "../config/text-file.ts";
import { errorCodeOf } from "../lib/error-code.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import { text } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";

const FIRST_FILE = `# Notification integrations as code. \`bellhop validate\` checks this file, \`bellhop plan\` shows what would change,
# \`bellhop apply\` changes it, and \`bellhop daemon\` delivers. For completion in an editor:
# bellhop schema > notifications.schema.json
# yaml-language-server: $schema=./notifications.schema.json
version: 1

# Where integrations live: a store of your own, from which the daemon delivers, or a provider's API.
targets:
  house: { provider: bellhop, store: .bellhop/store.json }
  # northflank: { provider: northflank, api: { token: "\${env:NORTHFLANK_API_TOKEN}" } }

# What should exist. The key is the integration's identity: keep it when you change the rest.
integrations:
  deploys:
    kind: bellhop/integration # \`bellhop kinds\` lists the others
    target: house
    spec:
      name: Deploys
      type: RAW_WEBHOOK # or SLACK, DISCORD, TEAMS
      webhook: https://example.com/hooks/deploys
      # webhook: \${env:DEPLOYS_WEBHOOK_URL} # a secret belongs into the environment
      events: ["build:*", "!build:abort", DEPLOYMENT_FAILURE]

# What \`bellhop daemon\` does.
daemon:
  listen: 127.0.0.1:8420
  sources: [{ file: events/*.ndjson }, { http: /events }]
  reconcile: { interval: 5m, mode: correct }
`;

export const command: CommandSpec = {
  name: "init",
  summary: "write a first notifications.yaml",
  options: [{ flags: "-f, --file <path>", description: "file to write", default: "notifications.yaml" }],
  examples: [{ command: "bellhop init", does: "writes notifications.yaml here, unless there is one" }],
  run: async (io, _args, options) => {
    const path = resolve(io.cwd, text(options, "file") ?? "notifications.yaml");
    const shown = shownPath(path, io.cwd);
    try {
      await writeFile(path, FIRST_FILE, { flag: "wx" });
    } catch (error) {
      const code = errorCodeOf(error);
      if (code === "EEXIST") {
        throw new AppError("file-exists", `${shown} is there already`, { hint: "name another file with -f" });
      }
      if (code === undefined) throw error;
      throw new AppError("not-found", `${shown} cannot be written (${code})`, {
        hint: "check the folder and its permissions",
      });
    }
    io.out(`wrote ${shown}; next: bellhop validate, bellhop plan\n`);
    return ExitCode.ok;
  },
};
