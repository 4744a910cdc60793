/** What is at hand, and how many bytes of it: every delivery that was claimed, until its result is durable or it is given back. */
import type { ClaimedDelivery } from "../outbox/contract.ts";

/**
 * The most that is at hand, as `ClaimedDelivery.bytes` counts it: 64 MiB. In memory that is a small multiple: an event is read
 * into objects, and each delivery is sent with a body of its own, which is kept until it is logged.
 */
export const BYTES_AT_HAND = 64 * 1024 * 1024;

/** What a delivery is called in the log. */
export interface Names {
  readonly integration: string;
  /** Id of its event. */
  readonly event: string;
  /** Type of its event. */
  readonly type: string;
}

export interface Hand {
  /** They were claimed. */
  take(claimed: readonly ClaimedDelivery[]): void;
  /** Their results are durable, or they are given back; ignores what is not at hand. Answers with what was, by delivery id. */
  letGo(deliveryIds: readonly string[]): ReadonlyMap<string, Names>;
  /** Of all that is at hand; 0 only when nothing is. */
  bytes(): number;
  /** By integration uid, only those of which something is at hand. */
  byIntegration(): ReadonlyMap<string, number>;
}

interface Held {
  readonly uid: string;
  readonly bytes: number;
  readonly times: number;
  readonly names: Names;
}

export function createHand(): Hand {
  /** Of each delivery as often as it was claimed: it may be claimed again before it is known that it was given back. */
  const held = new Map<string, Held>();
  const sums = new Map<string, number>();
  let total = 0;
  const add = (uid: string, bytes: number): void => {
    total += bytes;
    const sum = (sums.get(uid) ?? 0) + bytes;
    if (sum === 0) sums.delete(uid);
    else sums.set(uid, sum);
  };
  return {
    take: (claimed) => {
      for (const { delivery, event, bytes } of claimed) {
        const { id, integration, integrationUid: uid } = delivery;
        const times = (held.get(id)?.times ?? 0) + 1;
        held.set(id, { uid, bytes, times, names: { integration, event: event.id, type: event.type } });
        add(uid, bytes);
      }
    },
    letGo: (deliveryIds) => {
      const gone = new Map<string, Names>();
      for (const id of deliveryIds) {
        const one = held.get(id);
        if (one === undefined) continue;
        if (one.times === 1) held.delete(id);
        else held.set(id, { ...one, times: one.times - 1 });
        add(one.uid, -one.bytes);
        gone.set(id, one.names);
      }
      return gone;
    },
    bytes: () => total,
    byIntegration: () => sums,
  };
}
