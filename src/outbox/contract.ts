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
  /** How long after its acceptance a pending one is due; at once without it. */
  readonly delayMs?: number;
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
  /** Ids of events that were known already (same id and `origin`), or stood in the batch before: the first event and its deliveries are left as they were. */
  readonly duplicates: readonly string[];
  readonly deliveries: number;
}

/** A delivery taken for sending, with its event. */
export interface ClaimedDelivery {
  readonly delivery: Delivery;
  readonly event: Event;
  /** How much its event takes as it is stored: the UTF-8 bytes of its JSON, 1 or more. In memory it takes a small multiple of that. */
  readonly bytes: number;
}

/** Which due deliveries are claimed, and how many. */
export interface ClaimOptions {
  /** Due by then, in milliseconds since the epoch. */
  readonly now: number;
  /** In all. */
  readonly limit: number;
  /**
   * The `bytes` of what is taken come to no more than this in all, except that one delivery is taken however large it is. What
   * does not fit ends the claim, so that nothing small overtakes it for good. No bound by default.
   */
  readonly bytes?: number;
  /** Of any one integration. */
  readonly perIntegration: number;
  /** By uid, instead of `perIntegration`. */
  readonly limits?: Readonly<Record<string, number>>;
  /** None of these integrations, by uid. */
  readonly skip: readonly string[];
  /** Only these deliveries, by id, whatever integration they are of. */
  readonly only?: readonly string[];
}

/** A claimed delivery that nothing was sent of. */
export interface Release {
  readonly deliveryId: string;
  /** What it becomes, and why; without it, it is pending again. */
  readonly to?: { readonly status: "held" | "discarded"; readonly reason: string };
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
  /** Operator events that this leads to: accepted in the same transaction, as `accept` does. */
  readonly events?: readonly AcceptedEvent[];
}

/** What makes an event that event, as `Event` has it. */
export type EventIdentity = Pick<Event, "id" | "origin">;

export interface DeliveryFilter {
  /** Only these, by id; what is no id is passed over. */
  readonly ids?: readonly string[];
  /** Key (as last accepted), or uid; matches `via` too. */
  readonly integration?: string;
  readonly status?: readonly DeliveryStatus[];
  /** Event type or event id; `*` is a wildcard. */
  readonly event?: string;
  /** Only of this one event, by what makes it that event: its id, and its `origin` or, without one, that it has none. */
  readonly identity?: EventIdentity;
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

/** Which deliveries, apart from how many of them. */
export type DeliverySelection = Omit<DeliveryFilter, "limit" | "cursor"> & {
  /** None that is for one of these, or came through one (uids). */
  readonly notOf?: readonly string[];
};

/** Moves deliveries that are not being sent. */
export interface MoveRequest {
  readonly filter: Omit<DeliverySelection, "status">;
  readonly from: readonly Exclude<DeliveryStatus, "delivering">[];
  /** 1 to 1000: so many, the oldest first. */
  readonly limit: number;
  /** Back to `pending` begins a new round: `attemptsInRound` is 0 again, and the reason is gone. */
  readonly to:
    | { readonly status: "pending"; readonly dueAt: number; readonly trigger: AttemptTrigger }
    | { readonly status: "held" | "discarded"; readonly reason: string };
}

export interface StoredEvent {
  readonly event: Event;
  readonly source: string;
  readonly receivedAt: number;
}

export type EventFilter = Pick<
  DeliveryFilter,
  "event" | "project" | "since" | "until" | "limit" | "cursor"
> & {
  /** Found in the event's data, ASCII case ignored. */
  readonly text?: string;
};

export interface EventPage {
  /** Newest first. */
  readonly events: readonly StoredEvent[];
  readonly next: string | null;
}

export type StoredRejection = RejectedInput & { readonly id: string; readonly receivedAt: number };

export interface RejectedPage {
  /** Newest first. */
  readonly rejected: readonly StoredRejection[];
  readonly next: string | null;
}

/** What retention asks for. Without both limits nothing is removed. */
export interface TrimRequest {
  /** What came before then may go, what is held included. */
  readonly before?: number;
  /** While the log takes more than this many bytes, the oldest goes, except for what is held. */
  readonly bytes?: number;
  /** At most this many events and rejected inputs in one call; 1 or more. */
  readonly limit: number;
}

export interface TrimResult {
  /** Events and rejected inputs that are gone. */
  readonly removed: number;
  /** How many held deliveries went with them. */
  readonly held: number;
  /** What the log takes now, without what was made to find things in it sooner, and without space to be used again. */
  readonly bytes: number;
  /** Nothing is left that may be removed; what was owed or held when a row of calls came to it is looked at again in the next. */
  readonly done: boolean;
}

export type Healthy = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface Outbox {
  /** An event is its id and its `origin`. At most one delivery is made per event, integration and `viaUid`; a pending one is due at once. */
  accept(batch: AcceptBatch): Promise<AcceptResult>;
  position(sourceKey: string): Promise<Json | undefined>;
  /** All positions whose key starts with `prefix`. */
  positions(prefix: string): Promise<Readonly<Record<string, Json>>>;

  /** Marks due deliveries as `delivering` and answers with them, oldest due first. Deliveries of one event share it. */
  claim(options: ClaimOptions): Promise<ClaimedDelivery[]>;
  /**
   * Appends attempts and moves their deliveries on, all in one transaction. An attempt is numbered by the outbox. What is about
   * a delivery that is not `delivering` (any more) is left out, its health included.
   */
  record(results: readonly AttemptResult[]): Promise<void>;
  /**
   * Moves deliveries that match the filter and have one of the statuses `from`, in one transaction; answers with their ids,
   * oldest first. One that is being sent is never moved.
   */
  move(request: MoveRequest): Promise<readonly string[]>;
  /**
   * Gives claimed deliveries back unsent, with no attempt logged or counted: `pending`, due at once, in their old place, or what
   * `to` says. Ignores others.
   */
  release(releases: readonly Release[]): Promise<void>;
  /** When the earliest pending delivery is due, those of the integrations in `skip` (uids) left out; or undefined. */
  nextDue(options?: { skip: readonly string[] }): Promise<number | undefined>;

  health(integrationUid: string): Promise<Health | undefined>;
  allHealth(): Promise<readonly Health[]>;
  /**
   * A health that is `disabled`, here or in `record`, also holds the integration's pending deliveries for its reason, in the
   * same transaction; those with the trigger `test`, `probe` or `recover` stay pending.
   */
  setHealth(health: Health): Promise<void>;

  /** A cursor that is none is an AppError `usage`. */
  deliveries(filter: DeliveryFilter): Promise<DeliveryPage>;
  delivery(
    id: string,
  ): Promise<{ delivery: Delivery; event: StoredEvent; attempts: readonly Attempt[] } | undefined>;
  /** Deliveries per integration uid and status; `via` records counted under their own uid too. */
  counts(): Promise<Readonly<Record<string, Readonly<Partial<Record<DeliveryStatus, number>>>>>>;
  /** How many deliveries match. */
  count(filter: DeliverySelection): Promise<number>;
  /** The newest with this id, of this CloudEvents source when one is given; `""` is none. */
  event(id: string, origin?: string): Promise<StoredEvent | undefined>;
  /** The `origin` of each event with this id, newest first, `""` for one that has none; 1000 at most. */
  origins(id: string): Promise<readonly string[]>;
  /** A cursor that is none is an AppError `usage`. */
  events(filter: EventFilter): Promise<EventPage>;
  /** 50 to a page by default, 1000 at most. */
  rejected(filter: { readonly limit?: number; readonly cursor?: string }): Promise<RejectedPage>;
  /**
   * Removes the oldest events, with their deliveries and attempts, and the oldest rejected inputs, and gives the space back.
   * An event goes only when all of its deliveries are final; the ids of events that are gone are forgotten as well.
   */
  trim(request: TrimRequest): Promise<TrimResult>;

  /**
   * Whether writes succeed, from the last one that was tried. A write that the disk refuses is an AppError `outbox-unavailable`:
   * nothing of it is kept or, where flushing failed, perhaps all of it, so that to try it again is always right. The outbox finds
   * out by itself when writing works again.
   */
  healthy(): Healthy;
  /** Waits for what was asked before; what is asked after is an AppError `outbox-unavailable`. */
  close(): Promise<void>;
}

/** `exclusive` for the daemon: a second one on the same file is an AppError `outbox-in-use`. `shared` for the command line. */
export type OutboxMode = "exclusive" | "shared";
