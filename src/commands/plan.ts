/** Shows what apply would do. Writes nothing but the files that are asked for. */
import { ExitCode } from "../model/errors.ts";
import type { Plan } from "../model/plan.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { flag } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";
import { loadForCommand } from "./load.ts";
import { OUTPUT_OPTIONS, parseOutput, writeOutput } from "./plan-output.ts";
import { openConfiguredSession } from "../app/session.ts";
import { noticesTo } from "./notices.ts";

export const command: CommandSpec = {
  name: "plan",
  summary: "show what apply would do",
  options: [
    ...CONFIG_OPTIONS,
    ...OUTPUT_OPTIONS,
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
  ],
  run: async (io, _args, options) => {
    const output = parseOutput(io, options);
    const config = await loadForCommand(io, options, "plan");
    const session = openConfiguredSession(config, io.cwd, noticesTo(io));
    try {
      const { plan } = await session.plan();
      await writeOutput(io, output, { plan });
      return flag(options, "exitCode") ? planExitCode(plan) : ExitCode.ok;
    } finally {
      await session.close();
    }
  },
};

function planExitCode(plan: Plan): ExitCode {
  if (plan.blocked.length > 0) return ExitCode.blocked;
  if (plan.changes.length === 0) return ExitCode.ok;
  return plan.changes.every((change) => change.drift) ? ExitCode.driftOnly : ExitCode.changesPending;
}
