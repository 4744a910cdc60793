/** Budgets of requests: a fixed window that begins with the first request of each credential. */
import { parseDuration } from "../lib/duration.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { ProviderId } from "../model/field.ts";
import type { Budget, BudgetState } from "../providers/emulator-contract.ts";

/** `off` counts nothing; otherwise budgets by provider that replace the documented ones. */
export type RateLimits = "off" | ReadonlyMap<ProviderId, Budget>;

export interface RateLimiter {
  /** Takes one request off the budget. `refused` when there was nothing left. */
  take(credential: string): { readonly state: BudgetState; readonly refused: boolean };
}

export function createRateLimiter(budget: Budget, now: () => number): RateLimiter {
  const windows = new Map<string, { used: number; resetAt: number }>();
  return {
    take: (credential) => {
      const at = now();
      let window = windows.get(credential);
      if (window === undefined || window.resetAt <= at) {
        window = { used: 0, resetAt: at + budget.windowMs };
        windows.set(credential, window);
      }
      const refused = window.used >= budget.limit;
      if (!refused) window.used++;
      const state = { ...budget, remaining: budget.limit - window.used, resetAt: window.resetAt, now: at };
      return { state, refused };
    },
  };
}

/** `off`, or any number of `PROVIDER=REQUESTS/DURATION` such as `scalingo=600/1m`. Throws AppError `usage`. */
export function parseRateLimits(specs: readonly string[], providers: readonly ProviderId[]): RateLimits {
  if (specs.includes("off")) return "off";
  return new Map(specs.map((spec) => parseRateLimit(spec, providers)));
}

function parseRateLimit(spec: string, providers: readonly ProviderId[]): readonly [ProviderId, Budget] {
  const [, provider = "", requests = "", duration = ""] = /^([a-z]+)=(\d+)\/(\S+)$/.exec(spec) ?? [];
  const windowMs = parseDuration(duration);
  if (!providers.includes(provider) || windowMs === undefined || windowMs === 0 || requests === "") {
    throw new AppError("usage", `--rate-limit ${spec} is not understood`, {
      hint: `write off, or PROVIDER=REQUESTS/DURATION such as scalingo=600/1m, with one of ${providers.join(", ")}`,
      exitCode: ExitCode.usage,
    });
  }
  return [provider, { limit: Number(requests), windowMs }];
}
