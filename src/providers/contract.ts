/**
 * The contract of a provider: one folder, found by `npm run generate`. Its documented fields are data
 * (schemas/fields/<name>.yaml); what cannot be data is here. Everything is pure.
 */
import type { Event, RecognisedEvent } from "../model/event.ts";
import type { EventShape } from "../model/event-shape.ts";
import type { KindSpec, ProviderId } from "../model/field.ts";
import type { Message } from "../model/message.ts";
import type { StoreRecord } from "../model/record.ts";
import type { Destination, OutgoingHeader, OutgoingRequest } from "../model/request.ts";
import type { Secret } from "../model/secret.ts";
import type { Connect } from "./adapter-contract.ts";
import type { Subscription } from "../model/subscription.ts";
import type { Fields, Json } from "../model/value.ts";
import type { WebhookRules } from "../model/webhook.ts";

export interface Provider {
  readonly id: ProviderId;
  /** By resource name: `notification` of `northflank/notification`. */
  readonly kinds: Readonly<Record<string, KindBehaviour>>;
  /** The event in a body of this provider's own webhooks, or undefined when it is not one. */
  recognise(body: Json): RecognisedEvent | undefined;
  /** What `recognise` asks for: a body is its event exactly when it has all of it. */
  readonly shape: EventShape;
  /** How this provider's own webhooks are received (`{ ingest: <provider> }` as a source). */
  readonly ingest: WebhookRules;
  /**
   * All names, canonical first, of an event type that this provider knows, or undefined. Lets CloudEvents with that type
   * reach this provider's kinds.
   */
  eventNames(type: string): readonly string[] | undefined;
  /** What a person should read about one of this provider's events. Must accept any data. */
  describe(event: Event): Message;
  /** Opens the provider's API as a target; our own provider has none. */
  readonly connect?: Connect;
}

export interface KindBehaviour {
  /**
   * The form that is compared, stored and sent: defaults filled in, empties dropped, sets sorted. Idempotent. Leaves that are
   * Secret or Unresolved pass through. Generic rules come from the field traits (see normaliseFields); this adds
   * what traits cannot say.
   */
  normalise(spec: Fields, kind: KindSpec): Fields;
  /** Id for a new record in a store, in the provider's form. `taken` holds the ids in use. */
  newId(spec: Fields, taken: ReadonlySet<string>): string;
  /** What the record asks for. `records` are all of the same provider and scope, for references. */
  subscriptions(record: StoreRecord, records: readonly StoreRecord[]): readonly Subscription[];
  /**
   * What in the record switches it off, in words (`enabled is false`), or undefined while it is on; without it the kind cannot be
   * switched off. One that is off must ask for nothing (see subscriptions). What is owed to it, or came through it, is held until
   * somebody recovers it.
   */
  readonly off?: (record: StoreRecord) => string | undefined;
  /** Where a kind can say how its attempts are made; the defaults are delivery's. */
  readonly policy?: (record: StoreRecord) => AttemptPolicy;
  /** The format that its messages are shaped by, whose destination may have a pace; undefined for a request of its own. */
  readonly format?: (record: StoreRecord) => string | undefined;
  /** Undefined for a kind that never receives by itself (a Cloudflare policy). */
  readonly render?: (context: RenderContext) => Rendered;
}

export interface AttemptPolicy {
  /** Over the whole attempt, from name resolution to the last byte of the answer. */
  readonly timeoutMs?: number;
  /** Delay before each attempt, in milliseconds; its length is the number of attempts. */
  readonly schedule?: readonly number[];
  /** Most requests per second, retries included; may be a fraction. */
  readonly rateLimit?: number;
}

export interface RenderContext {
  readonly record: StoreRecord;
  /** The subscription's record where it is another one. */
  readonly via?: StoreRecord;
  readonly event: Event;
  /** Milliseconds since the epoch, at the attempt. */
  readonly now: number;
  /** What a person should read about an event of any provider (see describeWith). */
  readonly describe: (event: Event) => Message;
}

/** Either the whole request of a documented contract, or a message for a format to shape. */
export type Rendered =
  | { readonly form: "request"; readonly request: OutgoingRequest; readonly destination: Destination }
  | {
      readonly form: "message";
      readonly format: string;
      readonly url: Secret;
      readonly message: Message;
      readonly headers: readonly OutgoingHeader[];
    };
