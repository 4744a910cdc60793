/** What operators read in the log of an integration's health: each change of it is one line. */
import type { Log } from "../lib/log.ts";
import type { AttemptTrigger, Health } from "../model/delivery.ts";

/** What was delivered, asked for or changed, so that an integration works again. */
export type ChangedBy = AttemptTrigger | "request" | "change";

export interface HealthChange {
  /** The integration's name, as users know it. */
  readonly integration: string;
  readonly before: Health;
  readonly after: Health;
  /** What may have brought it back. */
  readonly by: ChangedBy;
}

/**
 * Disabled, or now for another reason: a warning with `cause` and `reason`. On the way there: a warning at every stage, with
 * `percent`. Back again: `cause` and `reason` say what brought it back. What is no such change is no line.
 */
export function logHealthChange(log: Log, { integration, before, after, by }: HealthChange): void {
  const { disabled, cause, reason, numberOfFailedRequests } = after;
  if (disabled) {
    if (before.disabled && before.cause === cause && before.reason === reason) return;
    log.warn({ integration, cause, reason, probeAt: iso(after.probeAt) }, "disabled");
  } else if (before.disabled) log.info({ integration, cause: by, reason: REASONS[by] }, "enabled again");
  else if (after.warned > before.warned) {
    const since = iso(after.timeOfFirstFailedRequest);
    log.warn({ integration, percent: after.warned, failures: numberOfFailedRequests, since }, "failing");
  } else if (after.warned < before.warned)
    log.info({ integration, cause: by, reason: REASONS[by] }, "fails no more");
}

const REASONS: Readonly<Record<ChangedBy, string>> = {
  schedule: "a delivery has arrived",
  resend: "a delivery has arrived",
  recover: "a held delivery has arrived",
  probe: "a probe has arrived",
  test: "a test has arrived",
  request: "somebody asked for it",
  change: "it was changed",
};

const iso = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString();
