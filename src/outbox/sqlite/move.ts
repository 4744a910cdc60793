/** Deliveries that somebody, or the engine, puts back or takes out: resend, hold, discard. */
import { createOldest } from "./page.ts";
import type { Writes } from "./protocol.ts";
import type { Shared } from "./shared.ts";

interface Movable {
  readonly id: number;
  readonly integration: number;
  readonly via: number;
  readonly status: string;
}

const COLUMNS = "d.id, d.integration, d.via, d.status";
const AGAIN = `
  UPDATE deliveries SET status = 'pending', due_at = ?, reason = NULL, trigger = ?, attempts_before = attempts
  WHERE id = ?`;
const TAKE_OUT = "UPDATE deliveries SET status = ?, due_at = NULL, reason = ? WHERE id = ?";

export function createMove({ db, due, tally }: Shared): Writes["move"] {
  const find = createOldest<Movable>(db, COLUMNS);
  const again = db.prepare(AGAIN);
  const takeOut = db.prepare(TAKE_OUT);
  return ({ selection, limit, to }) => {
    const from = selection.status.filter((one) => one !== "delivering");
    if (from.length === 0) return [];
    const rows = find({ ...selection, status: from }, limit);
    for (const row of rows) {
      if (to.status === "pending") again.run(to.dueAt, to.trigger, row.id);
      else takeOut.run(to.status, to.reason, row.id);
      const before = from.find((one) => one === row.status);
      tally.move(row, before, to.status);
    }
    // What was pending may have been the earliest that is due.
    if (rows.length > 0) due.forget();
    return rows.map((row) => row.id);
  };
}
