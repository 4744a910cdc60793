/**
 * Health of every integration: the documented status fields, and when it is disabled and comes back. The rules are pure; the
 * outbox keeps what they lead to, and a book mirrors it here.
 */
import type { DisableConfig } from "../model/config.ts";
import type { AttemptTrigger, DisableCause, Health } from "../model/delivery.ts";
import type { StoreRecord } from "../model/record.ts";

const newHealth = (integrationUid: string): Health => ({
  integrationUid,
  disabled: false,
  warned: 0,
  numberOfFailedRequests: 0,
  confirmed: false,
});

/** Works again, with clean status fields. A recovery that is under way goes on. */
export function enabled(health: Health): Health {
  const { integrationUid, lastSuccess, lastFailure, recoverUntil, confirmed } = health;
  return {
    ...newHealth(integrationUid),
    confirmed,
    ...(lastSuccess === undefined ? {} : { lastSuccess }),
    ...(lastFailure === undefined ? {} : { lastFailure }),
    ...(recoverUntil === undefined ? {} : { recoverUntil }),
  };
}

/** Whoever sends one of these to a disabled integration wants to know whether it works again. */
const TRIES: ReadonlySet<AttemptTrigger> = new Set(["test", "probe", "recover"]);

/**
 * After a delivered attempt: failures are forgotten. A disabled integration is enabled when that was tried on purpose, or when
 * it was only its failures that had disabled it; a recovery then takes in what was held until now. What was under way already
 * when somebody asked for it to be disabled undoes nothing.
 */
export function afterSuccess(
  health: Health,
  at: number,
  trigger: AttemptTrigger,
  startedAt: number = at,
): Health {
  const isOlder = health.cause === "request" && startedAt < (health.disabledAt ?? 0);
  const stays = health.disabled && health.cause !== "failures" && (isOlder || !TRIES.has(trigger));
  if (stays) return { ...health, lastSuccess: at };
  const recovers = health.disabled && health.recoverUntil !== undefined;
  return { ...enabled(health), lastSuccess: at, ...(recovers ? { recoverUntil: at } : {}) };
}

/**
 * Whether a delivery with this trigger may be sent now: to a disabled integration only a test, a probe while probes are made,
 * and what a recovery that is under way sends.
 */
export function maySend({ disabled, probeAt, recoverUntil }: Health, trigger: AttemptTrigger): boolean {
  if (!disabled || trigger === "test") return true;
  return trigger === "probe" ? probeAt !== undefined : trigger === "recover" && recoverUntil !== undefined;
}

/** Stages of the way to being disabled of which an operator is told, in percent; 100 is being disabled. */
const STAGES = [75, 50] as const;
const DISABLED_STAGE = 100;
/** The longest wait between two probes. */
const LONGEST_PROBE_MS = 24 * 3_600_000;

/**
 * After a failed attempt that counts against the integration; `note` says what happened. The integration is disabled once both
 * limits are reached: so many failures in a row, over so long.
 */
export function afterFailure(health: Health, failed: Failure, rules: DisableConfig): Health {
  const { at, note } = failed;
  const first = health.timeOfFirstFailedRequest ?? at;
  const count = health.numberOfFailedRequests + 1;
  const counted: Health = {
    ...health,
    timeOfFirstFailedRequest: first,
    numberOfFailedRequests: count,
    lastFailure: at,
  };
  if (health.disabled) return afterFailedTry(counted, failed, rules);
  const way = 100 * Math.min(count / rules.failures, portion(at - first, rules.afterMs));
  if (way >= DISABLED_STAGE) {
    const reason = `${requests(count)} failed in a row since ${minute(first)}; the last: ${note}`;
    return { ...disable(counted, "failures", reason, at), probeAt: at + rules.probeMs };
  }
  const stage = STAGES.find((percent) => way >= percent) ?? 0;
  return stage > counted.warned ? { ...counted, warned: stage } : counted;
}

export interface Failure {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What happened, in words. */
  readonly note: string;
  readonly trigger: AttemptTrigger;
  /** The endpoint asks for nothing before then. */
  readonly notBefore?: number | undefined;
}

const portion = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole);

const requests = (count: number): string => (count === 1 ? "1 request" : `${count} requests`);

/** `2026-11-20 19:03Z` */
const minute = (time: number): string => `${new Date(time).toISOString().slice(0, 16).replace("T", " ")}Z`;

/** Every failed probe doubles the wait for the next; a failed recovery stops. */
function afterFailedTry(health: Health, { at, trigger, notBefore }: Failure, rules: DisableConfig): Health {
  if (trigger !== "recover" && trigger !== "probe") return health;
  return postponed(withoutRecovery(health), at, notBefore, rules);
}

function postponed(
  health: Health,
  at: number,
  notBefore: number | undefined,
  { probeMs }: DisableConfig,
): Health {
  if (health.probeAt === undefined) return health;
  const waited = Math.max(0, at - (health.disabledAt ?? at));
  const wait = Math.min(waited + probeMs, Math.max(LONGEST_PROBE_MS, probeMs));
  return { ...health, probeAt: Math.max(at + wait, Math.ceil(notBefore ?? 0)) };
}

/** Held deliveries stay held, until somebody asks again. */
export function withoutRecovery(health: Health): Health {
  const { recoverUntil: _until, ...rest } = health;
  return rest;
}

/** A try that our own fault kept from the endpoint counts as none: the next probe comes without a longer wait. */
export function afterOurFault(
  health: Health,
  at: number,
  trigger: AttemptTrigger,
  { probeMs }: DisableConfig,
): Health {
  if (!health.disabled || (trigger !== "probe" && trigger !== "recover")) return health;
  const stopped = withoutRecovery(health);
  return stopped.probeAt === undefined ? stopped : { ...stopped, probeAt: at + probeMs };
}

/**
 * Nothing is sent to it any more; what it is owed is held, and a recovery stops. Somebody's request outweighs what its endpoint
 * says, and "never again" outweighs failures.
 */
export function disable(health: Health, cause: DisableCause, reason: string, at: number): Health {
  const { probeAt: _probe, ...rest } = withoutRecovery(health);
  if (health.cause === "request" && cause !== "request") return rest;
  return {
    ...rest,
    disabled: true,
    cause,
    reason,
    disabledAt: cause === "request" ? at : (health.disabledAt ?? at),
    warned: DISABLED_STAGE,
  };
}

/** Whether the record has been changed since it was disabled: whoever did that expects it to work again. */
export const isChangedSince = (health: Health, record: StoreRecord): boolean =>
  health.disabled && Date.parse(record.updatedAt) > (health.disabledAt ?? Infinity);

/** The health of integrations in memory; the daemon is the only writer. */
export interface HealthBook {
  of(integrationUid: string): Health;
  /** Those that are disabled or being recovered: few, whatever the number of integrations. */
  special(): readonly Health[];
  /** What an attempt led to; its result carries the same object to the outbox. */
  set(health: Health): void;
  /**
   * What was asked for; whoever asks writes it to the outbox at once. It includes what attempts have set before. What it answers
   * with is for when that write is refused: it takes the change back, unless something has been built upon it since.
   */
  replace(health: Health): () => void;
  /** Whether what an attempt led to is still to be written: nothing has replaced it. */
  isCurrent(health: Health): boolean;
}

export function createHealthBook(initial: readonly Health[]): HealthBook {
  const byUid = new Map<string, Health>();
  const special = new Map<string, Health>();
  const replacements = new Map<string, number>();
  const setDuring = new WeakMap<Health, number>();
  /** What was taken back, with what was there before. */
  const refused = new WeakMap<Health, Health>();
  const times = (uid: string): number => replacements.get(uid) ?? 0;
  const put = (health: Health): void => {
    byUid.set(health.integrationUid, health);
    if (health.disabled || health.recoverUntil !== undefined) special.set(health.integrationUid, health);
    else special.delete(health.integrationUid);
  };
  const of = (uid: string): Health => byUid.get(uid) ?? newHealth(uid);
  initial.forEach(put);
  return {
    of,
    special: () => [...special.values()],
    set: (health) => {
      put(health);
      setDuring.set(health, times(health.integrationUid));
    },
    replace: (health) => {
      const uid = health.integrationUid;
      const before = of(uid);
      put(health);
      replacements.set(uid, times(uid) + 1);
      return () => {
        refused.set(health, before);
        if (byUid.get(uid) !== health) return;
        let last = before;
        // Of changes that overlapped, those that were refused before this one are not there to go back to.
        for (let older = refused.get(last); older !== undefined; older = refused.get(last)) last = older;
        put(last);
      };
    },
    isCurrent: (health) => {
      const now = times(health.integrationUid);
      return (setDuring.get(health) ?? now) === now;
    },
  };
}
