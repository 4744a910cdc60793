/**
 * Who may have more bytes at hand. Those that are known to answer always find half of them free of all others, but for what an
 * integration that suddenly hangs has under way already, until that is answered or its time is over.
 */
import { BYTES_AT_HAND } from "./hand.ts";
import type { Hand } from "./hand.ts";
import type { Windows } from "./window.ts";

/**
 * The most that one claim takes, unless a single delivery is larger: 8 MiB, as much as one event is by HTTP. Nothing is claimed
 * where so much might not fit any more, so bounds are exceeded only by what is larger, which is claimed all the same while
 * nothing else of the same share is at hand.
 */
export const BYTES_PER_CLAIM = BYTES_AT_HAND / 8;
/** Of any one integration. */
const OF_ONE = BYTES_AT_HAND / 2;
/** Of those that are slow, and of which nothing is known yet, together. */
const OF_UNPROVEN = BYTES_AT_HAND / 2;
/** Of those that are slow together: they leave the rest to what may turn out to be quick. */
const OF_SLOW = BYTES_AT_HAND / 4;

const isFull = (held: number, most: number): boolean => held > 0 && held + BYTES_PER_CLAIM > most;

/** Whether any claim may be made. */
export const hasBytes = (hand: Hand): boolean => !isFull(hand.bytes(), BYTES_AT_HAND);

export interface Shares {
  /** Nothing of it may be claimed now. */
  isBarred(uid: string): boolean;
  /** Those that hold all that one may. */
  readonly full: readonly string[];
  /** Nothing may be claimed of any integration of which nothing is known. */
  readonly isCrowded: boolean;
}

export function sharesNow(hand: Hand, windows: Pick<Windows, "find">): Shares {
  const isSlow = (uid: string): boolean => windows.find(uid)?.isSlow() ?? false;
  const isNew = (uid: string): boolean => windows.find(uid)?.isNew() ?? true;
  let [slow, unproven] = [0, 0];
  const full = new Set<string>();
  for (const [uid, bytes] of hand.byIntegration()) {
    if (isSlow(uid)) slow += bytes;
    if (isSlow(uid) || isNew(uid)) unproven += bytes;
    if (isFull(bytes, OF_ONE)) full.add(uid);
  }
  const isCrowded = isFull(unproven, OF_UNPROVEN);
  const isSlowFull = isFull(slow, OF_SLOW) || isCrowded;
  return {
    isBarred: (uid) => full.has(uid) || (isSlow(uid) ? isSlowFull : isCrowded && isNew(uid)),
    full: [...full],
    isCrowded,
  };
}
