/** What Scalingo's notifiers and older notifications subscribe to, and the requests they get. */
import type { ScalingoNotification } from "../../generated/types/scalingo-notification.ts";
import type { ScalingoNotifier } from "../../generated/types/scalingo-notifier.ts";
import { isJsonObject } from "../../model/body.ts";
import type { JsonObject } from "../../model/body.ts";
import type { Event } from "../../model/event.ts";
import { specAs } from "../../model/record.ts";
import type { StoreRecord } from "../../model/record.ts";
import type { Secret } from "../../model/secret.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { Rendered, RenderContext } from "../contract.ts";
import { chatServiceOf, jsonRequest } from "../request.ts";
import { payloadType } from "./events.ts";

/** E-mail is not delivered over HTTP: such a notifier subscribes to nothing here. */
export function notifierSubscriptions(record: StoreRecord): Subscription[] {
  const spec = specAs<ScalingoNotifier>(record);
  const alerts = spec.send_all_alerts === true ? ["alert"] : [];
  const names = [...(spec.selected_events ?? []).map(payloadType), ...alerts];
  return [
    {
      ...base(record),
      enabled:
        spec.active !== false && spec.platform !== "email" && spec.type_data?.webhook_url !== undefined,
      events: spec.send_all_events === true ? "all" : { names },
    },
  ];
}

export function notificationSubscriptions(record: StoreRecord): Subscription[] {
  const spec = specAs<ScalingoNotification>(record);
  return [{ ...base(record), enabled: spec.active !== false, events: { names: ["deployment"] } }];
}

const base = (record: StoreRecord) => ({
  uid: record.uid,
  destinationUid: record.uid,
  provider: "scalingo",
  ...(record.scope !== "" && { scope: record.scope }),
});

export function renderNotifier(context: RenderContext): Rendered {
  const { platform, type_data: typeData } = specAs<ScalingoNotifier>(context.record);
  const url = typeData?.webhook_url;
  if (url === undefined) throw new Error(`notifier ${context.record.id} has no webhook_url`);
  if (platform === "slack") return message("slack", url, context);
  if (platform === "rocket_chat") return message("rocket-chat", url, context);
  return jsonRequest(url, [], bodyOf(context));
}

/** The type of an older notification follows from its URL. */
export function renderNotification(context: RenderContext): Rendered {
  const { webhook_url: url } = specAs<ScalingoNotification>(context.record);
  return chatServiceOf(url) === "slack"
    ? message("slack", url, context)
    : jsonRequest(url, [], bodyOf(context));
}

const message = (format: string, url: Secret, { event, describe }: RenderContext): Rendered => ({
  form: "message",
  format,
  url,
  message: describe(event),
  headers: [],
});

/** Scalingo's own event as it came; any other in the documented envelope, with its data as `type_data`. */
function bodyOf({ record, event }: RenderContext): JsonObject {
  if (event.provider === "scalingo" && isJsonObject(event.body) && "type" in event.body) return event.body;
  return {
    id: event.id,
    created_at: event.time,
    ...appOf(record, event),
    type: payloadType(event.type),
    type_data: event.data,
  };
}

const OBJECT_ID = /^[0-9a-f]{24}$/;

function appOf(record: StoreRecord, event: Event): JsonObject {
  const isId = OBJECT_ID.test(record.scope);
  return {
    app_id: event.scope?.id ?? (isId ? record.scope : null),
    app_name: event.scope?.name ?? (isId || record.scope === "" ? null : record.scope),
  };
}
