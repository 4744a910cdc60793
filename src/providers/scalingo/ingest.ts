import { sameText } from "../../lib/same-text.ts";
import { reveal } from "../../model/secret.ts";
import type { Secret } from "../../model/secret.ts";
import type { Webhook, WebhookRules } from "../../model/webhook.ts";
import { bodyIdentity, isConfirmation } from "../webhook.ts";
import { recognise } from "./recognise.ts";

/** Scalingo knows no secret; what its notifiers can carry is what stands in their URL. */
export const ingest: WebhookRules = {
  sendsSecret: false,
  proof: "the secret in the URL, as ?token=SECRET or as the password of https://bellhop:SECRET@HOST",
  proves: (webhook, secret) =>
    [tokenOf(webhook), ...passwordsOf(webhook)].map((given) => isSecret(given, secret)).includes(true),
  identity: bodyIdentity(recognise),
  isPing: (body) => isConfirmation(recognise(body)),
};

const isSecret = (given: string | undefined, secret: Secret): boolean =>
  sameText(given ?? "", reveal(secret)) && given !== "";

const tokenOf = ({ query }: Webhook): string | undefined => query.get("token") ?? undefined;

/** Of basic authentication: the password, and name and password, for a secret that holds both. */
function passwordsOf({ headers }: Webhook): readonly string[] {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(headers["authorization"] ?? "")?.[1];
  if (encoded === undefined) return [];
  const both = Buffer.from(encoded, "base64").toString("utf8");
  return [both.slice(both.indexOf(":") + 1), both];
}
