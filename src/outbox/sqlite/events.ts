/**
 * An event as two texts: its data, and the rest. A body that is the data, or holds it as one of its members, is stored without
 * it, so that the payload stands in the file once.
 */
import type { Event } from "../../model/event.ts";
import type { Json } from "../../model/value.ts";

export interface EventText {
  readonly rest: string;
  readonly data: string;
}

type Rest = Omit<Event, "data" | "body">;
/** The body is the data; it holds the data under a key; it has nothing to do with it. */
type Stored =
  | readonly [Rest, "same"]
  | readonly [Rest, "member", Json, string]
  | readonly [Rest, "own", Json];

export function encodeEvent(event: Event): EventText {
  const { data, body, ...rest } = event;
  return { rest: JSON.stringify(store(rest, body, data)), data: JSON.stringify(data) };
}

function store(rest: Rest, body: Json, data: Json): Stored {
  if (typeof data !== "object" || data === null) return [rest, "own", body];
  if (body === data) return [rest, "same"];
  if (typeof body !== "object" || body === null || Array.isArray(body)) return [rest, "own", body];
  const key = Object.keys(body).find((name) => body[name] === data && name !== "__proto__");
  return key === undefined ? [rest, "own", body] : [rest, "member", { ...body, [key]: null }, key];
}

export function decodeEvent(text: EventText): Event {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by encodeEvent
  const [stored, data] = [JSON.parse(text.rest) as Stored, JSON.parse(text.data) as Json];
  const body = stored[1] === "same" ? data : stored[2];
  if (stored[1] === "member" && typeof body === "object" && body !== null && !Array.isArray(body)) {
    body[stored[3]] = data;
  }
  return { ...stored[0], data, body };
}
