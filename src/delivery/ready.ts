/** Claimed deliveries that wait for a free place: a queue for each integration, taken from in turn. */
import type { ClaimedDelivery } from "../outbox/contract.ts";

export interface Ready {
  add(claimed: ClaimedDelivery): void;
  /** The next that `mayStart`, integrations taking turns; of each only the one that has waited longest is asked for. */
  take(mayStart: (claimed: ClaimedDelivery) => boolean): ClaimedDelivery | undefined;
  /** Takes out what is beyond the first `keep` of an integration. */
  cut(integrationUid: string, keep: number): readonly ClaimedDelivery[];
  /** How many of one integration wait. */
  count(integrationUid: string): number;
  /** Integrations of which some wait. */
  uids(): readonly string[];
  size(): number;
  /** Empties it. */
  drain(): readonly ClaimedDelivery[];
}

export function createReady(): Ready {
  const queues = new Map<string, ClaimedDelivery[]>();
  let size = 0;
  return {
    add: (claimed) => {
      const uid = claimed.delivery.integrationUid;
      const queue = queues.get(uid);
      if (queue === undefined) queues.set(uid, [claimed]);
      else queue.push(claimed);
      size += 1;
    },
    take: (mayStart) => {
      for (const [uid, queue] of queues) {
        const [next] = queue;
        if (next === undefined || !mayStart(next)) continue;
        queue.shift();
        // To the end of the line, if there is more.
        queues.delete(uid);
        if (queue.length > 0) queues.set(uid, queue);
        size -= 1;
        return next;
      }
      return undefined;
    },
    cut: (uid, keep) => {
      const queue = queues.get(uid) ?? [];
      const rest = queue.splice(Math.max(0, keep));
      if (queue.length === 0) queues.delete(uid);
      size -= rest.length;
      return rest;
    },
    count: (uid) => queues.get(uid)?.length ?? 0,
    uids: () => [...queues.keys()],
    size: () => size,
    drain: () => {
      const rest = [...queues.values()].flat();
      queues.clear();
      size = 0;
      return rest;
    },
  };
}
