/** Signatures by Standard Webhooks (standardwebhooks.com). */
import { Webhook } from "standardwebhooks";
import { headerValue } from "../../lib/http-header.ts";
import { sameText } from "../../lib/same-text.ts";
import type { OutgoingHeader } from "../../model/request.ts";
import { reveal } from "../../model/secret.ts";
import type { Secret } from "../../model/secret.ts";

/**
 * The three headers of a signed request. `messageId` stays the same over all attempts; `now` (milliseconds) is the
 * attempt's. A secret `whsec_…` is base64 of the key; any other is the key itself, as UTF-8.
 */
export function signatureHeaders(
  secret: Secret,
  messageId: string,
  now: number,
  body: string,
): OutgoingHeader[] {
  const id = headerValue(messageId);
  const seconds = Math.floor(now / 1000);
  const webhook = new Webhook(keyOf(reveal(secret)), { format: "raw" });
  return [
    { name: "webhook-id", value: id },
    { name: "webhook-timestamp", value: String(seconds) },
    { name: "webhook-signature", value: webhook.sign(id, new Date(seconds * 1000), body) },
  ];
}

/** How far a signature's time may be from ours. */
const TOLERANCE_S = 5 * 60;

/**
 * Whether one of the signatures in the headers (names in lower case) is by this secret, over this body, and less than five
 * minutes old. `now` is in milliseconds.
 */
export function isSigned(
  secret: Secret,
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  now: number,
): boolean {
  const {
    "webhook-id": id = "",
    "webhook-timestamp": timestamp = "",
    "webhook-signature": given = "",
  } = headers;
  const seconds = /^\d{1,11}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (id === "" || reveal(secret) === "" || !(Math.abs(now / 1000 - seconds) <= TOLERANCE_S)) return false;
  const webhook = new Webhook(keyOf(reveal(secret)), { format: "raw" });
  const expected = webhook.sign(id, new Date(seconds * 1000), body);
  return given
    .split(" ")
    .map((one) => sameText(one, expected))
    .includes(true);
}

const ENCODED = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

function keyOf(secret: string): Uint8Array {
  const encoded = ENCODED.exec(secret)?.[1] ?? "";
  return encoded === "" ? new TextEncoder().encode(secret) : Buffer.from(encoded, "base64");
}
