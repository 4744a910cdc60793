/** How deliveries to one endpoint are attempted, and how fast. */
import type { Format, Pace } from "../formats/contract.ts";
import type { AttemptPolicy } from "../providers/contract.ts";
import { DEFAULT_SCHEDULE } from "./backoff.ts";
import type { Endpoint } from "./routes.ts";

export interface Policy extends Required<Omit<AttemptPolicy, "rateLimit">> {
  /** The slower of what the integration asks for and what its destination takes. */
  readonly pace: Pace;
}

const DEFAULT_POLICY: Policy = { timeoutMs: 15_000, schedule: DEFAULT_SCHEDULE, pace: {} };

/** Asked for the same endpoint again, it need not think again: a changed record is another endpoint. */
export function createPolicies(formats: readonly Format[]): (endpoint: Endpoint | undefined) => Policy {
  const known = new WeakMap<Endpoint, Policy>();
  return (endpoint) => {
    if (endpoint === undefined) return DEFAULT_POLICY;
    const found = known.get(endpoint);
    if (found !== undefined) return found;
    const policy = policyOf(endpoint, formats);
    known.set(endpoint, policy);
    return policy;
  };
}

function policyOf({ record, behaviour }: Endpoint, formats: readonly Format[]): Policy {
  const { rateLimit, ...policy } = behaviour.policy?.(record) ?? {};
  const shape = behaviour.format?.(record);
  const pace = formats.find(({ id }) => id === shape)?.pace ?? {};
  return { ...DEFAULT_POLICY, ...policy, pace: rateLimit === undefined ? pace : slower(pace, rateLimit) };
}

/** How long a burst of an integration with its own limit may be in advance: timers are no finer than that. */
const FINEST_SECONDS = 0.02;

function slower(pace: Pace, rateLimit: number): Pace {
  if (pace.perSecond !== undefined && pace.perSecond <= rateLimit) return pace;
  return { ...pace, perSecond: rateLimit, burst: Math.max(1, Math.floor(rateLimit * FINEST_SECONDS)) };
}
