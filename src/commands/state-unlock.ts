/** Takes the lock of the state away from a holder that no longer runs. */
import { openState } from "../app/state.ts";
import { ExitCode } from "../model/errors.ts";
import { describeHolder } from "../state/locked.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import type { CommandSpec } from "./contract.ts";
import { loadForCommand } from "./load.ts";

export const command: CommandSpec = {
  name: "unlock",
  parent: "state",
  summary: "take the state's lock away from whoever has it",
  arguments: [{ name: "<id>", description: "of the lock, as the refusal names it" }],
  options: CONFIG_OPTIONS,
  examples: [
    {
      command: "bellhop state unlock 3f0c9a1e-8a52-4d5b-9a57-8f2f5f3c6a10",
      does: "after making sure that whoever held it no longer runs",
    },
  ],
  run: async (io, [id = ""], options) => {
    const config = await loadForCommand(io, options, "plan");
    const store = openState(config.state);
    try {
      io.err(`unlocked; it was held by ${describeHolder(await store.unlock(id))}\n`);
      return ExitCode.ok;
    } finally {
      await store.close();
    }
  },
};
