/** What is worth claiming: of each integration as much as can be sent soon, so that those that cannot be sent to fill nothing. */
import type { Clock } from "../lib/clock.ts";
import type { ClaimOptions } from "../outbox/contract.ts";
import type { Hand } from "./hand.ts";
import { AHEAD } from "./lanes.ts";
import type { Lanes } from "./lanes.ts";
import type { Pacer } from "./pace.ts";
import type { Ready } from "./ready.ts";
import { BYTES_PER_CLAIM, hasBytes, sharesNow } from "./shares.ts";

/** What may leave within this time is worth having at hand. */
const SOON_MS = 250;

/** Of which integrations how many may be claimed now, and how many bytes. What makes room for those in `skip` wakes the claimer. */
export type Demand = Required<Omit<ClaimOptions, "now" | "only">>;

/** What there is to send, and what it may be sent through. */
export interface Supply {
  readonly clock: Clock;
  readonly lanes: Lanes;
  readonly pacer: Pacer;
  readonly ready: Ready;
  /** All that is claimed: what waits, is under way, and is not durable yet. */
  readonly hand: Hand;
  /** Places of the main lane. */
  readonly places: number;
}

/** How many of an integration may be at hand, waiting for a place. */
export function mayWait({ clock, lanes, pacer }: Supply, uid: string): number {
  const soon = pacer.countUntil(uid, clock.now() + SOON_MS);
  return Math.max(0, Math.min(soon, lanes.appetite(uid)));
}

export const hasRoom = ({ ready, hand, places }: Supply): boolean =>
  ready.size() < AHEAD * places && hasBytes(hand);

export function demandNow(options: Supply): Demand {
  const { lanes, pacer, ready, hand, places } = options;
  const limits: Record<string, number> = {};
  const skip: string[] = [];
  const waiting = ready.uids();
  let unknown = 0;
  for (const uid of waiting) if (lanes.windows.find(uid)?.isNew() ?? true) unknown += ready.count(uid);
  // Too many of which nothing is known wait already: more must not keep out those that are known to answer.
  const shares = sharesNow(hand, lanes.windows);
  const isCrowded = unknown >= places || shares.isCrowded;
  const named = [
    ...lanes.windows.active(),
    ...waiting,
    ...pacer.closed(),
    ...shares.full,
    ...(isCrowded ? lanes.windows.proven() : []),
  ];
  for (const uid of new Set(named)) {
    const free = shares.isBarred(uid) ? 0 : mayWait(options, uid) - ready.count(uid);
    if (free > 0) limits[uid] = free;
    else skip.push(uid);
  }
  const limit = hasRoom(options) ? 2 * AHEAD * places - ready.size() : 0;
  return { limit, bytes: BYTES_PER_CLAIM, perIntegration: isCrowded ? 0 : AHEAD, limits, skip };
}
