/** What was owed to integrations that are gone is discarded, with that reason, rather than kept for nobody. */
import type { Log } from "../lib/log.ts";
import type { StoreRecord } from "../model/record.ts";
import type { Outbox } from "../outbox/contract.ts";

const REASON = "the integration that asked for it does not exist any more";
const BATCH = 1000;

export interface Removed {
  /**
   * `records` are all that the stores have now, and `complete` says that every store was there and could be read: otherwise what
   * is missing need not be gone, and nothing is discarded. The first time everything that is owed is looked at, afterwards only
   * what has gone since the time before. Never rejects: what fails is in the log.
   */
  since(records: readonly StoreRecord[], complete: boolean): Promise<void>;
}

export function discardRemoved(outbox: Outbox, log: Log): Removed {
  let known: ReadonlySet<string> | undefined;

  const owedTo = async (): Promise<readonly string[]> =>
    Object.entries(await outbox.counts()).flatMap(([uid, { pending = 0, held = 0 }]) =>
      pending + held > 0 ? [uid] : [],
    );
  const discard = async (uid: string): Promise<void> => {
    let discarded = 0;
    for (;;) {
      const moved = await outbox.move({
        filter: { integration: uid },
        from: ["pending", "held"],
        limit: BATCH,
        to: { status: "discarded", reason: REASON },
      });
      discarded += moved.length;
      if (moved.length < BATCH) break;
    }
    if (discarded > 0) log.warn({ uid, deliveries: discarded }, `discarded: ${REASON}`);
  };
  return {
    since: async (records, complete) => {
      const present = new Set(records.map(({ uid }) => uid));
      if (!complete) {
        if (known !== undefined) known = present;
        return;
      }
      try {
        const suspects = known === undefined ? await owedTo() : [...known];
        for (const uid of suspects) if (!present.has(uid)) await discard(uid);
        known = present;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.error({ reason }, "cannot discard what was owed to integrations that are gone");
      }
    },
  };
}
