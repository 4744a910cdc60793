/** Deletes everything in the inventory; what is protected stays. */
import { YES_OPTION, requireConsent, runApply } from "./apply-plan.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import type { CommandSpec } from "./contract.ts";
import { loadForCommand } from "./load.ts";
import { LOCK_OPTION, lockOptions } from "./lock-options.ts";
import { OUTPUT_OPTIONS, parseOutput, refuseProjectFiles } from "./plan-output.ts";
import { openConfiguredSession } from "../app/session.ts";
import { noticesTo } from "./notices.ts";

export const command: CommandSpec = {
  name: "destroy",
  summary: "delete everything in the inventory",
  options: [...CONFIG_OPTIONS, ...OUTPUT_OPTIONS, LOCK_OPTION, YES_OPTION],
  examples: [{ command: "bellhop destroy", does: "show what would be deleted, ask, and delete it" }],
  run: async (io, _args, options) => {
    const output = parseOutput(io, options);
    const lock = lockOptions(io, options, "destroy");
    requireConsent(io, options, "destroy");
    // A missing variable does not stand in the way: nothing is sent.
    const config = await loadForCommand(io, options, "plan");
    await refuseProjectFiles(config, output);
    const session = openConfiguredSession(config, io.cwd, noticesTo(io));
    try {
      return await runApply({ io, options, session, output, lock, destroy: true });
    } finally {
      await session.close();
    }
  },
};
