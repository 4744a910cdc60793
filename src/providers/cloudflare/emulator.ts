/**
 * Cloudflare's Alerting v3 as its API reference and official client describe it. The scope of a record is the account's id.
 * PagerDuty connections and silences are not there.
 */
import type { BudgetState, Emulator, Reply } from "../emulator-contract.ts";
import { alertRoutes } from "./emulator/alerts.ts";
import { CODES, failure } from "./emulator/envelope.ts";
import { policyRoutes } from "./emulator/policies.ts";
import { webhookRoutes } from "./emulator/webhooks.ts";

export const emulator: Emulator = {
  id: "cloudflare",
  prefixes: ["/client/v4"],
  budget: { limit: 1200, windowMs: 300_000 },
  routes: [...webhookRoutes, ...policyRoutes, ...alertRoutes],
  /** A token, or the address and the global key of a user. */
  authenticate: ({ headers }, gate) => {
    const token = /^Bearer\s+(\S+)$/i.exec(headers["authorization"] ?? "")?.[1];
    const key = headers["x-auth-email"] ? headers["x-auth-key"] : undefined;
    const credential = token ?? key;
    return credential !== undefined && gate.accepts(credential) ? credential : undefined;
  },
  refuse,
  budgetHeaders: (state, refused) => ({
    ratelimit: `"default";r=${state.remaining};t=${secondsLeft(state)}`,
    "ratelimit-policy": `"default";q=${state.limit};w=${state.windowMs / 1000}`,
    ...(refused ? { "retry-after": String(secondsLeft(state)) } : {}),
  }),
  newId: (_kind, _spec, _taken, ids) => ids.hex(32),
};

function refuse(status: number, message: string): Reply {
  const codes: Readonly<Record<number, number>> = {
    400: CODES.malformed,
    401: CODES.unauthenticated,
    404: CODES.noRoute,
    429: CODES.rateLimited,
  };
  return failure(status, codes[status] ?? CODES.internal, message);
}

const secondsLeft = ({ resetAt, now }: BudgetState): number => Math.max(1, Math.ceil((resetAt - now) / 1000));
