/** Claimed deliveries that wait for a free place: a queue for each integration, taken from in turn. */
import type { ClaimedDelivery } from "../outbox/contract.ts";

export interface Ready {
  add(claimed: ClaimedDelivery): void;
  /** The next whose integration `mayStart`, integrations taking turns. */
  take(mayStart: (integrationUid: string) => boolean): ClaimedDelivery | undefined;
  /** How many of one integration wait. */
  count(integrationUid: string): number;
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
        if (!mayStart(uid)) continue;
        const next = queue.shift();
        // To the end of the line, whether there is more or not.
        queues.delete(uid);
        if (queue.length > 0) queues.set(uid, queue);
        if (next === undefined) continue;
        size -= 1;
        return next;
      }
      return undefined;
    },
    count: (uid) => queues.get(uid)?.length ?? 0,
    size: () => size,
    drain: () => {
      const rest = [...queues.values()].flat();
      queues.clear();
      size = 0;
      return rest;
    },
  };
}
