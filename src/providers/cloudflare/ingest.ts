import { isJsonObject } from "../../model/body.ts";
import type { Json } from "../../model/value.ts";
import type { WebhookRules } from "../../model/webhook.ts";
import { bodyIdentity, secretHeaderRules } from "../webhook.ts";
import { recognise } from "./recognise.ts";

const rules = secretHeaderRules(["cf-webhook-auth"], recognise, bodyIdentity(recognise));

/** Creating a destination makes Cloudflare post a mere text to it, and refuses the destination when that fails. */
export const ingest: WebhookRules = { ...rules, isPing: (body) => rules.isPing(body) || isMereText(body) };

const isMereText = (body: Json): boolean =>
  isJsonObject(body) && typeof body["text"] === "string" && Object.keys(body).length === 1;
