/** One connection with everything that can be asked of it. Writes share transactions; each is kept or undone on its own. */
import { createAccept } from "./accept.ts";
import { createClaim } from "./claim.ts";
import type { Database } from "./driver.ts";
import { createSetHealth, readHealth } from "./health.ts";
import { createMove } from "./move.ts";
import type { Api, Lookups, Request, Searches, Writes } from "./protocol.ts";
import { WRITES } from "./protocol.ts";
import { createRecord, createRelease, recoverDelivering } from "./record.ts";
import { createSearches } from "./search.ts";
import { createShared, type Shared } from "./shared.ts";
import type { TextFeed } from "./text-feed.ts";
import type { TextFile } from "./text-file.ts";
import { createTrim } from "./trim.ts";

export type Outcome = { readonly value: unknown } | { readonly error: unknown };

export interface Session {
  /** Answers a request that only reads. */
  look(request: Request): Outcome;
  /** Runs writes in one transaction; the answers are true once this returns. A failure undoes only the write that failed. */
  commit(requests: readonly Request[]): readonly Outcome[];
}

export const isWrite = (operation: keyof Api): operation is keyof Writes =>
  WRITES.some((one) => one === operation);

/** `recover` takes up what is being sent by nobody: only for the one daemon of an outbox, which knows what it sends. */
export function createSession(
  db: Database,
  options: {
    recover: ((delivery: number) => boolean) | undefined;
    now: number;
    textFile: () => TextFile | undefined;
  },
): Session {
  const shared = createShared(db);
  if (options.recover !== undefined) recoverDelivering(shared, options.now, options.recover);
  const reads: Lookups & Searches = { ...createLookups(shared), ...createSearches(db, options.textFile) };
  const writes: Writes = {
    accept: createAccept(shared),
    claim: createClaim(shared),
    record: createRecord(shared),
    release: createRelease(shared),
    move: createMove(shared),
    setHealth: createSetHealth(shared),
    trim: createTrim(shared),
    touch: createTouch(db),
  };
  return { look: (request) => run(reads, request), commit: createCommit(shared, writes) };
}

/** For a connection that reads, and keeps the index of texts. */
export const createReader = (db: Database, feed: TextFeed): Pick<Session, "look"> => {
  const operations = { ...createSearches(db, feed.file), index: feed.step };
  return { look: (request) => run(operations, request) };
};

function createLookups(shared: Shared): Lookups {
  const { db, due, integrations } = shared;
  const positions = db.prepare<{ key: string; value: string }>(
    "SELECT key, value FROM positions WHERE key >= ? AND key < ? ORDER BY key",
  );
  return {
    positions: ({ from, to }) => positions.all(from, to).map(({ key, value }) => [key, value] as const),
    nextDue: (skip) => {
      shared.refresh();
      return due.earliest(new Set(skip.map((uid) => integrations.byUid(uid)?.n)));
    },
    health: readHealth(db),
  };
}

function createTouch(db: Database): Writes["touch"] {
  const put = db.prepare("REPLACE INTO facts (name, value) VALUES ('touched', ?)");
  return (now) => {
    put.run(String(now));
    return null;
  };
}

function createCommit(shared: Shared, writes: Writes): Session["commit"] {
  const { db, tally } = shared;
  const savepoint = db.prepare("SAVEPOINT request");
  const keep = db.prepare("RELEASE request");
  const undo = db.prepare("ROLLBACK TO request");
  const attempt = (request: Request): Outcome => {
    savepoint.run();
    const outcome = run(writes, request);
    if ("value" in outcome) tally.keep();
    else {
      tally.drop();
      shared.forget();
      // Some failures, such as a full disk, have rolled back everything already.
      if (!db.inTransaction()) throw outcome.error;
      undo.run();
    }
    keep.run();
    return outcome;
  };
  return (requests) => {
    try {
      return db.transaction(() => {
        shared.refresh();
        const outcomes = requests.map(attempt);
        tally.write();
        return outcomes;
      });
    } catch (error) {
      tally.drop();
      tally.clear();
      shared.forget();
      return requests.map(() => ({ error }));
    }
  };
}

function run(operations: Partial<Api>, { operation, argument }: Request): Outcome {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the client's types tie the argument to the operation
    const perform = operations[operation] as ((argument: unknown) => unknown) | undefined;
    if (perform === undefined) throw new Error(`this connection cannot ${operation}`);
    return { value: perform(argument) };
  } catch (error) {
    return { error };
  }
}
