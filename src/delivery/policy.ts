/** How deliveries to one endpoint are attempted. */
import type { AttemptPolicy } from "../providers/contract.ts";
import { DEFAULT_SCHEDULE } from "./backoff.ts";
import type { Endpoint } from "./routes.ts";

export type Policy = Required<AttemptPolicy>;

const DEFAULT_POLICY: Policy = { timeoutMs: 15_000, schedule: DEFAULT_SCHEDULE };

export const policyOf = (endpoint: Endpoint | undefined): Policy => ({
  ...DEFAULT_POLICY,
  ...endpoint?.behaviour.policy?.(endpoint.record),
});
