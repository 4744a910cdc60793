/** What is worth claiming: of each integration as much as can be sent soon, so that those that cannot be sent to fill nothing. */
import type { Clock } from "../lib/clock.ts";
import { AHEAD } from "./lanes.ts";
import type { Lanes } from "./lanes.ts";
import type { Pacer } from "./pace.ts";
import type { Ready } from "./ready.ts";

/** What may leave within this time is worth having at hand. */
const SOON_MS = 250;

/** Of which integrations how many may be claimed now. */
export interface Demand {
  /** In all; 0 for none. */
  readonly limit: number;
  /** Of any one that is named nowhere. */
  readonly perIntegration: number;
  readonly limits: Readonly<Record<string, number>>;
  /** None of these: what makes room for them again wakes the claimer. */
  readonly skip: readonly string[];
}

/** What there is to send, and what it may be sent through. */
export interface Supply {
  readonly clock: Clock;
  readonly lanes: Lanes;
  readonly pacer: Pacer;
  readonly ready: Ready;
  /** Places of the main lane. */
  readonly places: number;
}

/** How many of an integration may be at hand, waiting for a place. */
export function mayWait({ clock, lanes, pacer }: Supply, uid: string): number {
  const soon = pacer.countUntil(uid, clock.now() + SOON_MS);
  return Math.max(0, Math.min(soon, lanes.appetite(uid)));
}

export const hasRoom = ({ ready, places }: Supply): boolean => ready.size() < AHEAD * places;

export function demandNow(options: Supply): Demand {
  const { lanes, pacer, ready, places } = options;
  const limits: Record<string, number> = {};
  const skip: string[] = [];
  const waiting = ready.uids();
  let unknown = 0;
  for (const uid of waiting) if (lanes.windows.find(uid)?.isNew() ?? true) unknown += ready.count(uid);
  // Too many of which nothing is known wait already: more must not keep out those that are known to answer.
  const isCrowded = unknown >= places;
  const named = [
    ...lanes.windows.active(),
    ...waiting,
    ...pacer.closed(),
    ...(isCrowded ? lanes.windows.proven() : []),
  ];
  for (const uid of new Set(named)) {
    const free = mayWait(options, uid) - ready.count(uid);
    if (free > 0) limits[uid] = free;
    else skip.push(uid);
  }
  const limit = hasRoom(options) ? 2 * AHEAD * places - ready.size() : 0;
  return { limit, perIntegration: isCrowded ? 0 : AHEAD, limits, skip };
}
