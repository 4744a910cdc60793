/** The HTTP request that delivers one event to one integration. */
import type { Secret } from "./secret.ts";

export interface OutgoingHeader {
  readonly name: string;
  /** A Secret is sent in clear and logged masked. */
  readonly value: string | Secret;
}

/** Everything is a POST. `body` is what is sent, byte for byte, and what the log keeps. */
export interface OutgoingRequest {
  readonly url: Secret;
  /** `content-type` included; `content-length`, `host` and `user-agent` are the sender's. */
  readonly headers: readonly OutgoingHeader[];
  readonly body: string;
}

/** Which rules decide whether an answer means success (see delivery/outcome). */
export type Destination = "raw" | "slack" | "discord" | "teams-workflow" | "teams-connector";
