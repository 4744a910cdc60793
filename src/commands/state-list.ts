/** Lists the inventory: what was created, imported or adopted, and may be deleted. */
import { ExitCode } from "../model/errors.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { text } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";
import { withState } from "./state-file.ts";
import { alignColumns, printable } from "./table-text.ts";

export const command: CommandSpec = {
  name: "list",
  parent: "state",
  summary: "what the inventory has",
  options: [
    ...CONFIG_OPTIONS,
    { flags: "--format <format>", description: "output", choices: ["human", "json"], default: "human" },
  ],
  examples: [{ command: "bellhop state list", does: "lists key, kind, target and the provider's id" }],
  run: (io, _args, options) =>
    withState(io, options, (state) => {
      const keys = Object.keys(state?.inventory ?? {}).toSorted();
      const entries = keys.flatMap((key) => state?.inventory[key] ?? []);
      if (text(options, "format") === "json") {
        const shown = entries.map(({ key, kind, target, remoteId, protect }) => ({
          key,
          kind,
          target,
          remoteId,
          protect,
        }));
        io.out(`${JSON.stringify({ integrations: shown }, null, 2)}\n`);
      } else if (entries.length === 0) io.out("the inventory is empty\n");
      else {
        const rows = entries.map(({ key, kind, target, remoteId, protect }) =>
          [key, kind, target, remoteId, protect ? "protected" : ""].map(printable),
        );
        io.out(
          alignColumns([["KEY", "KIND", "TARGET", "ID", ""], ...rows], { columns: io.columns, whole: [3] }),
        );
      }
      return ExitCode.ok;
    }),
};
