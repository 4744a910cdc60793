/** What Cloudflare policies subscribe to, and the requests that their webhook destinations get. */
import type { CloudflarePolicy } from "../../generated/types/cloudflare-policy.ts";
import type { CloudflareWebhook } from "../../generated/types/cloudflare-webhook.ts";
import { readObject } from "../../model/body.ts";
import type { JsonObject } from "../../model/body.ts";
import { CONFIRM_TYPE } from "../../model/event.ts";
import { specAs } from "../../model/record.ts";
import type { StoreRecord } from "../../model/record.ts";
import type { Subscription } from "../../model/subscription.ts";
import { CONFIRMATION } from "../confirm.ts";
import type { Rendered, RenderContext } from "../contract.ts";
import { chatServiceOf, jsonRequest, secretHeader } from "../request.ts";
import { plainId, UNNAMED } from "./events.ts";
import { conditionsOf } from "./filters.ts";

/** One per webhook destination that there is; e-mail and PagerDuty are not delivered by us. */
export function policySubscriptions(record: StoreRecord, records: readonly StoreRecord[]): Subscription[] {
  const spec = specAs<CloudflarePolicy>(record);
  const wanted = new Set((spec.mechanisms.webhooks ?? []).map(({ id }) => plainId(id)));
  return records
    .filter((other) => other.kind === "cloudflare/webhook" && wanted.has(plainId(other.id)))
    .map((destination) => ({
      uid: record.uid,
      destinationUid: destination.uid,
      enabled: spec.enabled !== false,
      provider: "cloudflare",
      events: { names: [spec.alert_type] },
      ...(record.scope !== "" && { scope: plainId(record.scope) }),
      conditions: conditionsOf(spec.filters),
    }));
}

/** Cloudflare tells the type of a destination from its URL; what is neither Slack nor Discord gets the generic body. */
export const formatOf = (record: StoreRecord): string | undefined =>
  chatServiceOf(specAs<CloudflareWebhook>(record).url);

export function renderWebhook(context: RenderContext): Rendered {
  const { event, record, describe } = context;
  const spec = specAs<CloudflareWebhook>(record);
  const format = formatOf(record);
  if (format !== undefined) {
    return { form: "message", format, url: spec.url, message: describe(event), headers: [] };
  }
  const body = event.type === CONFIRM_TYPE ? { text: CONFIRMATION } : bodyOf(context, spec);
  return jsonRequest(spec.url, secretHeader("cf-webhook-auth", spec.secret), body);
}

/** `name` is the destination's, policy and account are ours, and the rest is the alert's own. */
function bodyOf({ record, via, event, describe }: RenderContext, spec: CloudflareWebhook): JsonObject {
  const own = event.provider === "cloudflare" ? readObject(event.body) : {};
  const account = record.scope === "" ? event.scope?.id : record.scope;
  const message = describe(event);
  return {
    text: own["text"] ?? [message.title, message.text].filter((part) => part !== undefined).join("\n"),
    name: spec.name,
    data: event.data,
    ts: Math.floor(Date.parse(event.time) / 1000),
    ...(account !== undefined && { account_id: account }),
    ...(via !== undefined && { policy_id: via.id, policy_name: specAs<CloudflarePolicy>(via).name }),
    ...(event.type !== UNNAMED && { alert_type: event.type }),
    ...(own["alert_correlation_id"] !== undefined && { alert_correlation_id: own["alert_correlation_id"] }),
    ...(own["alert_event"] !== undefined && { alert_event: own["alert_event"] }),
  };
}
