/**
 * Errors that a person can act on. Everything else that is thrown is a bug or a dead environment.
 */

/** Exit codes of the command line: a contract with other people's scripts. */
export const ExitCode = {
  /** Done, or nothing to do. */
  ok: 0,
  error: 1,
  /** `plan --exit-code`: the file asks for changes. */
  changesPending: 2,
  /** `plan --exit-code`: only the target has moved (a vanished object included). */
  driftOnly: 3,
  /** A guard refused. */
  blocked: 4,
  /** Some changes were applied and some were not. */
  partial: 5,
  /** The plan file was refused. */
  planRefused: 6,
  /** Wrong usage of the command line. */
  usage: 64,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Stable names of the errors that are not diagnostics of a configuration file. */
export type ErrorCode =
  | "config-invalid"
  | "config-not-found"
  | "unknown-key"
  | "unknown-kind"
  | "file-exists"
  | "state-unreadable"
  /** Somebody else holds the state's lock. */
  | "state-locked"
  /** The state was written by somebody else in between. */
  | "state-moved"
  /** An object is no longer what the plan saw. */
  | "target-moved"
  | "store-unreadable"
  | "store-busy"
  | "outbox-unavailable"
  | "outbox-unreadable"
  | "outbox-in-use"
  | "not-confirmed"
  | "not-found"
  /** An object cannot be taken over as the integration that it was named for. */
  | "not-adoptable"
  | "unsupported"
  /** The integration's owner has switched it off in the file. */
  | "switched-off"
  | "listen-refused"
  | "daemon-unreachable"
  /** A provider's API refused what was asked; the message is the provider's own. */
  | "api-rejected"
  /** A provider's API does not accept the credentials, or they may not do this. */
  | "api-unauthorised"
  /** No usable answer came from a provider's API, or its own fault. */
  | "api-unreachable"
  /** A provider's API takes no more requests for now. */
  | "api-limited"
  | "apply-failed"
  /** A saved plan is not what may be applied now. */
  | "plan-refused"
  | "blocked"
  | "output-failed"
  | "usage";

/** An expected failure: says what, why and what to do, and never carries a secret. */
export class AppError extends Error {
  readonly code: ErrorCode;
  /** What to do about it, in one sentence. */
  readonly hint: string | undefined;
  /** What the process exits with when nothing catches this. */
  readonly exitCode: ExitCode;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; exitCode?: ExitCode; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? ExitCode.error;
  }
}
