/**
 * An outbox in memory, for a simulation of the engine: what it does is done when the call returns, and it has no clock but the
 * one it is given. It passes the conformance suite of outboxes.
 */
import { decodeId, encodeId, nextId, timeOfId } from "../../src/lib/ids.ts";
import type { Attempt, Delivery, DeliveryStatus, Health } from "../../src/model/delivery.ts";
import { AppError } from "../../src/model/errors.ts";
import type { Event } from "../../src/model/event.ts";
import type { Json } from "../../src/model/value.ts";
import type {
  AcceptedEvent,
  AcceptResult,
  AttemptResult,
  DeliverySelection,
  EventFilter,
  EventIdentity,
  NewDelivery,
  Outbox,
  StoredEvent,
  StoredRejection,
} from "../../src/outbox/contract.ts";
import { encodeEvent } from "../../src/outbox/sqlite/events.ts";
import { cutPage, eventQuery, pageQuery, rejectedQuery } from "../../src/outbox/sqlite/queries.ts";

export interface MemoryOutbox extends Outbox {
  /** What is kept, as a copy that nothing changes any more. */
  snapshot(): MemorySnapshot;
  /** Of every integration, by uid. */
  healthNow(): ReadonlyMap<string, Health>;
  /**
   * The process dies: this outbox refuses everything from now on, and the answer is the one that the next process opens, with
   * what was being sent due again.
   */
  crash(): MemoryOutbox;
  /** Every call fails for this reason, as on a full disk, until it is called without one. */
  fail(reason?: string): void;
}

export interface MemorySnapshot {
  readonly events: readonly StoredEvent[];
  readonly deliveries: readonly Delivery[];
  readonly attempts: readonly Attempt[];
  readonly health: readonly Health[];
  readonly positions: Readonly<Record<string, Json>>;
}

type Open<T> = { -readonly [Key in keyof T]: T[Key] };

interface Row extends Omit<Open<NewDelivery>, "status">, Pick<Delivery, "eventId"> {
  readonly id: number;
  readonly event: EventRow;
  status: DeliveryStatus;
  dueAt: number;
  attempts: Attempt[];
  attemptsBefore: number;
  lastStatusCode?: number | undefined;
}

interface EventRow extends StoredEvent {
  readonly n: number;
  readonly identity: string;
  readonly rows: Row[];
}

interface Data {
  readonly events: Map<string, EventRow>;
  readonly rows: Map<number, Row>;
  readonly pending: Set<Row>;
  /** uid → key and kind as last accepted. */
  readonly names: Map<string, { name: string; kind: string }>;
  readonly health: Map<string, Health>;
  readonly positions: Map<string, Json>;
  rejected: (StoredRejection & { readonly n: number })[];
  lastEvent: number;
  lastRejected: number;
  lastDelivery: number;
}

const identityOf = ({ id, origin = "" }: EventIdentity): string => JSON.stringify([origin, id]);

export function memoryOutbox(clock: { now(): number }): MemoryOutbox {
  return over(clock, {
    events: new Map(),
    rows: new Map(),
    pending: new Set(),
    names: new Map(),
    health: new Map(),
    positions: new Map(),
    rejected: [],
    lastEvent: 0,
    lastRejected: 0,
    lastDelivery: 0,
  });
}

function over(clock: { now(): number }, data: Data): MemoryOutbox {
  let refusal: AppError | undefined;
  let failure: string | undefined;
  /** Does it at once, and answers later as every outbox does. */
  const soon = async <T>(work: () => T): Promise<T> => {
    if (refusal !== undefined) throw refusal;
    if (failure !== undefined) throw new AppError("outbox-unavailable", failure);
    return work();
  };
  const outbox: Outbox = {
    accept: (batch) =>
      soon(() => {
        batch.events.forEach(check);
        const result = addEvents(data, batch.events, clock.now());
        for (const one of batch.rejected) {
          data.lastRejected += 1;
          const n = data.lastRejected;
          data.rejected.push({ ...one, n, id: encodeId(n), receivedAt: clock.now() });
        }
        for (const [key, value] of Object.entries(batch.positions)) {
          if (value === null) data.positions.delete(key);
          else data.positions.set(key, value);
        }
        return result;
      }),
    position: (key) => soon(() => data.positions.get(key)),
    positions: (prefix) =>
      soon(() => Object.fromEntries([...data.positions].filter(([key]) => key.startsWith(prefix)))),
    claim: (options) => soon(() => claim(data, options)),
    record: (results) => soon(() => results.forEach((result) => record(data, result, clock.now()))),
    release: (releases) =>
      soon(() => {
        for (const { deliveryId, to } of releases)
          for (const row of rowsOf(data, [deliveryId])) {
            if (to === undefined) giveBack(data, row, clock.now());
            else if (row.status === "delivering") end(data, row, to.status, to.reason);
          }
      }),
    nextDue: ({ skip } = { skip: [] }) =>
      soon(() => {
        let least: number | undefined;
        for (const { dueAt, integrationUid } of data.pending) {
          if (!skip.includes(integrationUid)) least = Math.min(least ?? dueAt, dueAt);
        }
        return least;
      }),
    move: ({ filter, from, limit, to }) =>
      soon(() => {
        const rows = select(data, filter)
          .filter((row) => row.status !== "delivering" && from.includes(row.status))
          .slice(0, Math.min(Math.max(limit, 1), 1000));
        for (const row of rows) {
          if (to.status === "pending") again(data, row, to);
          else end(data, row, to.status, to.reason);
        }
        return rows.map((row) => encodeId(row.id));
      }),
    health: (uid) => soon(() => data.health.get(uid)),
    allHealth: () =>
      soon(() =>
        [...data.health.values()].toSorted((a, b) => (a.integrationUid < b.integrationUid ? -1 : 1)),
      ),
    setHealth: (health) => soon(() => setHealth(data, health)),
    deliveries: (filter) =>
      soon(() => {
        const { before, limit } = pageQuery(filter);
        const rows = select(data, filter).filter((row) => row.id < (before ?? Infinity));
        const { page, next } = cutPage(rows.toReversed(), limit, (row) => row.id);
        return { deliveries: page.map((row) => deliveryOf(data, row)), next };
      }),
    delivery: (id) =>
      soon(() => {
        const row = data.rows.get(decodeId(id) ?? -1);
        if (row === undefined) return undefined;
        return { delivery: deliveryOf(data, row), event: storedOf(row.event), attempts: [...row.attempts] };
      }),
    counts: () => soon(() => counts(data)),
    count: (filter) => soon(() => select(data, filter).length),
    event: (id, origin) =>
      soon(() => {
        const found = [...data.events.values()].findLast(
          ({ event }) => event.id === id && (origin === undefined || (event.origin ?? "") === origin),
        );
        return found && storedOf(found);
      }),
    origins: (id) =>
      soon(() =>
        [...data.events.values()]
          .filter(({ event }) => event.id === id)
          .map(({ event }) => event.origin ?? "")
          .toReversed()
          .slice(0, 1000),
      ),
    events: (filter) =>
      soon(() => {
        const { before, limit } = eventQuery(filter);
        const found = [...data.events.values()].filter(
          (row) => row.n < (before ?? Infinity) && eventMatches(row, filter),
        );
        const { page, next } = cutPage(found.toReversed(), limit, (row) => row.n);
        return { events: page.map(storedOf), next };
      }),
    rejected: (filter) =>
      soon(() => {
        const { before, limit } = rejectedQuery(filter);
        const found = data.rejected.filter((one) => one.n < (before ?? Infinity)).toReversed();
        const { page, next } = cutPage(found, limit, (one) => one.n);
        return { rejected: page.map(({ n: _n, ...one }) => one), next };
      }),
    trim: (request) => soon(() => trim(data, request)),
    healthy: () => (failure === undefined ? { ok: true } : { ok: false, reason: failure }),
    close: async () => {
      refusal ??= new AppError("outbox-unavailable", "the outbox is closed");
    },
  };
  return {
    ...outbox,
    snapshot: () => snapshot(data),
    healthNow: () => new Map(data.health),
    fail: (reason) => {
      failure = reason;
    },
    crash: () => {
      refusal = new AppError("outbox-unavailable", "the process of this outbox has died");
      for (const row of data.rows.values()) giveBack(data, row, clock.now());
      return over(clock, data);
    },
  };
}

/** What a database would refuse, found before anything is changed. */
function check({ deliveries }: AcceptedEvent): void {
  for (const one of deliveries) {
    for (const word of [one.integrationUid, one.integration, one.kind, one.status, one.trigger]) {
      if (typeof word !== "string") throw new TypeError("a delivery lacks what it must have");
    }
  }
}

function addEvents(data: Data, events: readonly AcceptedEvent[], now: number): AcceptResult {
  const duplicates: string[] = [];
  let deliveries = 0;
  for (const { event, source, deliveries: owed } of events) {
    const identity = identityOf(event);
    if (data.events.has(identity)) {
      duplicates.push(event.id);
      continue;
    }
    data.lastEvent += 1;
    const row: EventRow = { n: data.lastEvent, identity, event, source, receivedAt: now, rows: [] };
    data.events.set(identity, row);
    for (const one of owed) deliveries += addDelivery(data, row, one, now);
  }
  return { accepted: events.length - duplicates.length, duplicates, deliveries };
}

function addDelivery(data: Data, event: EventRow, one: NewDelivery, now: number): number {
  data.names.set(one.integrationUid, { name: one.integration, kind: one.kind });
  if (one.viaUid !== undefined) {
    const kind = data.names.get(one.viaUid)?.kind ?? "";
    data.names.set(one.viaUid, { name: one.via ?? one.viaUid, kind });
  }
  if (event.rows.some((row) => row.integrationUid === one.integrationUid && row.viaUid === one.viaUid))
    return 0;
  const id = nextId(data.lastDelivery, now);
  data.lastDelivery = id;
  const { delayMs = 0, ...rest } = one;
  const row: Row = {
    ...rest,
    id,
    event,
    eventId: event.event.id,
    dueAt: now + delayMs,
    attempts: [],
    attemptsBefore: 0,
  };
  event.rows.push(row);
  data.rows.set(id, row);
  if (row.status === "pending") data.pending.add(row);
  return 1;
}

function claim(data: Data, options: Parameters<Outbox["claim"]>[0]): Awaited<ReturnType<Outbox["claim"]>> {
  const { now, limit, bytes: mostBytes = Infinity, perIntegration, skip, limits = {}, only } = options;
  const most = (uid: string): number => (skip.includes(uid) ? 0 : (limits[uid] ?? perIntegration));
  const due = [...data.pending].filter((row) => row.dueAt <= now);
  const named = only?.flatMap((id) => due.find((row) => row.id === decodeId(id)) ?? []);
  const queue = named ?? due.toSorted((a, b) => a.dueAt - b.dueAt || a.id - b.id);
  const taken = new Map<string, number>();
  const chosen: Row[] = [];
  let bytes = 0;
  for (const row of queue) {
    const count = taken.get(row.integrationUid) ?? 0;
    if (chosen.length >= limit) break;
    if (named === undefined && count >= most(row.integrationUid)) continue;
    if (chosen.length > 0 && bytes + bytesOf(row) > mostBytes) break;
    bytes += bytesOf(row);
    taken.set(row.integrationUid, count + 1);
    chosen.push(row);
  }
  return chosen.map((row) => {
    row.status = "delivering";
    data.pending.delete(row);
    return { delivery: deliveryOf(data, row), event: row.event.event, bytes: bytesOf(row) };
  });
}

const sizes = new WeakMap<Event, number>();

function bytesOf({ event: { event } }: Row): number {
  const known = sizes.get(event);
  if (known !== undefined) return known;
  const { rest, data } = encodeEvent(event);
  const bytes = Buffer.byteLength(rest) + Buffer.byteLength(data);
  sizes.set(event, bytes);
  return bytes;
}

function record(data: Data, result: AttemptResult, now: number): void {
  const row = data.rows.get(decodeId(result.attempt.deliveryId) ?? -1);
  if (row?.status !== "delivering") return;
  row.attempts.push({ ...result.attempt, number: row.attempts.length + 1 });
  row.lastStatusCode = result.attempt.response?.status;
  end(data, row, result.status, result.reason);
  if (result.status === "pending") {
    row.dueAt = result.nextAttemptAt ?? now;
    data.pending.add(row);
  }
  if (result.health !== undefined) setHealth(data, result.health);
  addEvents(data, result.events ?? [], now);
}

function end(data: Data, row: Row, status: DeliveryStatus, reason: string | undefined): void {
  data.pending.delete(row);
  row.status = status;
  if (reason === undefined) delete row.reason;
  else row.reason = reason;
}

function again(data: Data, row: Row, to: { dueAt: number; trigger: Row["trigger"] }): void {
  end(data, row, "pending", undefined);
  Object.assign(row, { dueAt: to.dueAt, trigger: to.trigger, attemptsBefore: row.attempts.length });
  data.pending.add(row);
}

function giveBack(data: Data, row: Row, now: number): void {
  if (row.status !== "delivering") return;
  row.status = "pending";
  row.dueAt = Math.min(row.dueAt, now);
  data.pending.add(row);
}

const BY_HAND: readonly string[] = ["test", "probe", "recover"];

function setHealth(data: Data, health: Health): void {
  data.health.set(health.integrationUid, health);
  if (!health.disabled) return;
  for (const row of data.pending) {
    if (row.integrationUid !== health.integrationUid || BY_HAND.includes(row.trigger)) continue;
    end(data, row, "held", health.reason ?? "the integration is disabled");
  }
}

const rowsOf = (data: Data, ids: readonly string[]): Row[] =>
  ids.flatMap((id) => data.rows.get(decodeId(id) ?? -1) ?? []);

/** Oldest first. */
function select(data: Data, filter: DeliverySelection): Row[] {
  const rows = filter.ids === undefined ? [...data.rows.values()] : [...new Set(rowsOf(data, filter.ids))];
  const { integration, status = [], since = 0, until = Infinity } = filter;
  const avoided = new Set(filter.notOf);
  const isIt = (uid: string | undefined): boolean =>
    uid !== undefined && (uid === integration || data.names.get(uid)?.name === integration);
  return rows
    .filter(
      (row) =>
        (integration === undefined || isIt(row.integrationUid) || isIt(row.viaUid)) &&
        !avoided.has(row.integrationUid) &&
        !avoided.has(row.viaUid ?? "") &&
        (status.length === 0 || status.includes(row.status)) &&
        timeOfId(row.id) >= since &&
        timeOfId(row.id) < until &&
        eventMatches(row.event, { ...pick(filter, "event"), ...pick(filter, "project") }) &&
        (filter.identity === undefined || row.event.identity === identityOf(filter.identity)) &&
        (filter.text === undefined || holdsText(row, filter.text)),
    )
    .toSorted((a, b) => a.id - b.id);
}

function pick<Key extends "event" | "project">(filter: DeliverySelection, key: Key): { [K in Key]?: string } {
  const value = filter[key];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a computed key widens to string
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: string };
}

function eventMatches({ event, receivedAt }: EventRow, filter: EventFilter): boolean {
  const { since = -Infinity, until = Infinity, text } = filter;
  const project = filter.project?.toLowerCase();
  return (
    receivedAt >= since &&
    receivedAt < until &&
    (filter.event === undefined || matchesName(filter.event, event)) &&
    (project === undefined ||
      event.project?.id?.toLowerCase() === project ||
      event.project?.name?.toLowerCase() === project) &&
    (text === undefined || holds(JSON.stringify(event.data), JSON.stringify(text).slice(1, -1)))
  );
}

function matchesName(pattern: string, { type, id }: Event): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const glob = new RegExp(`^${parts.join(".*")}$`, "s");
  return glob.test(type) || glob.test(id);
}

const lower = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
const holds = (text: string, part: string): boolean => lower(text).includes(lower(part));

const holdsText = (row: Row, text: string): boolean =>
  holds(JSON.stringify(row.event.event.data), JSON.stringify(text).slice(1, -1)) ||
  row.attempts.some((attempt) => holds(attempt.response?.body ?? "", text));

function counts(data: Data): Awaited<ReturnType<Outbox["counts"]>> {
  const all: Record<string, Partial<Record<DeliveryStatus, number>>> = {};
  for (const { integrationUid, viaUid, status } of data.rows.values()) {
    for (const uid of new Set([integrationUid, viaUid ?? integrationUid])) {
      all[uid] = { ...all[uid], [status]: (all[uid]?.[status] ?? 0) + 1 };
    }
  }
  return all;
}

const storedOf = ({ event, source, receivedAt }: EventRow): StoredEvent => ({ event, source, receivedAt });

function deliveryOf(data: Data, row: Row): Delivery {
  const { integrationUid, viaUid, reason, status, lastStatusCode } = row;
  const { name, kind } = data.names.get(integrationUid) ?? { name: row.integration, kind: row.kind };
  const via = viaUid === undefined ? undefined : (data.names.get(viaUid)?.name ?? row.via);
  return {
    id: encodeId(row.id),
    eventId: row.eventId,
    eventType: row.event.event.type,
    integrationUid,
    integration: name,
    ...(viaUid === undefined ? {} : { viaUid }),
    ...(via === undefined ? {} : { via }),
    kind,
    status,
    ...(reason === undefined ? {} : { reason }),
    attempts: row.attempts.length,
    attemptsInRound: row.attempts.length - row.attemptsBefore,
    ...(lastStatusCode === undefined ? {} : { lastStatusCode }),
    ...(status === "pending" ? { nextAttemptAt: row.dueAt } : {}),
    createdAt: timeOfId(row.id),
    trigger: row.trigger,
  };
}

const sizeOf = (value: unknown): number => JSON.stringify(value).length;
const sizeOfEvent = ({ event, rows }: EventRow): number =>
  sizeOf(event) + rows.reduce((sum, row) => sum + sizeOf(row.attempts), 0);

function trim(
  data: Data,
  { before = -Infinity, bytes = Infinity, limit }: Parameters<Outbox["trim"]>[0],
): Awaited<ReturnType<Outbox["trim"]>> {
  let size = [...data.events.values()].reduce((sum, row) => sum + sizeOfEvent(row), sizeOf(data.rejected));
  let [removed, held] = [0, 0];
  const inTime = [...data.rejected, ...data.events.values()].toSorted((a, b) => a.receivedAt - b.receivedAt);
  for (const old of inTime) {
    if (removed === limit) break;
    const tooOld = old.receivedAt < before;
    if (!tooOld && size <= bytes) continue;
    if ("head" in old) {
      data.rejected = data.rejected.filter((one) => one !== old);
      size -= sizeOf(old);
    } else {
      const kept = old.rows.some(({ status }) =>
        status === "held" ? !tooOld : status === "pending" || status === "delivering",
      );
      if (kept) continue;
      for (const row of old.rows) data.rows.delete(row.id);
      held += old.rows.filter(({ status }) => status === "held").length;
      data.events.delete(old.identity);
      size -= sizeOfEvent(old);
    }
    removed += 1;
  }
  return { removed, held, bytes: size, done: removed < limit };
}

const snapshot = (data: Data): MemorySnapshot =>
  structuredClone({
    events: [...data.events.values()].map(storedOf),
    deliveries: [...data.rows.values()].map((row) => deliveryOf(data, row)),
    attempts: [...data.rows.values()].flatMap((row) => row.attempts),
    health: [...data.health.values()],
    positions: Object.fromEntries(data.positions),
  });
