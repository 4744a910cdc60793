/**
 * What passes between the main thread and the one that owns the database: flat arrays of text and numbers, which cost little
 * to copy. JSON is made and read in the main thread; the database's thread never looks inside.
 */
import type { DeliveryStatus, Health } from "../../model/delivery.ts";
import type { ErrorCode, ExitCode } from "../../model/errors.ts";
import type {
  AcceptResult,
  ClaimOptions as Wanted,
  MoveRequest,
  Release,
  TrimRequest,
  TrimResult,
} from "../contract.ts";

/** [uid, name, via uid, via name, kind, status, reason, trigger, delay in ms] */
export type DeliveryRow = readonly [
  string,
  string,
  string | null,
  string | null,
  string,
  DeliveryStatus,
  string | null,
  string,
  number,
];

export interface EventRow {
  readonly id: string;
  /** '' for none. */
  readonly origin: string;
  readonly type: string;
  readonly source: string;
  readonly projectId: string | null;
  readonly projectName: string | null;
  readonly rest: string;
  readonly data: string;
  readonly deliveries: readonly DeliveryRow[];
}

export interface AcceptRows {
  readonly now: number;
  readonly events: readonly EventRow[];
  /** [source, position, reason, head] */
  readonly rejected: readonly (readonly [string, string, string, string])[];
  /** [key, JSON]; null forgets the key. */
  readonly positions: readonly (readonly [string, string | null])[];
}

export interface ClaimOptions extends Omit<Wanted, "only"> {
  /** Only these. */
  readonly only?: readonly number[];
}

/** A delivery as it is stored, with the names that it refers to by number. */
export interface DeliveryRecord {
  readonly id: number;
  readonly event_id: string;
  readonly event_type: string;
  readonly uid: string;
  readonly name: string;
  readonly via_uid: string | null;
  readonly via_name: string | null;
  readonly kind: string;
  readonly status: DeliveryStatus;
  readonly reason: string | null;
  readonly attempts: number;
  readonly attempts_before: number;
  readonly last_status_code: number | null;
  readonly due_at: number | null;
  readonly trigger: string;
}

export interface Claimed {
  /** Each with the index of its event. */
  readonly deliveries: readonly (readonly [DeliveryRecord, number])[];
  readonly events: readonly { readonly rest: string; readonly data: string; readonly bytes: number }[];
}

export interface ResultRow {
  readonly deliveryId: number;
  readonly status: DeliveryStatus;
  readonly reason: string | null;
  readonly nextAttemptAt: number | null;
  readonly health: Health | null;
  readonly events: readonly EventRow[];
  /** The columns of `attempts` from `trigger` on, in their order. */
  readonly attempt: readonly (string | number | null)[];
}

/** [delivery, what it becomes; null for pending] */
export type ReleaseRow = readonly [number, NonNullable<Release["to"]> | null];

export interface AttemptRecord {
  readonly number: number;
  readonly trigger: string;
  readonly started_at: number;
  readonly timings: string;
  readonly url: string;
  readonly request_headers: string;
  readonly request_body: Uint8Array;
  readonly response_status: number | null;
  readonly response_headers: string | null;
  readonly response_body: Uint8Array | null;
  readonly response_truncated: number | null;
  readonly remote_address: string | null;
  readonly outcome: string;
  readonly error_class: string | null;
  readonly note: string | null;
}

export interface EventRecord {
  readonly n: number;
  readonly rest: string;
  readonly data: string;
  readonly source: string;
  readonly received_at: number;
}

/** Which deliveries; what is null or empty narrows nothing down, but `ids` when it is there. */
export interface Selection {
  readonly ids: readonly number[] | null;
  readonly integration: string | null;
  /** Uids. */
  readonly notOf: readonly string[];
  readonly status: readonly DeliveryStatus[];
  readonly event: string | null;
  /** Of one event; its `origin` is `""` where it has none. */
  readonly identity: { readonly id: string; readonly origin: string } | null;
  /** Lower case. */
  readonly project: string | null;
  /** Ids: from, and before. */
  readonly from: number | null;
  readonly before: number | null;
  readonly text: string | null;
}

export interface PageQuery extends Selection {
  readonly limit: number;
}

export interface MoveQuery {
  /** Its `status` is what is moved. */
  readonly selection: Selection;
  readonly limit: number;
  readonly to: MoveRequest["to"];
}

export interface EventQuery {
  readonly event: string | null;
  /** Lower case. */
  readonly project: string | null;
  /** Milliseconds: from, and before. */
  readonly since: number | null;
  readonly until: number | null;
  /** Numbers of events: before. */
  readonly before: number | null;
  readonly text: string | null;
  readonly limit: number;
}

export interface CountRow {
  readonly uid: string;
  readonly status: DeliveryStatus;
  readonly deliveries: number;
}

export interface RejectedRecord {
  readonly n: number;
  readonly source: string;
  readonly position: string;
  readonly reason: string;
  readonly head: Uint8Array;
  readonly received_at: number;
}

/** Share transactions; answered when they are on disk. */
export interface Writes {
  accept(rows: AcceptRows): AcceptResult;
  claim(options: ClaimOptions): Claimed;
  record(request: { readonly results: readonly ResultRow[]; readonly now: number }): null;
  move(query: MoveQuery): readonly number[];
  release(request: { readonly releases: readonly ReleaseRow[]; readonly now: number }): null;
  setHealth(health: Health): null;
  trim(request: TrimRequest): TrimResult;
  /** Writes as little as can be, to see whether that works. */
  touch(now: number): null;
}

/** Short, answered by the thread that writes. */
export interface Lookups {
  positions(range: { readonly from: string; readonly to: string }): readonly (readonly [string, string])[];
  nextDue(skip: readonly string[]): number | null;
  health(uid: string | null): readonly Health[];
}

/** As long as they take: answered by a thread of their own beside a daemon, so that no delivery waits for them. */
export interface Searches {
  page(query: PageQuery): readonly DeliveryRecord[];
  delivery(id: number): {
    delivery: DeliveryRecord;
    event: EventRecord;
    attempts: readonly AttemptRecord[];
  } | null;
  counts(nothing: null): readonly CountRow[];
  event(identity: { readonly id: string; readonly origin: string | null }): EventRecord | null;
  origins(id: string): readonly string[];
  count(selection: Selection): number;
  events(query: EventQuery): readonly EventRecord[];
  rejected(query: { readonly limit: number; readonly before: number | null }): readonly RejectedRecord[];
}

/** What the thread for searches does besides. */
export interface Upkeep {
  /** Adds to the index of texts for about so many milliseconds; true when all is in it. */
  index(ms: number): boolean;
}

export interface Api extends Writes, Lookups, Searches, Upkeep {}

export const WRITES = [
  "accept",
  "claim",
  "record",
  "release",
  "move",
  "setHealth",
  "trim",
  "touch",
] as const satisfies readonly (keyof Writes)[];

export interface Request {
  readonly id: number;
  readonly operation: keyof Api;
  readonly argument: unknown;
}

export interface FailureReply {
  readonly message: string;
  /** Of an AppError; absent for anything else. */
  readonly code?: ErrorCode;
  readonly hint?: string;
  readonly exitCode?: ExitCode;
  readonly stack?: string;
}

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: FailureReply };

/** `write` owns the database and may lock it; `read` only looks. */
export interface ThreadData {
  readonly role: "write" | "read";
  readonly path: string;
  readonly exclusive: boolean;
  /** Whether retention wants space back. */
  readonly shrinks: boolean;
  readonly now: number;
}

/** To the thread. */
export type Inbound = { readonly requests: readonly Request[] } | { readonly close: true };
/** From the thread; `ready` or `failed` once, first. */
export type Outbound =
  | { readonly ready: true }
  | { readonly failed: FailureReply }
  | { readonly replies: readonly Reply[] }
  | { readonly closed: true };
