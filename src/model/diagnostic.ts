/** One finding about a configuration file. Plain data: collected, sorted, printed together. */
export type Severity = "error" | "warning";

/** Stable names; each is explained in docs/diagnostics.md. */
export const DIAGNOSTIC_CODES = [
  "yaml-syntax",
  "yaml-tab",
  "yaml-duplicate-key",
  "yaml-multiple-documents",
  "yaml-alias",
  "file-not-found",
  "file-unreadable",
  "file-empty",
  "include-not-found",
  "include-cycle",
  "duplicate-key",
  "unknown-key",
  "missing-field",
  "wrong-type",
  "bad-enum",
  "bad-pattern",
  "too-short",
  "too-long",
  "too-few",
  "too-many",
  "out-of-range",
  "bad-format",
  "bad-version",
  "bad-key",
  "unknown-kind",
  "unknown-provider",
  "unknown-target",
  "ambiguous-target",
  "kind-target-mismatch",
  "store-and-api",
  "missing-scope",
  "read-only-field",
  "unknown-event",
  "unknown-value",
  "unmatched-glob",
  "no-events",
  "duplicate-name",
  "dangling-reference",
  "reference-cycle",
  "restricted-without-projects",
  "secret-not-supported",
  "not-applicable",
  "not-supported-by-api",
  "superseded",
  "missing-variable",
  "missing-file-value",
  "bad-variables-file",
  "bad-reference",
  "private-address",
  "wrong-destination",
  "deprecated-destination",
  "leaky-event",
  "open-without-token",
] as const;
export type DiagnosticCode = (typeof DIAGNOSTIC_CODES)[number];

export interface Diagnostic {
  readonly severity: Severity;
  readonly code: DiagnosticCode;
  /** What is wrong and why, in one sentence; never a secret. */
  readonly message: string;
  /** Path as the user would write it, relative to the working directory where it lies below it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** How many characters the caret underlines. */
  readonly length: number;
  /** What to do, in one sentence. */
  readonly hint: string;
  /** The source line, for the excerpt. Left out where it may hold a secret. */
  readonly excerpt?: string;
}
