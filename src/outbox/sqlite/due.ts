/**
 * When the earliest pending delivery of each integration is due. Claiming asks this first, so that neither the number of
 * deliveries nor a backlog of one dead integration makes it slower. Read from the index when it is first needed, then kept up.
 */
import type { Database } from "./driver.ts";

export interface Due {
  /** A delivery became pending. */
  note(integration: number, dueAt: number): void;
  /** The earliest is now this, or none. */
  set(integration: number, dueAt: number | undefined): void;
  /** Integrations with something due, the longest due first. */
  until(now: number): readonly (readonly [number, number])[];
  /** Of all integrations but those. */
  earliest(skip: ReadonlySet<number | undefined>): number | null;
  forget(): void;
}

/** Hops from integration to integration in the index instead of reading all of it. */
const HEADS = `
  WITH RECURSIVE head (n) AS (
    SELECT min(integration) FROM deliveries WHERE status = 'pending'
    UNION ALL
    SELECT (SELECT min(integration) FROM deliveries WHERE status = 'pending' AND integration > head.n)
    FROM head WHERE head.n IS NOT NULL
  )
  SELECT n, (SELECT min(due_at) FROM deliveries WHERE status = 'pending' AND integration = head.n) AS due
  FROM head WHERE n IS NOT NULL`;

export function createDue(db: Database): Due {
  const read = db.prepare<{ n: number; due: number }>(HEADS);
  let heads: Map<number, number> | undefined;
  const load = (): Map<number, number> => (heads ??= new Map(read.all().map((row) => [row.n, row.due])));
  return {
    note: (integration, dueAt) => {
      const head = heads?.get(integration);
      if (head === undefined || dueAt < head) heads?.set(integration, dueAt);
    },
    set: (integration, dueAt) => {
      if (dueAt === undefined) heads?.delete(integration);
      else heads?.set(integration, dueAt);
    },
    until: (now) => [...load()].filter(([, due]) => due <= now).toSorted((a, b) => a[1] - b[1]),
    earliest: (skip) => {
      let least: number | null = null;
      for (const [integration, due] of load()) {
        if (!skip.has(integration)) least = Math.min(least ?? due, due);
      }
      return least;
    },
    forget: () => {
      heads = undefined;
    },
  };
}
