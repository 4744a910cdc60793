/** Takes due deliveries for sending: the longest due first, a bounded number of any one integration. */
import type { Claimed, DeliveryRecord, Writes } from "./protocol.ts";
import type { Shared } from "./shared.ts";

interface Candidate {
  readonly id: number;
  readonly due_at: number;
  readonly integration: number;
}

interface Taken {
  readonly event: number;
  readonly via: number;
  readonly attempts: number;
  readonly last_status_code: number | null;
  readonly trigger: string;
  readonly reason: string | null;
}

export const CANDIDATES = `
  SELECT id, due_at, integration FROM deliveries
  WHERE status = 'pending' AND integration = ? ORDER BY due_at, id LIMIT ?`;
export const CANDIDATE = "SELECT id, due_at, integration FROM deliveries WHERE id = ? AND status = 'pending'";
export const TAKE = `
  UPDATE deliveries SET status = 'delivering' WHERE id = ?
  RETURNING event, via, attempts, last_status_code, trigger, reason`;
export const CLAIMED_EVENT = "SELECT id, type, rest, data FROM events WHERE n = ?";

interface ClaimedEvent {
  readonly id: string;
  readonly type: string;
  readonly rest: string;
  readonly data: string;
}

export function createClaim({ db, integrations, due, tally }: Shared): Writes["claim"] {
  const select = db.prepare<Candidate>(CANDIDATES);
  const selectOne = db.prepare<Candidate>(CANDIDATE);
  const take = db.prepare<Taken>(TAKE);
  const selectEvent = db.prepare<ClaimedEvent>(CLAIMED_EVENT);

  /** No integration beyond the first `limit` can have one of the `limit` longest due. */
  const choose = (options: Parameters<Writes["claim"]>[0]): Candidate[] => {
    const skipped = new Set(options.skip.map((uid) => integrations.byUid(uid)?.n));
    const share = Math.min(options.perIntegration, options.limit);
    const lists = due
      .until(options.now)
      .filter(([integration]) => !skipped.has(integration))
      .slice(0, options.limit)
      .map(([integration]) => select.all(integration, share + 1));
    const chosen = lists
      .flatMap((list) => list.slice(0, share).filter((one) => one.due_at <= options.now))
      .toSorted((a, b) => a.due_at - b.due_at || a.id - b.id)
      .slice(0, options.limit);
    const taken = new Set(chosen.map((one) => one.id));
    for (const list of lists) {
      const [first] = list;
      if (first !== undefined) due.set(first.integration, list.find((one) => !taken.has(one.id))?.due_at);
    }
    return chosen;
  };

  /** Named deliveries are taken whatever else is due before them, so what is known of the earliest no longer holds. */
  const chooseNamed = (ids: readonly number[], options: Parameters<Writes["claim"]>[0]): Candidate[] => {
    due.forget();
    return ids
      .flatMap((id) => selectOne.get(id) ?? [])
      .filter((one) => one.due_at <= options.now)
      .slice(0, options.limit);
  };

  return (options): Claimed => {
    const events: ClaimedEvent[] = [];
    const indexes = new Map<number, number>();
    const indexOf = (event: number): number => {
      const known = indexes.get(event);
      if (known !== undefined) return known;
      const row = selectEvent.get(event);
      if (row === undefined) throw new Error(`event ${event} is missing from the outbox`);
      indexes.set(event, events.length);
      return events.push(row) - 1;
    };
    const chosen = options.only === undefined ? choose(options) : chooseNamed(options.only, options);
    const deliveries = chosen.map((one): readonly [DeliveryRecord, number] => {
      const row = take.get(one.id);
      if (row === undefined) throw new Error(`delivery ${one.id} is missing from the outbox`);
      const [integration, via] = [integrations.byNumber(one.integration), row.via];
      tally.move({ integration: one.integration, via }, "pending", "delivering");
      const through = via === 0 ? undefined : integrations.byNumber(via);
      const index = indexOf(row.event);
      const record: DeliveryRecord = {
        id: one.id,
        event_id: events[index]?.id ?? "",
        event_type: events[index]?.type ?? "",
        uid: integration.uid,
        name: integration.name,
        via_uid: through?.uid ?? null,
        via_name: through?.name ?? null,
        kind: integration.kind,
        status: "delivering",
        reason: row.reason,
        attempts: row.attempts,
        last_status_code: row.last_status_code,
        due_at: null,
        trigger: row.trigger,
      };
      return [record, index];
    });
    return { deliveries, events: events.map(({ rest, data }) => ({ rest, data })) };
  };
}
