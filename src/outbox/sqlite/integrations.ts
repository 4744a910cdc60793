/** Integrations by number: the rest of the file refers to them so. Kept in memory, since there are few and all are in use. */
import type { Database } from "./driver.ts";

interface IntegrationRow {
  readonly n: number;
  readonly uid: string;
  readonly name: string;
  readonly kind: string;
}

export interface Integrations {
  /** Number of an integration, remembering the name and kind it has now; a kind of "" leaves the known one. */
  numberOf(uid: string, name: string, kind: string): number;
  byNumber(n: number): IntegrationRow;
  byUid(uid: string): IntegrationRow | undefined;
  /** Forgets what is in memory: another process wrote, or a transaction was rolled back. */
  forget(): void;
}

export function createIntegrations(db: Database): Integrations {
  const known = new Map<string, IntegrationRow>();
  const numbered = new Map<number, IntegrationRow>();
  const put = db.prepare<IntegrationRow>(`
    INSERT INTO integrations (uid, name, kind) VALUES (?, ?, ?)
    ON CONFLICT (uid) DO UPDATE SET name = excluded.name, kind = iif(excluded.kind = '', kind, excluded.kind)
    RETURNING n, uid, name, kind`);
  const one = db.prepare<IntegrationRow>("SELECT n, uid, name, kind FROM integrations WHERE n = ?");
  const named = db.prepare<IntegrationRow>("SELECT n, uid, name, kind FROM integrations WHERE uid = ?");
  const remember = (row: IntegrationRow): IntegrationRow => {
    known.set(row.uid, row);
    numbered.set(row.n, row);
    return row;
  };
  const found = (row: IntegrationRow | undefined, what: string | number): IntegrationRow => {
    if (row === undefined) throw new Error(`integration ${what} is missing from the outbox`);
    return remember(row);
  };
  return {
    numberOf: (uid, name, kind) => {
      const row = known.get(uid);
      if (row?.name === name && (row.kind === kind || kind === "")) return row.n;
      return found(put.get(uid, name, kind), uid).n;
    },
    byNumber: (n) => numbered.get(n) ?? found(one.get(n), n),
    byUid: (uid) => {
      const row = known.get(uid) ?? named.get(uid);
      return row === undefined ? undefined : remember(row);
    },
    forget: () => {
      known.clear();
      numbered.clear();
    },
  };
}
