/** Between the model's nouns and the rows that travel and are stored. */
import { encodeId, decodeId, timeOfId } from "../../lib/ids.ts";
import type { Attempt, Delivery } from "../../model/delivery.ts";
import type {
  AcceptBatch,
  AcceptedEvent,
  AttemptResult,
  ClaimedDelivery,
  NewDelivery,
  Release,
  StoredEvent,
  StoredRejection,
} from "../contract.ts";
import { decodeEvent, encodeEvent } from "./events.ts";
import type {
  AcceptRows,
  AttemptRecord,
  Claimed,
  DeliveryRecord,
  DeliveryRow,
  EventRecord,
  EventRow,
  RejectedRecord,
  ReleaseRow,
  ResultRow,
} from "./protocol.ts";

export function acceptRows(batch: AcceptBatch, now: number): AcceptRows {
  return {
    now,
    events: batch.events.map(eventRow),
    rejected: batch.rejected.map((one) => [one.source, one.position, one.reason, one.head] as const),
    positions: Object.entries(batch.positions).map(
      ([key, value]) => [key, value === null ? null : JSON.stringify(value)] as const,
    ),
  };
}

function eventRow({ event, source, deliveries }: AcceptedEvent): EventRow {
  return {
    id: event.id,
    origin: event.origin ?? "",
    type: event.type,
    source,
    projectId: event.project?.id?.toLowerCase() ?? null,
    projectName: event.project?.name?.toLowerCase() ?? null,
    ...encodeEvent(event),
    deliveries: deliveries.map(deliveryRow),
  };
}

const deliveryRow = (one: NewDelivery): DeliveryRow => [
  one.integrationUid,
  one.integration,
  one.viaUid ?? null,
  one.via ?? null,
  one.kind,
  one.status,
  one.reason ?? null,
  one.trigger,
  one.delayMs ?? 0,
];

/** None for what is no id. */
export function releaseRows({ deliveryId, to }: Release): readonly ReleaseRow[] {
  const id = decodeId(deliveryId);
  return id === undefined ? [] : [[id, to ?? null]];
}

export function resultRow(result: AttemptResult, now: number): ResultRow {
  const { attempt, status } = result;
  return {
    deliveryId: decodeId(attempt.deliveryId) ?? -1,
    status,
    reason: result.reason ?? null,
    nextAttemptAt: status === "pending" ? (result.nextAttemptAt ?? now) : null,
    health: result.health ?? null,
    events: (result.events ?? []).map(eventRow),
    attempt: [
      attempt.trigger,
      attempt.startedAt,
      JSON.stringify([attempt.durationMs, attempt.timings.totalMs, attempt.timings.firstByteMs ?? null]),
      attempt.request.url,
      JSON.stringify(attempt.request.headers),
      attempt.request.body,
      attempt.response?.status ?? null,
      attempt.response === undefined ? null : JSON.stringify(attempt.response.headers),
      attempt.response?.body ?? null,
      attempt.response === undefined ? null : Number(attempt.response.truncated),
      attempt.remoteAddress ?? null,
      attempt.outcome,
      attempt.errorClass ?? null,
      attempt.note ?? null,
    ],
  };
}

export function deliveryOf(row: DeliveryRecord): Delivery {
  return {
    id: encodeId(row.id),
    eventId: row.event_id,
    eventType: row.event_type,
    integrationUid: row.uid,
    integration: row.name,
    ...(row.via_uid === null ? {} : { viaUid: row.via_uid }),
    ...(row.via_name === null ? {} : { via: row.via_name }),
    kind: row.kind,
    status: row.status,
    ...(row.reason === null ? {} : { reason: row.reason }),
    attempts: row.attempts,
    attemptsInRound: row.attempts - row.attempts_before,
    ...(row.last_status_code === null ? {} : { lastStatusCode: row.last_status_code }),
    ...(row.status !== "pending" || row.due_at === null ? {} : { nextAttemptAt: row.due_at }),
    createdAt: timeOfId(row.id),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by deliveryRow
    trigger: row.trigger as Delivery["trigger"],
  };
}

export function claimedOf({ deliveries, events }: Claimed): ClaimedDelivery[] {
  const decoded = events.map((text) => ({ event: decodeEvent(text), bytes: text.bytes }));
  return deliveries.flatMap(([row, index]) => {
    const one = decoded[index];
    return one === undefined ? [] : [{ delivery: deliveryOf(row), ...one }];
  });
}

export const storedEventOf = (row: EventRecord): StoredEvent => ({
  event: decodeEvent(row),
  source: row.source,
  receivedAt: row.received_at,
});

/* oxlint-disable typescript/no-unsafe-type-assertion -- written by resultRow */
export function attemptOf(deliveryId: string, row: AttemptRecord): Attempt {
  const [durationMs, totalMs, firstByteMs] = JSON.parse(row.timings) as [number, number, number | null];
  const headers = (text: string | null): Attempt["request"]["headers"] =>
    JSON.parse(text ?? "[]") as [string, string][];
  return {
    deliveryId,
    number: row.number,
    trigger: row.trigger as Attempt["trigger"],
    startedAt: row.started_at,
    durationMs,
    timings: { ...(firstByteMs === null ? {} : { firstByteMs }), totalMs },
    request: {
      method: "POST",
      url: row.url,
      headers: headers(row.request_headers),
      body: textOf(row.request_body),
    },
    ...(row.response_status === null
      ? {}
      : {
          response: {
            status: row.response_status,
            headers: headers(row.response_headers),
            body: textOf(row.response_body ?? new Uint8Array()),
            truncated: row.response_truncated === 1,
          },
        }),
    ...(row.remote_address === null ? {} : { remoteAddress: row.remote_address }),
    outcome: row.outcome as Attempt["outcome"],
    ...(row.error_class === null
      ? {}
      : { errorClass: row.error_class as NonNullable<Attempt["errorClass"]> }),
    ...(row.note === null ? {} : { note: row.note }),
  };
}
/* oxlint-enable typescript/no-unsafe-type-assertion */

const textOf = (bytes: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

export const rejectedOf = ({
  n,
  head,
  received_at: receivedAt,
  ...row
}: RejectedRecord): StoredRejection => ({
  ...row,
  id: encodeId(n),
  head: textOf(head),
  receivedAt,
});
