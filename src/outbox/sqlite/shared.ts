/** What the operations of one connection share. */
import { createDue, type Due } from "./due.ts";
import type { Database } from "./driver.ts";
import { createIntegrations, type Integrations } from "./integrations.ts";
import { createTally, type Tally } from "./tally.ts";

export interface Shared {
  readonly db: Database;
  readonly integrations: Integrations;
  readonly due: Due;
  readonly tally: Tally;
  /** Forgets what is in memory when another process has written since the last call. */
  refresh(): void;
  /** Forgets what is in memory: it may say what was rolled back. */
  forget(): void;
}

export function createShared(db: Database): Shared {
  const [integrations, due, tally] = [createIntegrations(db), createDue(db), createTally(db)];
  const version = db.prepare<{ data_version: number }>("PRAGMA data_version");
  let seen = version.get()?.data_version;
  const forget = (): void => {
    integrations.forget();
    due.forget();
  };
  return {
    db,
    integrations,
    due,
    tally,
    forget,
    refresh: () => {
      const now = version.get()?.data_version;
      if (now !== seen) forget();
      seen = now;
    },
  };
}
