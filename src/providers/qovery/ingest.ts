import type { WebhookRules } from "../../model/webhook.ts";
import { bodyIdentity, secretHeaderRules } from "../webhook.ts";
import { recognise } from "./recognise.ts";

/** The header of the API reference, and the one that Qovery really sends; both hold the secret itself. */
export const ingest: WebhookRules = secretHeaderRules(
  ["qovery-signature", "qovery-secret"],
  recognise,
  bodyIdentity(recognise),
);
