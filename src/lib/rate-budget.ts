/**
 * A rate budget: never more than so many requests in any window of time, corrected by what the other side says of its
 * own count. Spending is first come, first served.
 */
import type { Clock } from "./clock.ts";

export interface RateLimit {
  readonly requests: number;
  readonly windowMs: number;
}

/** What an answer tells about the budget. Times are milliseconds from now. */
export interface RateReport {
  /** How many requests the window takes in all. */
  readonly limit?: number;
  /** How many are left until `resetMs`; without that, for a window. */
  readonly remaining?: number;
  readonly resetMs?: number;
  /** No request before that. */
  readonly retryAfterMs?: number;
}

export interface RateBudget {
  /** Resolves when one request may be sent; `waiting` is told before every wait. */
  spend(waiting?: (ms: number) => void, signal?: AbortSignal): Promise<void>;
  /**
   * The outcome of one request that was spent: takes the other side's word, never more generous than it, whatever was counted here.
   * An empty report where no answer came.
   */
  correct(report: RateReport): void;
}

export function createRateBudget(documented: RateLimit, clock: Clock): RateBudget {
  let limit = documented.requests;
  /** When each request spent stops counting, ascending. */
  let spent: number[] = [];
  let notBefore = 0;
  /** Requests without an outcome: the other side may not have counted them yet. */
  let under = 0;
  let queue: Promise<void> = Promise.resolve();

  const forget = (now: number): void => {
    const first = spent.findIndex((until) => until > now);
    spent = first === -1 ? [] : spent.slice(first);
  };
  const waitMs = (now: number): number => {
    forget(now);
    const free = spent.length < limit ? now : (spent[spent.length - limit] ?? now);
    return Math.max(free, notBefore) - now;
  };
  const take = async (waiting: ((ms: number) => void) | undefined, signal?: AbortSignal): Promise<void> => {
    for (let ms = waitMs(clock.now()); ms > 0; ms = waitMs(clock.now())) {
      waiting?.(ms);
      await clock.sleep(ms, signal);
    }
    insert(spent, clock.now() + documented.windowMs);
    under += 1;
  };

  return {
    spend: (waiting, signal) => {
      const turn = queue.then(() => take(waiting, signal));
      queue = turn.catch(() => undefined);
      return turn;
    },
    correct: ({ limit: stated, remaining, resetMs = documented.windowMs, retryAfterMs }) => {
      const now = clock.now();
      under = Math.max(0, under - 1);
      if (stated !== undefined && stated >= 1) limit = stated;
      if (retryAfterMs !== undefined) notBefore = Math.max(notBefore, now + retryAfterMs);
      if (remaining === undefined || resetMs <= 0) return;
      forget(now);
      const until = now + Math.min(resetMs, documented.windowMs);
      const missing = limit - spent.length - Math.max(0, remaining - under);
      if (missing <= 0) return;
      spent = [...spent, ...Array.from({ length: missing }, () => until)].toSorted(
        (left, right) => left - right,
      );
    },
  };
}

function insert(ascending: number[], value: number): void {
  let index = ascending.length;
  while (index > 0 && (ascending[index - 1] ?? 0) > value) index -= 1;
  ascending.splice(index, 0, value);
}

/** One budget per account, shared by everything in the process that speaks for it. */
export interface RateBudgets {
  /** The account's budget, made by the first who asks. */
  of(account: string, limit: RateLimit): RateBudget;
}

export function createRateBudgets(clock: Clock): RateBudgets {
  const budgets = new Map<string, RateBudget>();
  return {
    of: (account, limit) => {
      const budget = budgets.get(account) ?? createRateBudget(limit, clock);
      budgets.set(account, budget);
      return budget;
    },
  };
}
