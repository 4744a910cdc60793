/** The body of our own webhooks: what `bellhop/integration` of type RAW_WEBHOOK sends, and what we recognise again. */
import type { Event, Named } from "./event.ts";
import type { Json } from "./value.ts";

export interface RawBody {
  readonly id: string;
  readonly type: string;
  /** ISO 8601; when the event happened, the same at every attempt. */
  readonly timestamp: string;
  /** The id, or else the name; null when the event names none. */
  readonly project: string | null;
  readonly environment: string | null;
  readonly data: Json;
}

export const rawBody = (event: Event): RawBody => ({
  id: event.id,
  type: event.type,
  timestamp: event.time,
  project: nameOf(event.project),
  environment: nameOf(event.environment),
  data: event.data,
});

const nameOf = (named: Named | undefined): string | null => named?.id ?? named?.name ?? null;
