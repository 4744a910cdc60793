/** How a command that writes the state takes its lock. */
import { parseDuration } from "../lib/duration.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { LockOptions } from "../reconcile/session.ts";
import { text } from "./contract.ts";
import type { Io, Options, OptionSpec } from "./contract.ts";

export const LOCK_OPTION: OptionSpec = {
  flags: "--lock-timeout <duration>",
  description: "how long to wait for somebody else who works on the same state",
  default: "10s",
};

/** `command` is what others are told who find it locked; an interrupt ends the waiting. Throws AppError `usage`. */
export function lockOptions(
  { stopping }: Pick<Io, "stopping">,
  options: Options,
  command: string,
): LockOptions {
  const given = text(options, "lockTimeout") ?? "10s";
  const waitMs = given === "0" ? 0 : parseDuration(given);
  if (waitMs !== undefined) return { operation: `bellhop ${command}`, waitMs, signal: stopping };
  throw new AppError("usage", `--lock-timeout ${given} is not a duration`, {
    hint: "write it like 0s, 30s or 5m",
    exitCode: ExitCode.usage,
  });
}
