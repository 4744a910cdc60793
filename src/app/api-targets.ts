/** The APIs of providers as targets: one HTTP client, one clock and one rate budget per account. */
import { setMaxListeners } from "node:events";
import { providers } from "../generated/registry.ts";
import type { Clock } from "../lib/clock.ts";
import { systemClock } from "../lib/clock.ts";
import { createHttpClient } from "../lib/http.ts";
import type { HttpClient } from "../lib/http.ts";
import { createRateBudgets } from "../lib/rate-budget.ts";
import type { RateBudgets } from "../lib/rate-budget.ts";
import type { TargetConfig } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import type { Target } from "../model/target.ts";
import type { Notice } from "../providers/adapter-contract.ts";
import type { KnownObject } from "../reconcile/known.ts";

/** What outlives a session: a daemon makes it once, so that no account is asked more than it allows. */
export interface ApiSurroundings {
  readonly budgets: RateBudgets;
  readonly clock: Clock;
  /** Told of long waits and of what a person should know. */
  readonly onNotice?: (notice: Notice) => void;
  /** Ends waits and requests. */
  readonly signal?: AbortSignal;
}

export const apiSurroundings = (
  options: Pick<ApiSurroundings, "onNotice" | "signal"> = {},
): ApiSurroundings => {
  // Every request and every wait listens to it.
  if (options.signal !== undefined) setMaxListeners(0, options.signal);
  return { budgets: createRateBudgets(systemClock), clock: systemClock, ...options };
};

export interface ApiTargets {
  readonly open: (config: TargetConfig, known: KnownObject) => Target;
  close(): Promise<void>;
}

/** Of one origin; the targets' own parallelism is lower. */
const ANSWER_LIMIT = 8 * 1024 * 1024;

export function openApiTargets(surroundings: ApiSurroundings): ApiTargets {
  let http: HttpClient | undefined;
  return {
    open: (config, known) => {
      const connect = providers.find(({ id }) => id === config.provider)?.connect;
      if (config.api === undefined || connect === undefined) {
        throw new AppError("unsupported", `the provider of ${config.name} has no API`, {
          hint: "give the target a store",
        });
      }
      http ??= createHttpClient({
        maxBodyBytes: ANSWER_LIMIT,
        userAgent: "bellhop",
      });
      return connect({
        target: config.name,
        api: config.api,
        http,
        known,
        random: Math.random,
        ...surroundings,
        ...(config.scope === undefined ? {} : { scope: config.scope }),
      });
    },
    close: async () => http?.close(),
  };
}
