/** What is owed, what was sent, what came of it. */

/**
 * `pending` waits for its first or next attempt; `delivering` is being sent; the rest is final unless somebody resends:
 * `delivered`, `exhausted` (no attempts left), `discarded` (with reason), `held` (its integration is disabled).
 */
export const DELIVERY_STATUSES = [
  "pending",
  "delivering",
  "delivered",
  "exhausted",
  "discarded",
  "held",
] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Why an attempt was made. */
export type AttemptTrigger = "schedule" | "resend" | "test" | "recover" | "probe";

/** One event owed to one integration. Times are milliseconds since the epoch. */
export interface Delivery {
  readonly id: string;
  readonly eventId: string;
  readonly eventType: string;
  /** uid of the integration's record: survives a changed key. */
  readonly integrationUid: string;
  /** Key of the integration, or `kind:id` for one that an API client made. */
  readonly integration: string;
  /** uid and key of the subscription that led to it, where that is another record (a Cloudflare policy). */
  readonly viaUid?: string;
  readonly via?: string;
  readonly kind: string;
  readonly status: DeliveryStatus;
  /** Why it is discarded or held. */
  readonly reason?: string;
  /** Attempts ever made. */
  readonly attempts: number;
  /** Attempts since it was owed, or last moved back to `pending`: what the retry schedule counts. */
  readonly attemptsInRound: number;
  readonly lastStatusCode?: number;
  /** When the next attempt is due; undefined when none is. */
  readonly nextAttemptAt?: number;
  readonly createdAt: number;
  readonly trigger: AttemptTrigger;
}

/** Error classes of an attempt that got no acceptable answer; one word each, for metrics and filters. */
export type ErrorClass =
  | "dns"
  | "no-route"
  | "connection-refused"
  | "connection-reset"
  | "tls"
  | "timeout"
  | "redirect"
  | "http-4xx"
  | "http-5xx"
  | "rate-limited"
  | "gone"
  | "rejected"
  | "invalid-payload"
  | "bad-response"
  | "egress-refused"
  | "render"
  | "internal";

/** One request and what came back, as the log keeps it: secrets masked, everything else byte for byte. */
export interface Attempt {
  readonly deliveryId: string;
  /** From 1. */
  readonly number: number;
  readonly trigger: AttemptTrigger;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly timings: { readonly firstByteMs?: number; readonly totalMs: number };
  readonly request: {
    readonly method: "POST";
    /** Masked. */
    readonly url: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string;
  };
  readonly response?: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    /** At most 64 KiB. */
    readonly body: string;
    readonly truncated: boolean;
  };
  readonly remoteAddress?: string;
  readonly outcome: "delivered" | "retry" | "failed" | "discarded";
  readonly errorClass?: ErrorClass;
  /** In words, for people: "answered 503", "accepted, not necessarily posted". */
  readonly note?: string;
}

/** Why an integration is disabled. */
export type DisableCause = "gone" | "failures" | "request";

/** The documented health fields of an integration, kept by the outbox. Times are milliseconds. */
export interface Health {
  readonly integrationUid: string;
  readonly disabled: boolean;
  readonly reason?: string;
  /** With `disabled`: the endpoint said never again, failed too often, or somebody asked for it. */
  readonly cause?: DisableCause;
  readonly disabledAt?: number;
  /** With cause `failures`: when one held delivery is sent to see whether the endpoint works again. */
  readonly probeAt?: number;
  /** The highest percentage (50, 75, 100) of the way to being disabled that an operator event has told of; 0 for none. */
  readonly warned: number;
  /** Held deliveries made up to then are being sent, one after another, the oldest first. */
  readonly recoverUntil?: number;
  readonly timeOfFirstFailedRequest?: number;
  readonly numberOfFailedRequests: number;
  readonly lastSuccess?: number;
  readonly lastFailure?: number;
  /** Whether the confirmation message of its creation has been enqueued. */
  readonly confirmed: boolean;
}
