import type { WebhookRules } from "../../model/webhook.ts";
import { secretHeaderRules } from "../webhook.ts";
import { recognise } from "./recognise.ts";

const HEADER = "x-northflank-notification-integration";

/** The event's id stands in a header, and is the same when Northflank sends it again. */
export const ingest: WebhookRules = secretHeaderRules(
  [`${HEADER}-token`],
  recognise,
  ({ headers }) => headers[`${HEADER}-event-id`],
);
