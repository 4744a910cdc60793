/** Health of every integration: the documented status fields, kept in the outbox and mirrored here. */
import type { Health } from "../model/delivery.ts";

const newHealth = (integrationUid: string): Health => ({
  integrationUid,
  disabled: false,
  numberOfFailedRequests: 0,
  warned: 0,
  confirmed: false,
});

/** After a delivered attempt: failures are forgotten. */
export function afterSuccess(health: Health, at: number): Health {
  const { timeOfFirstFailedRequest: _first, ...rest } = health;
  return { ...rest, numberOfFailedRequests: 0, lastSuccess: at };
}

/** After a failed attempt that counts against the integration. */
export function afterFailure(health: Health, at: number): Health {
  return {
    ...health,
    timeOfFirstFailedRequest: health.timeOfFirstFailedRequest ?? at,
    numberOfFailedRequests: health.numberOfFailedRequests + 1,
    lastFailure: at,
  };
}

export const disable = (health: Health, reason: string): Health => ({ ...health, disabled: true, reason });

/** The health of integrations in memory; the daemon is the only writer. */
export interface HealthBook {
  of(integrationUid: string): Health;
  set(health: Health): void;
}

export function createHealthBook(initial: readonly Health[]): HealthBook {
  const byUid = new Map(initial.map((health) => [health.integrationUid, health]));
  return {
    of: (uid) => byUid.get(uid) ?? newHealth(uid),
    set: (health) => void byUid.set(health.integrationUid, health),
  };
}
