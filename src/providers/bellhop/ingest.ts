import type { WebhookRules } from "../../model/webhook.ts";
import { isConfirmation } from "../webhook.ts";
import { recognise } from "./recognise.ts";
import { isSigned } from "./sign.ts";

/** What another Bellhop sends for a `bellhop/integration` of type RAW_WEBHOOK with a `secret`. */
export const ingest: WebhookRules = {
  sendsSecret: true,
  proof: "a Standard Webhooks signature by the secret",
  proves: ({ headers, body }, secret, now) => isSigned(secret, headers, body.toString("utf8"), now),
  identity: ({ headers }) => headers["webhook-id"],
  isPing: (body) => isConfirmation(recognise(body)),
};
