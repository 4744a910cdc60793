/** What the rules of the outbox are tried with. */
import { afterEach, beforeEach, expect } from "vitest";
import type { AttemptTrigger, DeliveryStatus } from "../../../src/model/delivery.ts";
import type { Event } from "../../../src/model/event.ts";
import type {
  AcceptBatch,
  AcceptedEvent,
  AcceptResult,
  AttemptResult,
  ClaimedDelivery,
  NewDelivery,
  Outbox,
} from "../../../src/outbox/contract.ts";

/** An empty outbox whose time is `clock`. */
export type OpenOutbox = (clock: () => number) => Promise<Outbox>;

export const START = Date.UTC(2026, 10, 20, 12);

export function makeEvent(id: string, more: Partial<Event> = {}): Event {
  const data = { message: `data of ${id}` };
  return {
    id,
    type: "build:start",
    provider: "cloudevents",
    time: "2026-11-20T12:00:00Z",
    data,
    body: { specversion: "1.0", id, data },
    ...more,
  };
}

export function owed(uid: string, more: Partial<NewDelivery> = {}): NewDelivery {
  const trigger: AttemptTrigger = "schedule";
  return {
    integrationUid: uid,
    integration: `key-${uid}`,
    kind: "bellhop/integration",
    status: "pending",
    trigger,
    ...more,
  };
}

export const batchOf = (events: readonly AcceptedEvent[], more: Partial<AcceptBatch> = {}): AcceptBatch => ({
  events,
  rejected: [],
  positions: {},
  ...more,
});

export const accepted = (
  id: string,
  deliveries: readonly NewDelivery[],
  more: Partial<Event> = {},
): AcceptedEvent => ({
  event: makeEvent(id, more),
  source: "test",
  deliveries,
});

export function attempted(deliveryId: string, more: Partial<AttemptResult> = {}): AttemptResult {
  return {
    status: "delivered",
    attempt: {
      deliveryId,
      number: 1,
      trigger: "schedule",
      startedAt: START,
      durationMs: 12,
      timings: { firstByteMs: 8, totalMs: 12 },
      request: {
        method: "POST",
        url: "https://hooks.example.com/… (secret)",
        headers: [
          ["content-type", "application/json"],
          ["x-twice", "a"],
          ["x-twice", "b"],
        ],
        body: '{"a":1}',
      },
      response: { status: 200, headers: [["server", "x"]], body: "ok", truncated: false },
      remoteAddress: "192.0.2.1",
      outcome: "delivered",
    },
    ...more,
  };
}

export function failed(
  deliveryId: string,
  status: AttemptResult["status"],
  more: Partial<AttemptResult> = {},
): AttemptResult {
  const base = attempted(deliveryId).attempt;
  const response = { status: 503, headers: [], body: "busy", truncated: false };
  return {
    status,
    attempt: { ...base, outcome: "failed", errorClass: "http-5xx", note: "answered 503", response },
    ...more,
  };
}

/** One empty outbox per test. */
export interface Trial {
  readonly outbox: Outbox;
  now: number;
  accept(...events: AcceptedEvent[]): Promise<AcceptResult>;
  claim(more?: Partial<Parameters<Outbox["claim"]>[0]>): Promise<ClaimedDelivery[]>;
  idsOf(claimed: readonly ClaimedDelivery[]): string[];
  /** Brings one delivery to a status. */
  bring(eventId: string, uid: string, status: DeliveryStatus): Promise<string>;
}

export function useOutbox(open: OpenOutbox): Trial {
  let outbox: Outbox | undefined;
  const on: Trial = {
    now: START,
    get outbox() {
      if (outbox === undefined) throw new Error("no outbox is open");
      return outbox;
    },
    accept: (...events) => on.outbox.accept(batchOf(events)),
    claim: (more = {}) =>
      on.outbox.claim({ now: on.now, limit: 100, perIntegration: 100, skip: [], ...more }),
    idsOf: (claimed) => claimed.map((one) => one.event.id),
    bring: async (eventId, uid, status) => {
      const initial = status === "held" || status === "discarded" ? status : "pending";
      await on.accept(accepted(eventId, [owed(uid, { status: initial })]));
      const { deliveries } = await on.outbox.deliveries({ event: eventId });
      expect(deliveries).toHaveLength(1);
      const id = deliveries[0]?.id ?? "";
      if (initial !== status) {
        await on.claim();
        if (status !== "delivering") await on.outbox.record([attempted(id, { status })]);
      }
      return id;
    },
  };
  beforeEach(async () => {
    on.now = START;
    outbox = await open(() => on.now);
  });
  afterEach(() => on.outbox.close());
  return on;
}
