/** What a `qovery/webhook` subscribes to, and the request it gets. */
import type { QoveryWebhook } from "../../generated/types/qovery-webhook.ts";
import { readObject, readText } from "../../model/body.ts";
import type { JsonObject } from "../../model/body.ts";
import type { Event } from "../../model/event.ts";
import { specAs } from "../../model/record.ts";
import type { StoreRecord } from "../../model/record.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { Rendered, RenderContext } from "../contract.ts";
import { jsonRequest, secretHeader } from "../request.ts";

export function subscriptions(record: StoreRecord): Subscription[] {
  const spec = specAs<QoveryWebhook>(record);
  return [
    {
      uid: record.uid,
      destinationUid: record.uid,
      enabled: spec.enabled !== false,
      provider: "qovery",
      events: { names: spec.events },
      ...(record.scope !== "" && { scope: record.scope }),
      projects: (spec.project_names_filter ?? []).map(onlyStars),
      environmentModes: spec.environment_types_filter ?? [],
    },
  ];
}

/** `*` is Qovery's only wildcard. */
const onlyStars = (pattern: string): string => pattern.replaceAll(/[?[\]{}!\\]/g, "\\$&");

export const formatOf = (record: StoreRecord): string | undefined =>
  specAs<QoveryWebhook>(record).kind === "SLACK" ? "slack" : undefined;

/** The secret goes into two headers: the one of the API reference, and the one that Qovery really sends. */
export function render({ record, event, describe }: RenderContext): Rendered {
  const spec = specAs<QoveryWebhook>(record);
  const format = formatOf(record);
  if (format !== undefined) {
    return { form: "message", format, url: spec.target_url, message: describe(event), headers: [] };
  }
  const headers = ["Qovery-Signature", "Qovery-Secret"].flatMap((name) =>
    secretHeader(name, spec.target_secret),
  );
  return jsonRequest(spec.target_url, headers, bodyOf(event));
}

function bodyOf(event: Event): JsonObject {
  const body = event.provider === "qovery" ? readObject(event.body) : {};
  return {
    created_at: body["created_at"] ?? event.time,
    event_type: event.type,
    payload_type: body["payload_type"] ?? "DEPLOYMENT",
    payload_id: body["payload_id"] ?? readText(readObject(event.data)["id"]) ?? event.id,
    payload: body["payload"] ?? event.data,
  };
}
