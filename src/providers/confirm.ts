/** The event that confirms a new integration, and that `bellhop test` sends; enqueued for one record, never routed. */
import { CONFIRM_TYPE } from "../model/event.ts";
import type { Event } from "../model/event.ts";
import { recordName } from "../model/record.ts";
import type { StoreRecord } from "../model/record.ts";

/** `time` is ISO 8601. */
export function confirmationEvent(record: StoreRecord, id: string, time: string): Event {
  const integration = recordName(record);
  const data = { integration, kind: record.kind, message: CONFIRMATION };
  return {
    id,
    type: CONFIRM_TYPE,
    provider: record.kind.split("/", 1)[0] ?? "bellhop",
    time,
    data,
    body: data,
  };
}

export const CONFIRMATION = "Bellhop sent this to check the way; notifications will arrive here.";
