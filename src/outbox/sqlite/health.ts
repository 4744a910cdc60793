/** The health of integrations, by uid, and what a disabled one does to what is pending. */
import type { Health } from "../../model/delivery.ts";
import type { Database } from "./driver.ts";
import type { Lookups, Writes } from "./protocol.ts";
import type { Shared } from "./shared.ts";

interface HealthRow {
  readonly uid: string;
  readonly disabled: number;
  readonly reason: string | null;
  readonly first_failed_at: number | null;
  readonly failed_requests: number;
  readonly last_success: number | null;
  readonly last_failure: number | null;
  readonly confirmed: number;
  readonly cause: string | null;
  readonly disabled_at: number | null;
  readonly probe_at: number | null;
  readonly warned: number;
  readonly recover_until: number | null;
}

const PUT = `
  REPLACE INTO health (uid, disabled, reason, first_failed_at, failed_requests, last_success, last_failure, confirmed,
    cause, disabled_at, probe_at, warned, recover_until)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
/** What somebody asked for by hand goes out all the same. */
const PENDING = `
  SELECT id, via FROM deliveries
  WHERE status = 'pending' AND integration = ? AND trigger NOT IN ('test', 'probe', 'recover')`;
const HOLD = "UPDATE deliveries SET status = 'held', due_at = NULL, reason = ? WHERE id = ?";

/** Writes one health; of a disabled integration, what is pending is held. */
export function createSetHealth({ db, integrations, due, tally }: Shared): Writes["setHealth"] {
  const put = db.prepare(PUT);
  const pending = db.prepare<{ id: number; via: number }>(PENDING);
  const hold = db.prepare(HOLD);
  return (health) => {
    put.run(
      health.integrationUid,
      health.disabled ? 1 : 0,
      health.reason ?? null,
      health.timeOfFirstFailedRequest ?? null,
      health.numberOfFailedRequests,
      health.lastSuccess ?? null,
      health.lastFailure ?? null,
      health.confirmed ? 1 : 0,
      health.cause ?? null,
      health.disabledAt ?? null,
      health.probeAt ?? null,
      health.warned,
      health.recoverUntil ?? null,
    );
    const integration = health.disabled ? integrations.byUid(health.integrationUid)?.n : undefined;
    if (integration === undefined) return null;
    const held = pending.all(integration);
    for (const { id, via } of held) {
      hold.run(health.reason ?? "the integration is disabled", id);
      tally.move({ integration, via }, "pending", "held");
    }
    if (held.length > 0) due.forget();
    return null;
  };
}

export function readHealth(db: Database): Lookups["health"] {
  const all = db.prepare<HealthRow>("SELECT * FROM health ORDER BY uid");
  const one = db.prepare<HealthRow>("SELECT * FROM health WHERE uid = ?");
  return (uid) => (uid === null ? all.all() : one.all(uid)).map(fromRow);
}

function fromRow(row: HealthRow): Health {
  return {
    integrationUid: row.uid,
    disabled: row.disabled === 1,
    ...(row.reason === null ? {} : { reason: row.reason }),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written from a Health
    ...(row.cause === null ? {} : { cause: row.cause as NonNullable<Health["cause"]> }),
    ...(row.disabled_at === null ? {} : { disabledAt: row.disabled_at }),
    ...(row.probe_at === null ? {} : { probeAt: row.probe_at }),
    warned: row.warned,
    ...(row.recover_until === null ? {} : { recoverUntil: row.recover_until }),
    ...(row.first_failed_at === null ? {} : { timeOfFirstFailedRequest: row.first_failed_at }),
    numberOfFailedRequests: row.failed_requests,
    ...(row.last_success === null ? {} : { lastSuccess: row.last_success }),
    ...(row.last_failure === null ? {} : { lastFailure: row.last_failure }),
    confirmed: row.confirmed === 1,
  };
}
