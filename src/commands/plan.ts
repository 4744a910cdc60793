/** Shows what apply would do. Writes nothing but the files that are asked for. */
import { ExitCode } from "../model/errors.ts";
import type { SessionPlan } from "../reconcile/session.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { flag } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";
import { loadForCommand } from "./load.ts";
import { OUTPUT_OPTIONS, parseOutput, refuseProjectFiles, writeOutput } from "./plan-output.ts";
import { openConfiguredSession } from "../app/session.ts";
import { noticesTo } from "./notices.ts";
import { SAVE_OPTIONS, parseSave, savePlan } from "./saved-plan.ts";

export const command: CommandSpec = {
  name: "plan",
  summary: "show what apply would do",
  options: [
    ...CONFIG_OPTIONS,
    ...OUTPUT_OPTIONS,
    ...SAVE_OPTIONS,
    {
      flags: "--exit-code",
      description:
        "exit 2 when changes are pending, 3 when only the targets have moved, 4 when something is blocked",
    },
  ],
  examples: [
    { command: "bellhop plan", does: "compare notifications.yaml with its targets" },
    {
      command: "bellhop plan --exit-code --output markdown=plan.md",
      does: "in CI: a comment for the pull request, and an exit code that tells what there is to do",
    },
    {
      command: "bellhop plan --out plan.json --expires-in 2h",
      does: "save the plan, so that bellhop apply plan.json does exactly that",
    },
  ],
  run: async (io, _args, options) => {
    const output = parseOutput(io, options);
    const save = parseSave(io, options, output);
    const config = await loadForCommand(io, options, "plan");
    await refuseProjectFiles(config, output);
    const session = openConfiguredSession(config, io.cwd, noticesTo(io));
    try {
      const made = await session.plan({ tolerant: true });
      if (save !== undefined) await savePlan(io, save, config, made);
      await writeOutput(io, output, { plan: made.plan });
      return flag(options, "exitCode") ? planExitCode(made) : ExitCode.ok;
    } finally {
      await session.close();
    }
  },
};

/** What could not be looked at may have changes: it counts as if it had. */
function planExitCode({ plan, unread }: SessionPlan): ExitCode {
  if (plan.blocked.length > 0) return ExitCode.blocked;
  if (unread.length > 0) return ExitCode.changesPending;
  if (plan.changes.length === 0) return ExitCode.ok;
  return plan.changes.every((change) => change.drift) ? ExitCode.driftOnly : ExitCode.changesPending;
}
