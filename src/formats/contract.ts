/**
 * A format turns an event into a destination's own message form. Pure; one file each, found by `npm run generate`.
 * The body is always within the destination's documented limits, whatever the event holds; nothing in the data becomes a live
 * mention, link or markup; title and link are never cut off. Passes test/conformance/format.ts.
 */
import type { Event } from "../model/event.ts";
import type { Message } from "../model/message.ts";
import type { Destination } from "../model/request.ts";

export interface FormatInput {
  readonly event: Event;
  readonly message: Message;
  /** Plain text: lets a format tell variants of its destination apart. Never part of the body. */
  readonly url: string;
}

export interface Formatted {
  /** Usually the one given, with what the destination needs added (Discord's `wait=true`). */
  readonly url: string;
  readonly contentType: string;
  readonly body: string;
  readonly destination: Destination;
}

export interface Format {
  readonly id: string;
  render(input: FormatInput): Formatted;
}
