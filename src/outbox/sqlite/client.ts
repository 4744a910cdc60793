/**
 * The outbox in one SQLite file. The file belongs to a thread, so that waiting for the disk never keeps the main thread from
 * sending; a daemon gets a second, read-only one while people search its log.
 */
import { decodeId, encodeId } from "../../lib/ids.ts";
import type { DeliveryStatus } from "../../model/delivery.ts";
import type { Json } from "../../model/value.ts";
import type { Outbox, OutboxMode } from "../contract.ts";
import { connect, type Connection } from "./connection.ts";
import { createIndexer, type Indexer } from "./indexer.ts";
import type { Searches, ThreadData } from "./protocol.ts";
import { cutPage, eventQuery, moveQuery, pageQuery, rejectedQuery, selectionOf } from "./queries.ts";
import {
  acceptRows,
  attemptOf,
  claimedOf,
  deliveryOf,
  rejectedOf,
  releaseRows,
  resultRow,
  storedEventOf,
} from "./rows.ts";
import { watched } from "./watched.ts";

export interface SqliteOutboxOptions {
  /** Absolute; created with mode 0600, its folder too, unless it is there. */
  readonly path: string;
  readonly mode: OutboxMode;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Set when retention is: a file of an earlier version is rewritten once, so that it can give space back. */
  readonly shrinks?: boolean;
  /** Whether a daemon keeps the index of texts; it does unless this is false. */
  readonly texts?: boolean;
}

/** How long the thread for searches stays without one. */
const SEARCH_IDLE_MS = 60_000;
/** How long a search may have to wait for the index of texts that is being added to. */
const STEP_MS = 10;

/** AppErrors: `outbox-in-use`, `outbox-unavailable`, `outbox-unreadable`. */
export async function openSqliteOutbox(options: SqliteOutboxOptions): Promise<Outbox> {
  const clock = options.clock ?? Date.now;
  const data: ThreadData = {
    role: "write",
    path: options.path,
    exclusive: options.mode === "exclusive",
    shrinks: options.shrinks === true,
    now: clock(),
  };
  const main = watched(await connect(data), clock);
  const searches = data.exclusive
    ? onDemand({ ...data, role: "read" })
    : { connection: async () => main, close };
  const indexer =
    data.exclusive && options.texts !== false
      ? createIndexer(async () => (await searches.connection()).call("index", STEP_MS))
      : { note: () => undefined, stop: close };
  return {
    ...writing(main, clock, indexer),
    ...lookingUp(main),
    ...searching(searches.connection),
    healthy: main.healthy,
    close: async () => {
      await indexer.stop();
      await searches.close();
      await main.close();
    },
  };
}

const close = async (): Promise<void> => {};

function writing(
  connection: Connection,
  clock: () => number,
  indexer: Pick<Indexer, "note">,
): Pick<Outbox, "accept" | "claim" | "record" | "release" | "move" | "setHealth" | "trim"> {
  return {
    accept: (batch) => {
      indexer.note();
      return connection.call("accept", acceptRows(batch, clock()));
    },
    claim: async ({ only, ...wanted }) => {
      const ids = only === undefined ? {} : { only: only.flatMap((id) => decodeId(id) ?? []) };
      return claimedOf(await connection.call("claim", { ...wanted, ...ids }));
    },
    record: async (results) => {
      const now = clock();
      indexer.note();
      await connection.call("record", { results: results.map((result) => resultRow(result, now)), now });
    },
    release: async (releases) => {
      await connection.call("release", { releases: releases.flatMap(releaseRows), now: clock() });
    },
    move: async (request) => (await connection.call("move", moveQuery(request))).map(encodeId),
    setHealth: async (health) => void (await connection.call("setHealth", health)),
    trim: (request) => {
      // The index of texts drops what is gone.
      indexer.note();
      return connection.call("trim", request);
    },
  };
}

function lookingUp(
  connection: Connection,
): Pick<Outbox, "position" | "positions" | "nextDue" | "health" | "allHealth"> {
  const read = (from: string, to: string): Promise<[string, Json][]> =>
    connection.call("positions", { from, to }).then((rows) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse makes nothing else
      rows.map(([key, value]): [string, Json] => [key, JSON.parse(value) as Json]),
    );
  return {
    position: async (key) => (await read(key, `${key}\0`))[0]?.[1],
    positions: async (prefix) => Object.fromEntries(await read(prefix, `${prefix}\u{10ffff}`)),
    nextDue: async ({ skip } = { skip: [] }) => (await connection.call("nextDue", skip)) ?? undefined,
    health: async (uid) => (await connection.call("health", uid))[0],
    allHealth: () => connection.call("health", null),
  };
}

/** Calls to whichever connection answers searches. */
type Search = <K extends keyof Searches>(
  operation: K,
  argument: Parameters<Searches[K]>[0],
) => Promise<ReturnType<Searches[K]>>;

function searching(
  connection: () => Promise<Connection>,
): Pick<
  Outbox,
  "deliveries" | "delivery" | "counts" | "count" | "event" | "origins" | "events" | "rejected"
> {
  const call: Search = async (operation, argument) => (await connection()).call(operation, argument);
  return {
    deliveries: async (filter) => {
      const query = pageQuery(filter);
      const { page, next } = cutPage(await call("page", query), query.limit, (row) => row.id);
      return { deliveries: page.map(deliveryOf), next };
    },
    delivery: async (id) => {
      const number = decodeId(id);
      const found = number === undefined ? null : await call("delivery", number);
      if (found === null) return undefined;
      const delivery = deliveryOf(found.delivery);
      const attempts = found.attempts.map((row) => attemptOf(delivery.id, row));
      return { delivery, event: storedEventOf(found.event), attempts };
    },
    counts: async () => {
      const counts: Record<string, Partial<Record<DeliveryStatus, number>>> = {};
      for (const { uid, status, deliveries } of await call("counts", null)) {
        counts[uid] = { ...counts[uid], [status]: deliveries };
      }
      return counts;
    },
    event: async (id, origin) => {
      const row = await call("event", { id, origin: origin ?? null });
      return row === null ? undefined : storedEventOf(row);
    },
    origins: (id) => call("origins", id),
    count: (filter) => call("count", selectionOf(filter)),
    events: async (filter) => {
      const query = eventQuery(filter);
      const { page, next } = cutPage(await call("events", query), query.limit, (row) => row.n);
      return { events: page.map(storedEventOf), next };
    },
    rejected: async (filter) => {
      const query = rejectedQuery(filter);
      const { page, next } = cutPage(await call("rejected", query), query.limit, (row) => row.n);
      return { rejected: page.map(rejectedOf), next };
    },
  };
}

/** A connection that is opened when it is needed and closed when it has not been for a while. */
function onDemand(data: ThreadData): { connection: () => Promise<Connection>; close: () => Promise<void> } {
  let current: Promise<Connection> | undefined;
  let idle: NodeJS.Timeout | undefined;
  const end = async (): Promise<void> => {
    clearTimeout(idle);
    const ending = current;
    current = undefined;
    await (await ending?.catch(() => undefined))?.close();
  };
  return {
    connection: () => {
      clearTimeout(idle);
      idle = setTimeout(() => void end(), SEARCH_IDLE_MS).unref();
      current ??= connect(data).catch((error: unknown) => {
        current = undefined;
        throw error;
      });
      return current;
    },
    close: end,
  };
}
