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

const FORMATS: Readonly<Record<string, string>> = { slack: "slack", rocket_chat: "rocket-chat" };

export const notifierFormat = (record: StoreRecord): string | undefined =>
  FORMATS[specAs<ScalingoNotifier>(record).platform];

export function renderNotifier(context: RenderContext): Rendered {
  const url = specAs<ScalingoNotifier>(context.record).type_data?.webhook_url;
  if (url === undefined) throw new Error(`notifier ${context.record.id} has no webhook_url`);
  const format = notifierFormat(context.record);
  return format === undefined ? jsonRequest(url, [], bodyOf(context)) : message(format, url, context);
}

/** The type of an older notification follows from its URL. */
export const notificationFormat = (record: StoreRecord): string | undefined =>
  chatServiceOf(specAs<ScalingoNotification>(record).webhook_url) === "slack" ? "slack" : undefined;

export function renderNotification(context: RenderContext): Rendered {
  const { webhook_url: url } = specAs<ScalingoNotification>(context.record);
  const format = notificationFormat(context.record);
  return format === undefined ? jsonRequest(url, [], bodyOf(context)) : message(format, url, context);
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
