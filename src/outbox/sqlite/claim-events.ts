/** The events of what is claimed, each read once, and whether one more still fits. */
import type { Database } from "./driver.ts";
import type { ClaimOptions } from "./protocol.ts";

export interface ClaimedEvent {
  readonly id: string;
  readonly type: string;
  readonly rest: string;
  readonly data: string;
  readonly bytes: number;
}

export interface ClaimEvents {
  /** By its number. */
  readonly read: (event: number) => ClaimedEvent;
  /**
   * Whether a delivery of this event may be taken, which then counts as taken. Each counts with the whole of its event, also
   * when another has brought it: each is sent with a body of its own.
   */
  readonly fits: (event: number) => boolean;
}

const CLAIMED_EVENT = `
  SELECT id, type, rest, data, octet_length(rest) + octet_length(data) AS bytes FROM events WHERE n = ?`;

/** For one claim after the other; what the answer gives is for one. */
export function createClaimEvents(db: Database): (options: Pick<ClaimOptions, "bytes">) => ClaimEvents {
  const select = db.prepare<ClaimedEvent>(CLAIMED_EVENT);
  return ({ bytes: most = Infinity }) => {
    const known = new Map<number, ClaimedEvent>();
    let taken = 0;
    const read = (event: number): ClaimedEvent => {
      const row = known.get(event) ?? select.get(event);
      if (row === undefined) throw new Error(`event ${event} is missing from the outbox`);
      known.set(event, row);
      return row;
    };
    return {
      read,
      fits: (event) => {
        const { bytes } = read(event);
        if (taken > 0 && taken + bytes > most) return false;
        taken += bytes;
        return true;
      },
    };
  };
}
