/** Changes of an integration's health that are no attempt's: in memory first, then in the outbox. */
import type { Health } from "../model/delivery.ts";
import type { Outbox } from "../outbox/contract.ts";
import type { HealthBook } from "./health.ts";

export interface HealthChanges {
  /** Durable when it resolves. A change that the outbox refuses is taken back, unless an attempt has built upon it since. */
  readonly change: (integrationUid: string, change: (health: Health) => Health) => Promise<Health>;
  /** The outbox takes writes: what it refused before, and is in memory, is written. Cheap; never rejects. */
  readonly catchUp: () => Promise<void>;
}

/** Memory comes first, because attempts that end while the change is being written build upon it. */
export function createHealthChanges(outbox: Pick<Outbox, "setHealth">, book: HealthBook): HealthChanges {
  /** Of these the outbox may say something else than memory: a result may have been recorded without what was to replace it. */
  const behind = new Set<string>();
  const write = async (health: Health): Promise<void> => {
    await outbox.setHealth(health);
    behind.delete(health.integrationUid);
  };
  return {
    change: async (uid, apply) => {
      const changed = apply(book.of(uid));
      const takeBack = book.replace(changed);
      try {
        await write(changed);
      } catch (error) {
        takeBack();
        behind.add(uid);
        throw error;
      }
      return changed;
    },
    catchUp: async () => {
      for (const uid of behind) {
        try {
          await write(book.of(uid));
        } catch {
          // The next write that succeeds tries again.
          return;
        }
      }
    },
  };
}
