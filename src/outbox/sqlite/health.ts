/** The health of integrations, by uid. */
import type { Health } from "../../model/delivery.ts";
import type { Database } from "./driver.ts";
import type { Lookups, Writes } from "./protocol.ts";

interface HealthRow {
  readonly uid: string;
  readonly disabled: number;
  readonly reason: string | null;
  readonly first_failed_at: number | null;
  readonly failed_requests: number;
  readonly last_success: number | null;
  readonly last_failure: number | null;
  readonly confirmed: number;
}

export function putHealth(db: Database): Writes["setHealth"] {
  const put = db.prepare("REPLACE INTO health VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
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
    );
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
    ...(row.first_failed_at === null ? {} : { timeOfFirstFailedRequest: row.first_failed_at }),
    numberOfFailedRequests: row.failed_requests,
    ...(row.last_success === null ? {} : { lastSuccess: row.last_success }),
    ...(row.last_failure === null ? {} : { lastFailure: row.last_failure }),
    confirmed: row.confirmed === 1,
  };
}
