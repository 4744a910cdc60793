/** What apply and destroy share: show, ask, plan again, do, tell. */
import { AppError, ExitCode } from "../model/errors.ts";
import type { Applied } from "../reconcile/apply.ts";
import { appliedInWords } from "../reconcile/render/applied.ts";
import { renderHuman } from "../reconcile/render/human.ts";
import { countsInWords } from "../reconcile/render/words.ts";
import type { Session, SessionPlan } from "../reconcile/session.ts";
import { flag } from "./contract.ts";
import type { Io, Options, OptionSpec } from "./contract.ts";
import type { PlanOutput } from "./plan-output.ts";
import { writeOutput } from "./plan-output.ts";

export const YES_OPTION: OptionSpec = { flags: "--yes", description: "do not ask" };

/** Throws AppError `usage` when nobody can be asked and nobody said yes. */
export function requireConsent(io: Io, options: Options, command: string): void {
  if (io.interactive || flag(options, "yes")) return;
  throw new AppError("usage", `${command} needs --yes where nobody can be asked`, {
    hint: `look at what it would do with bellhop plan, then run bellhop ${command} --yes`,
    exitCode: ExitCode.usage,
  });
}

export interface ApplyRun {
  readonly io: Io;
  readonly options: Options;
  readonly session: Session;
  readonly output: PlanOutput;
  readonly destroy: boolean;
}

export async function runApply(run: ApplyRun): Promise<ExitCode> {
  const { io, options, session, output, destroy } = run;
  const first = await session.plan({ destroy });
  if (first.plan.blocked.length > 0) {
    await writeOutput(io, output, { plan: first.plan });
    io.err("blocked: nothing was applied\n");
    return ExitCode.blocked;
  }
  const idle = first.plan.changes.length === 0;
  const asks = !idle && !flag(options, "yes");
  const agreed = asks ? await confirm(run, first) : first;
  const applied = await session.apply(agreed, { signal: io.stopping, ...progress(io) });
  const { plan } = agreed;
  await writeOutput(io, output, idle ? { plan } : { plan, applied, planShown: asks });
  return applyExitCode(io, applied);
}

/** Shows the plan and asks; answers with a plan made after the answer, which must be the same. */
async function confirm({ io, session, output, destroy }: ApplyRun, shown: SessionPlan): Promise<SessionPlan> {
  if (output.format === "human") io.out(renderHuman(shown.plan, { color: io.color.out }));
  else io.err(renderHuman(shown.plan, { color: io.color.err }));
  const question = destroy ? "Destroy all of this" : "Apply this";
  const answer = await io.ask(`\n${question} (${countsInWords(shown.plan)})? Only "yes" is accepted: `);
  if (answer.trim() !== "yes") throw new AppError("not-confirmed", "not confirmed: nothing was changed");
  const fresh = await session.plan({ destroy });
  if (fresh.plan.digest === shown.plan.digest && fresh.plan.blocked.length === 0) return fresh;
  throw new AppError("apply-failed", "the targets have moved since the plan was shown: nothing was changed", {
    hint: "run the command again and look at the new plan",
  });
}

function applyExitCode(io: Io, applied: Applied): ExitCode {
  const { counts } = applied;
  if (counts.failed + counts.skipped === 0) return ExitCode.ok;
  io.err(`${appliedInWords(applied)} Run it again to do what is left.\n`);
  return counts.applied > 0 ? ExitCode.partial : ExitCode.error;
}

const QUIET_MS = 1_000;

/** On a terminal, a line that counts, for what takes more than a second. */
function progress(io: Io): { readonly onProgress?: (done: number, total: number) => void } {
  if (!io.interactive) return {};
  let last = Date.now();
  return {
    onProgress: (done, total) => {
      if (Date.now() - last < QUIET_MS) return;
      last = Date.now();
      io.err(`${done} of ${total} done\n`);
    },
  };
}
