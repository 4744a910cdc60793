/** Makes the targets equal to the file. */
import { ACK_OPTION, YES_OPTION, acknowledged, requireConsent, runApply } from "./apply-plan.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import type { CommandSpec } from "./contract.ts";
import { loadForCommand } from "./load.ts";
import { LOCK_OPTION, lockOptions } from "./lock-options.ts";
import { OUTPUT_OPTIONS, parseOutput, refuseProjectFiles } from "./plan-output.ts";
import { openSavedPlan } from "./saved-plan.ts";
import { openConfiguredSession } from "../app/session.ts";
import { noticesTo } from "./notices.ts";

export const command: CommandSpec = {
  name: "apply",
  summary: "make the targets equal to the file",
  arguments: [
    { name: "[plan]", description: "a file written by bellhop plan --out: exactly that is applied" },
  ],
  options: [...CONFIG_OPTIONS, ...OUTPUT_OPTIONS, LOCK_OPTION, YES_OPTION, ACK_OPTION],
  examples: [
    { command: "bellhop apply", does: "show the plan, ask, and do it" },
    { command: "bellhop apply --yes --format json", does: "in CI: do it and print what came of it" },
    { command: "bellhop apply plan.json", does: "in CI: do exactly what was reviewed, or refuse (exit 6)" },
  ],
  run: async (io, args, options) => {
    const output = parseOutput(io, options);
    const lock = lockOptions(io, options, "apply");
    acknowledged(options);
    const [file] = args;
    const saved = file === undefined ? undefined : await openSavedPlan(io, file);
    if (saved === undefined) requireConsent(io, options, "apply");
    const config = await loadForCommand(io, options, "apply");
    await refuseProjectFiles(config, output);
    const session = openConfiguredSession(config, io.cwd, noticesTo(io));
    try {
      const run = { io, options, session, output, lock, destroy: false };
      return await runApply(saved === undefined ? run : { ...run, bind: () => saved.bind(config, session) });
    } finally {
      await session.close();
    }
  },
};
