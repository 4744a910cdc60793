/**
 * The outbox: events, deliveries, attempts, health and source positions, durable. One contract, one conformance
 * suite (test/conformance/outbox.ts). Nothing here knows a provider. A promise that resolves is on disk.
 */
import type { Attempt, AttemptTrigger, Delivery, DeliveryStatus, Health } from "../model/delivery.ts";
import type { Event } from "../model/event.ts";
import type { Json } from "../model/value.ts";

/** A delivery to be made of an accepted event. */
export interface NewDelivery {
  readonly integrationUid: string;
  readonly integration: string;
  readonly viaUid?: string;
  readonly via?: string;
  readonly kind: string;
  readonly status: "pending" | "held" | "discarded";
  readonly reason?: string;
  readonly trigger: AttemptTrigger;
}

export interface AcceptedEvent {
  readonly event: Event;
  /** Name of the source, such as `file:events/a.ndjson`, `http`, `emit`. */
  readonly source: string;
  readonly deliveries: readonly NewDelivery[];
}

/** Input that was no event. */
export interface RejectedInput {
  readonly source: string;
  /** Where in the source, such as `byte 1024`. */
  readonly position: string;
  readonly reason: string;
  /** At most the first 4 KiB, as text. */
  readonly head: string;
}

/** What one source hands over at once: all of it becomes durable, or nothing. */
export interface AcceptBatch {
  readonly events: readonly AcceptedEvent[];
  readonly rejected: readonly RejectedInput[];
  /** New positions by source key; the value is the source's own, and `null` forgets the key. */
  readonly positions: Readonly<Record<string, Json>>;
}

export interface AcceptResult {
  readonly accepted: number;
  /** Ids that were known already, or stood in the batch before: the first event and its deliveries are left as they were. */
  readonly duplicates: readonly string[];
  readonly deliveries: number;
}

/** A delivery taken for sending, with its event. */
export interface ClaimedDelivery {
  readonly delivery: Delivery;
  readonly event: Event;
}

/** What an attempt leads to. */
export interface AttemptResult {
  readonly attempt: Attempt;
  readonly status: Exclude<DeliveryStatus, "delivering">;
  readonly reason?: string;
  /** With status `pending`. */
  readonly nextAttemptAt?: number;
  /** New health of the integration, when it changed. */
  readonly health?: Health;
}

export interface DeliveryFilter {
  /** Key (as last accepted), or uid; matches `via` too. */
  readonly integration?: string;
  readonly status?: readonly DeliveryStatus[];
  /** Event type or event id; `*` is a wildcard. */
  readonly event?: string;
  /** Project id or name, case ignored. */
  readonly project?: string;
  /** Made at or after; before. */
  readonly since?: number;
  readonly until?: number;
  /** Found in the event's data or in a response body, ASCII case ignored. */
  readonly text?: string;
  /** 1 to 1000; 50 by default. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

export interface DeliveryPage {
  /** Newest first. */
  readonly deliveries: readonly Delivery[];
  /** Cursor of the next page, or null on the last. */
  readonly next: string | null;
}

export interface StoredEvent {
  readonly event: Event;
  readonly source: string;
  readonly receivedAt: number;
}

export interface Outbox {
  /** At most one delivery is made per event, integration and `viaUid`; a pending one is due at once. */
  accept(batch: AcceptBatch): Promise<AcceptResult>;
  position(sourceKey: string): Promise<Json | undefined>;
  /** All positions whose key starts with `prefix`. */
  positions(prefix: string): Promise<Readonly<Record<string, Json>>>;

  /**
   * Marks up to `limit` due deliveries as `delivering` and answers with them, oldest due first. Deliveries of the
   * integrations in `skip` (uids) are passed over, and at most `perIntegration` of any one are taken.
   */
  claim(options: {
    now: number;
    limit: number;
    perIntegration: number;
    skip: readonly string[];
    /** Only these deliveries, by id. */
    only?: readonly string[];
  }): Promise<ClaimedDelivery[]>;
  /**
   * Appends attempts and moves their deliveries on, all in one transaction. An attempt is numbered by the outbox. What is about
   * a delivery that is not `delivering` (any more) is left out, its health included.
   */
  record(results: readonly AttemptResult[]): Promise<void>;
  /** Gives claimed deliveries back unsent: `pending`, due at once, in their old place, no attempt counted; ignores others. */
  release(deliveryIds: readonly string[]): Promise<void>;
  /** When the earliest pending delivery is due, or undefined. */
  nextDue(): Promise<number | undefined>;

  health(integrationUid: string): Promise<Health | undefined>;
  allHealth(): Promise<readonly Health[]>;
  setHealth(health: Health): Promise<void>;

  /** A cursor that is none is an AppError `usage`. */
  deliveries(filter: DeliveryFilter): Promise<DeliveryPage>;
  delivery(
    id: string,
  ): Promise<{ delivery: Delivery; event: StoredEvent; attempts: readonly Attempt[] } | undefined>;
  /** Deliveries per integration uid and status; `via` records counted under their own uid too. */
  counts(): Promise<Readonly<Record<string, Readonly<Partial<Record<DeliveryStatus, number>>>>>>;
  event(id: string): Promise<StoredEvent | undefined>;
  /** Newest first. */
  rejected(limit: number): Promise<readonly (RejectedInput & { receivedAt: number })[]>;

  /** Waits for what was asked before; what is asked after is an AppError `outbox-unavailable`. */
  close(): Promise<void>;
}

/** `exclusive` for the daemon: a second one on the same file is an AppError `outbox-in-use`. `shared` for the command line. */
export type OutboxMode = "exclusive" | "shared";
