/** What apply and destroy share: show, ask, plan again, do, tell. */
import { AppError, ExitCode } from "../model/errors.ts";
import { changedAnything } from "../reconcile/apply.ts";
import type { Applied } from "../reconcile/apply.ts";
import { appliedInWords } from "../reconcile/render/applied.ts";
import { renderHuman } from "../reconcile/render/human.ts";
import { acknowledges, isAcknowledgement, standing } from "../reconcile/guard.ts";
import { countsInWords } from "../reconcile/render/words.ts";
import type { LockOptions, Session, SessionPlan } from "../reconcile/session.ts";
import { flag, text } from "./contract.ts";
import type { Io, Options, OptionSpec } from "./contract.ts";
import type { PlanOutput, Shown } from "./plan-output.ts";
import { expectWritable, printOutput, writeFiles } from "./plan-output.ts";

export const YES_OPTION: OptionSpec = { flags: "--yes", description: "do not ask" };

export const ACK_OPTION: OptionSpec = {
  flags: "--ack-deletes <digest>",
  description: "let what a guard blocks pass, for the plan whose digest begins so (8 digits or more)",
};

/** The beginning of a digest that was given with ACK_OPTION. Throws AppError `usage` where it cannot be one. */
export function acknowledged(options: Options): string | undefined {
  const word = text(options, "ackDeletes");
  if (word === undefined || isAcknowledgement(word)) return word;
  throw new AppError(
    "usage",
    "--ack-deletes takes the first 8 or more hexadecimal digits of a plan's digest",
    {
      hint: "the refusal prints them",
      exitCode: ExitCode.usage,
    },
  );
}

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
  readonly lock: LockOptions;
  /** Of a saved plan: throws where it may not be applied here and now; what comes back, where the plan of now is not that one. */
  readonly bind?: () => Promise<(fresh: SessionPlan) => void>;
}

/** Files are tried before the lock is taken and written after it is released: whoever reads them keeps nobody waiting. */
export async function runApply(run: ApplyRun): Promise<ExitCode> {
  const { io, session, output, lock, bind } = run;
  await expectWritable(output);
  // Told at once what would be told after the waiting; what is good by now need not be under the lock.
  await bind?.();
  let shown: Shown | undefined;
  const show = (what: Shown): void => printOutput(io, output, (shown = what));
  try {
    return await session.underLock(lock, async () => underLock(run, await bind?.(), show));
  } finally {
    if (shown !== undefined) await writeFiles(output, shown);
  }
}

async function underLock(
  run: ApplyRun,
  check: ((fresh: SessionPlan) => void) | undefined,
  show: (shown: Shown) => void,
): Promise<ExitCode> {
  const { io, options, session, destroy } = run;
  const ack = acknowledged(options);
  const first = await session.plan({ destroy });
  check?.(first);
  if (standing(first.plan, ack).length > 0) {
    show({ plan: first.plan });
    const other = ack !== undefined && !acknowledges(ack, first.plan);
    io.err(`blocked: nothing was applied${other ? `; --ack-deletes ${ack} is for another plan` : ""}\n`);
    return ExitCode.blocked;
  }
  const idle = first.plan.changes.length === 0;
  if (ack !== undefined && !idle && !acknowledges(ack, first.plan))
    throw notAcknowledged(ack, first.plan.digest);
  // Of a saved plan nobody is asked.
  const asks = !idle && check === undefined && !flag(options, "yes");
  const agreed = asks ? await confirm(run, first) : first;
  const applied = await session.apply(agreed, {
    signal: io.stopping,
    ...progress(io),
    ...(ack === undefined ? {} : { acknowledged: ack }),
  });
  const { plan } = agreed;
  show(idle ? { plan } : { plan, applied, planShown: asks });
  return applyExitCode(io, applied);
}

/** Nothing is blocked, but what was acknowledged is not what would be done. */
const notAcknowledged = (ack: string, digest: string): AppError =>
  new AppError("blocked", `--ack-deletes ${ack} is for another plan: nothing was applied`, {
    hint: `this plan's digest is ${digest}, and nothing in it needs an acknowledgement`,
    exitCode: ExitCode.blocked,
  });

/** Shows the plan and asks; answers with a plan made after the answer, which must be the same. */
async function confirm(
  { io, options, session, output, destroy }: ApplyRun,
  shown: SessionPlan,
): Promise<SessionPlan> {
  if (output.format === "human") io.out(renderHuman(shown.plan, { color: io.color.out }));
  else io.err(renderHuman(shown.plan, { color: io.color.err }));
  const question = destroy ? "Destroy all of this" : "Apply this";
  const answer = await io.ask(`\n${question} (${countsInWords(shown.plan)})? Only "yes" is accepted: `);
  if (answer.trim() !== "yes") throw new AppError("not-confirmed", "not confirmed: nothing was changed");
  const fresh = await session.plan({ destroy });
  const same = fresh.plan.digest === shown.plan.digest;
  if (same && standing(fresh.plan, acknowledged(options)).length === 0) return fresh;
  throw new AppError("apply-failed", "the targets have moved since the plan was shown: nothing was changed", {
    hint: "run the command again and look at the new plan",
  });
}

function applyExitCode(io: Io, applied: Applied): ExitCode {
  const { counts, unrecorded } = applied;
  const undone = counts.failed + counts.skipped > 0;
  if (undone) io.err(`${appliedInWords(applied)} Run it again to do what is left.\n`);
  if (unrecorded !== undefined) {
    io.err(
      `error: what was done is not all recorded, for the state cannot be written: ${unrecorded.message}\n`,
    );
    io.err(
      "  hint: objects may be there that the state does not have; run it again, and it finds them first\n",
    );
  }
  if (!undone && unrecorded === undefined) return ExitCode.ok;
  return changedAnything(applied) ? ExitCode.partial : ExitCode.error;
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
