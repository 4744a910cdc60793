/** A webhook of a platform, and what its provider knows about receiving it. */
import type { Secret } from "./secret.ts";
import type { Json } from "./value.ts";

/** As it arrived, before anything in it is believed. */
export interface Webhook {
  /** By name in lower case; of a header that came several times, the values with commas between. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Of the URL. */
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

export interface WebhookRules {
  /** Whether the platform sends a secret of its own. Where it does not, and none is set, a path that nobody can guess is the proof. */
  readonly sendsSecret: boolean;
  /** How the sender proves that it holds the secret, for a person: `the header cf-webhook-auth with the secret`. */
  readonly proof: string;
  /** Whether it does. Takes a time that says nothing about the secret. `now` is in milliseconds since the epoch. */
  proves(webhook: Webhook, secret: Secret, now: number): boolean;
  /** What tells this webhook from every other, and is the same when it is sent again; undefined where nothing does. */
  identity(webhook: Webhook, body: Json): string | undefined;
  /** Whether it only tests the way: a success, and no event. */
  isPing(body: Json): boolean;
}
