/** Something that happened on a platform, recognised from one of the known shapes. */
import type { ProviderId } from "./field.ts";
import type { Json } from "./value.ts";

/** A thing that an event names; filters compare either, ignoring case. */
export interface Named {
  readonly id?: string;
  readonly name?: string;
}

/** What a recogniser makes of a body: an event that may still lack an id and a time. */
export interface RecognisedEvent {
  /** The platform's own id, where the body carries one. */
  readonly id?: string;
  /** `source` of a CloudEvent: only together with it is the id one event's. */
  readonly origin?: string;
  /** As the platform writes it, such as `build:start`, `deployment`, `DEPLOYMENT_FAILURE`. */
  readonly type: string;
  /** Other names of the same type, such as `trigger:build:start` or `app_deployed`. */
  readonly aliases?: readonly string[];
  /** Whose event it is; `cloudevents` when the shape does not say. */
  readonly provider: ProviderId | "cloudevents";
  /** Of a CloudEvent: the providers that know its type, and whose kinds it therefore reaches. */
  readonly knownTo?: readonly ProviderId[];
  /** ISO 8601. */
  readonly time?: string;
  readonly project?: Named;
  /** `mode` is Qovery's environment type (DEVELOPMENT, PREVIEW, PRODUCTION, STAGING). */
  readonly environment?: Named & { readonly mode?: string };
  /** App, organisation or account that the event names: a target with another one does not match. */
  readonly scope?: Named;
  /** The payload, verbatim: what the platform puts under its own data member, or the whole body where it has none. */
  readonly data: Json;
  /** The whole recognised body, for kinds that pass their platform's body on. */
  readonly body: Json;
}

export interface Event extends RecognisedEvent {
  readonly id: string;
  readonly time: string;
}

/** The event type of the message that confirms a new integration, and of `bellhop test`. */
export const CONFIRM_TYPE = "bellhop:confirm";

/** What Bellhop tells of itself, to integrations that ask for it by name. */
export const OPERATOR_TYPES = [
  "integration.failing",
  "integration.disabled",
  "integration.recovered",
  "delivery.exhausted",
] as const;
export type OperatorType = (typeof OPERATOR_TYPES)[number];

/** Whether this is one of them, from here or from another Bellhop. */
export const isOperatorEvent = ({ provider, type }: Pick<Event, "provider" | "type">): boolean =>
  provider === "bellhop" && OPERATOR_TYPES.some((known) => known === type);
