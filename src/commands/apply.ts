/** Makes the targets equal to the file. */
import { AppError } from "../model/errors.ts";
import { YES_OPTION, requireConsent, runApply } from "./apply-plan.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import type { CommandSpec } from "./contract.ts";
import { loadForCommand } from "./load.ts";
import { LOCK_OPTION, lockOptions } from "./lock-options.ts";
import { OUTPUT_OPTIONS, parseOutput } from "./plan-output.ts";
import { openConfiguredSession } from "../app/session.ts";
import { noticesTo } from "./notices.ts";

export const command: CommandSpec = {
  name: "apply",
  summary: "make the targets equal to the file",
  arguments: [{ name: "[plan]", description: "a saved plan (not supported yet)" }],
  options: [...CONFIG_OPTIONS, ...OUTPUT_OPTIONS, LOCK_OPTION, YES_OPTION],
  examples: [
    { command: "bellhop apply", does: "show the plan, ask, and do it" },
    { command: "bellhop apply --yes --format json", does: "in CI: do it and print what came of it" },
  ],
  run: async (io, args, options) => {
    if (args.length > 0) {
      throw new AppError("unsupported", "saved plans are not supported yet", {
        hint: "run bellhop apply without a file: it plans again right before applying",
      });
    }
    const output = parseOutput(io, options);
    const lock = lockOptions(options, "apply");
    requireConsent(io, options, "apply");
    const config = await loadForCommand(io, options, "apply");
    const session = openConfiguredSession(config, io.cwd, noticesTo(io));
    try {
      return await session.underLock(lock, () => runApply({ io, options, session, output, destroy: false }));
    } finally {
      await session.close();
    }
  },
};
