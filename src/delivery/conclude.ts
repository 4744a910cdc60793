/** What an answer leads to: the delivery's next status, the integration's health, and what operators are told of. Pure. */
import type { DisableConfig } from "../model/config.ts";
import type { Attempt, Delivery, ErrorClass, Health } from "../model/delivery.ts";
import { CONFIRM_TYPE, isOperatorEvent } from "../model/event.ts";
import type { Event } from "../model/event.ts";
import type { AttemptResult } from "../outbox/contract.ts";
import { nextAttempt } from "./backoff.ts";
import type { Exchange } from "./attempt-log.ts";
import { afterFailure, afterOurFault, afterSuccess, disable } from "./health.ts";
import { heldReason } from "./hold.ts";
import type { Occurrence } from "./operator-events.ts";
import type { Verdict } from "./outcome.ts";
import { scheduleOf } from "./schedule.ts";
import type { Policy } from "./policy.ts";

export interface Judged {
  readonly delivery: Delivery;
  readonly event: Event;
  readonly exchange: Exchange;
  readonly verdict: Exclude<Verdict, { is: "aborted" }>;
  /** The answer asks for nothing before then. */
  readonly notBefore: number | undefined;
  readonly startedAt: number;
  /** When the answer was there. */
  readonly at: number;
  /** In [0, 1). */
  readonly random: number;
  readonly policy: Policy;
  readonly rules: DisableConfig;
}

export interface Conclusion extends AttemptResult {
  readonly occurrences: readonly Occurrence[];
}

/** `health` is the integration's before this attempt. */
export function conclude(judged: Judged, health: Health): Conclusion {
  const { verdict, at, delivery } = judged;
  switch (verdict.is) {
    case "delivered": {
      const after = afterSuccess(health, at, delivery.trigger, judged.startedAt);
      return {
        attempt: logged(judged, "delivered"),
        status: "delivered",
        ...(isWorthWriting(health, after) ? { health: after } : {}),
        occurrences: changesOf(health, after),
      };
    }
    case "invalid":
      return {
        attempt: logged(judged, "discarded", verdict.errorClass),
        status: "discarded",
        reason: verdict.note,
        occurrences: [],
      };
    case "gone": {
      const failed = afterFailure(health, { ...failureOf(judged), trigger: "schedule" }, judged.rules);
      const after = disable(failed, "gone", verdict.note, at);
      return {
        attempt: logged(judged, "failed", verdict.errorClass),
        ...(delivery.trigger === "test" ? usedUp(judged) : heldFor(after)),
        health: after,
        occurrences: changesOf(health, after),
      };
    }
    case "retry":
      return concludeRetry(judged, verdict, health);
  }
}

type Retry = Extract<Verdict, { is: "retry" }>;

function concludeRetry(judged: Judged, verdict: Retry, health: Health): Conclusion {
  const { delivery, event } = judged;
  const after = verdict.ours
    ? afterOurFault(health, judged.at, delivery.trigger, judged.rules)
    : afterFailure(health, failureOf(judged), judged.rules);
  const changed = after === health ? {} : { health: after };
  const occurrences = changesOf(health, after);
  const tried = delivery.trigger === "probe" || delivery.trigger === "recover";
  const next = nextAttempt({
    schedule: scheduleOf(judged.policy, delivery).schedule,
    made: delivery.attemptsInRound + 1,
    now: judged.at,
    notBefore: judged.notBefore,
    random: judged.random,
  });
  if (after.disabled && (tried || next !== undefined)) {
    return {
      attempt: logged(judged, "failed", verdict.errorClass),
      ...heldFor(after),
      ...changed,
      occurrences,
    };
  }
  if (next !== undefined) {
    return {
      attempt: logged(judged, "retry", verdict.errorClass),
      status: "pending",
      nextAttemptAt: next,
      ...changed,
      occurrences,
    };
  }
  const untold = isOperatorEvent(event) || (event.type === CONFIRM_TYPE && delivery.trigger === "test");
  return {
    attempt: logged(judged, "failed", verdict.errorClass),
    ...usedUp(judged),
    ...changed,
    occurrences: untold ? occurrences : [...occurrences, { type: "delivery.exhausted" }],
  };
}

const failureOf = ({ at, verdict, delivery, notBefore }: Judged) => ({
  at,
  note: verdict.note ?? "no answer",
  trigger: delivery.trigger,
  notBefore,
});

function usedUp({ verdict, policy, delivery }: Judged): Pick<AttemptResult, "status" | "reason"> {
  const { because } = scheduleOf(policy, delivery);
  const note = verdict.note ?? "no answer";
  return { status: "exhausted", reason: because === undefined ? note : `${note}; ${because}` };
}

const heldFor = ({ reason }: Health): Pick<AttemptResult, "status" | "reason"> => ({
  status: "held",
  reason: heldReason(reason),
});

function changesOf(before: Health, after: Health): readonly Occurrence[] {
  if (after.disabled !== before.disabled) {
    return [{ type: after.disabled ? "integration.disabled" : "integration.recovered", before, after }];
  }
  if (after.disabled || after.warned === before.warned) return [];
  return [
    { type: after.warned > before.warned ? "integration.failing" : "integration.recovered", before, after },
  ];
}

/** A success is worth a write when it ends a failure, and once a second otherwise. */
function isWorthWriting(before: Health, after: Health): boolean {
  const stale = (after.lastSuccess ?? 0) - (before.lastSuccess ?? 0) >= 1000;
  return stale || before.disabled || before.numberOfFailedRequests > 0 || before.warned > 0;
}

function logged(
  { delivery, exchange, startedAt, verdict }: Judged,
  outcome: Attempt["outcome"],
  errorClass?: ErrorClass,
): Attempt {
  return {
    ...exchange,
    deliveryId: delivery.id,
    number: delivery.attempts + 1,
    trigger: delivery.trigger,
    startedAt,
    outcome,
    ...(errorClass === undefined ? {} : { errorClass }),
    ...(verdict.note === undefined ? {} : { note: verdict.note }),
  };
}
