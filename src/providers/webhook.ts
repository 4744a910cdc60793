/** What the providers' rules for their incoming webhooks have in common. */
import { createHash } from "node:crypto";
import { headerValue } from "../lib/http-header.ts";
import { sameText } from "../lib/same-text.ts";
import { CONFIRM_TYPE } from "../model/event.ts";
import type { RecognisedEvent } from "../model/event.ts";
import { reveal } from "../model/secret.ts";
import type { Secret } from "../model/secret.ts";
import type { Json } from "../model/value.ts";
import type { Webhook, WebhookRules } from "../model/webhook.ts";

/** The rules of a provider that sends its secret as it is in one of these headers. Names in lower case. */
export function secretHeaderRules(
  names: readonly string[],
  recognise: (body: Json) => RecognisedEvent | undefined,
  identity: WebhookRules["identity"],
): WebhookRules {
  return {
    sendsSecret: true,
    proof: `the secret in the header ${names.join(" or ")}`,
    proves: ({ headers }, secret) => names.map((name) => bears(headers[name], secret)).includes(true),
    identity,
    isPing: (body) => isConfirmation(recognise(body)),
  };
}

/** Whether a text that came in a header is the secret, in any of the forms in which a header can carry it. */
function bears(given: string | undefined, secret: Secret): boolean {
  const plain = reveal(secret);
  const text = given ?? "";
  const forms = [text, Buffer.from(text, "latin1").toString("utf8")];
  const same = forms.flatMap((form) => [sameText(form, plain), sameText(form, headerValue(plain))]);
  return same.includes(true) && text !== "";
}

/** The message with which a Bellhop tries an integration, in whatever form. */
export const isConfirmation = (event: RecognisedEvent | undefined): boolean => event?.type === CONFIRM_TYPE;

/** Of a body that bears its time: sent again it is the same, and another event's is another. */
export const bodyIdentity =
  (recognise: (body: Json) => RecognisedEvent | undefined): WebhookRules["identity"] =>
  (webhook: Webhook, body) =>
    recognise(body)?.time === undefined
      ? undefined
      : createHash("sha256").update(webhook.body).digest("base64url");
