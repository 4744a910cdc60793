/** What was owed to integrations that are gone is discarded, with that reason, rather than kept for nobody. */
import type { Log } from "../lib/log.ts";
import { recordName } from "../model/record.ts";
import type { StoreRecord } from "../model/record.ts";
import type { Outbox } from "../outbox/contract.ts";

const REASON = "the integration that asked for it does not exist any more";
const BATCH = 1000;

export interface Found {
  /** All that the stores have, each as it could be read last. */
  readonly records: readonly StoreRecord[];
  /** Of stores that are not asked any more (uids): nobody knows what has become of them, so they are not taken for gone. */
  readonly left: readonly string[];
  /** Every store could be read. */
  readonly complete: boolean;
}

export interface Removed {
  /**
   * What is owed to all that have gone since the last time is discarded; the first time that is `complete`, what is owed to anybody
   * else. Those of `records` are there from the call on, before it resolves. Never rejects: what fails is in the log, and done the
   * next time.
   */
  since(found: Found): Promise<void>;
  /** Something was written that may be owed to these (uids): to those that are gone, it is discarded too. Cheap; never rejects. */
  written(uids: Iterable<string>): Promise<void>;
}

export function discardRemoved(outbox: Outbox, log: Log): Removed {
  /** Records of the last time, by uid. */
  let known: ReadonlyMap<string, StoreRecord> = new Map();
  let lookedAtAll = false;
  /** Those that are gone, with their names where they are known. */
  const gone = new Map<string, string | undefined>();

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
    const name = gone.get(uid);
    const who = name === undefined ? { uid } : { integration: name };
    if (discarded > 0) log.warn({ ...who, deliveries: discarded }, `discarded: ${REASON}`);
  };
  const discardAll = async (uids: readonly string[]): Promise<void> => {
    for (const uid of uids) await discard(uid);
  };
  const orLater = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error({ reason }, "cannot discard what was owed to integrations that are gone; will try again");
    }
  };
  return {
    since: ({ records, left, complete }) =>
      orLater(async () => {
        const undecided = new Set(left);
        const present = new Map(records.map((record) => [record.uid, record]));
        // Before anything is asked of the outbox: what is written from here on `written` takes care of.
        for (const uid of present.keys()) gone.delete(uid);
        for (const [uid, record] of known)
          if (!present.has(uid) && !undecided.has(uid)) gone.set(uid, recordName(record));
        known = present;
        const looksAtAll = complete && !lookedAtAll;
        if (!looksAtAll && gone.size === 0) return;
        const counts = await outbox.counts();
        if (looksAtAll)
          for (const uid of Object.keys(counts))
            if (!known.has(uid) && !gone.has(uid)) gone.set(uid, undefined);
        lookedAtAll ||= looksAtAll;
        await discardAll([...gone.keys()].filter((uid) => isOwed(counts[uid])));
      }),
    written: async (uids) => {
      const late = gone.size === 0 ? [] : [...uids].filter((uid) => gone.has(uid));
      if (late.length > 0) await orLater(() => discardAll(late));
    },
  };
}

type Counts = Awaited<ReturnType<Outbox["counts"]>>;

const isOwed = ({ pending = 0, held = 0 }: Counts[string] = {}): boolean => pending + held > 0;
