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

/** How fast a destination takes messages, as it documents. */
export interface Pace {
  /** Messages per second to one URL. Left out where only the destination's answers say. */
  readonly perSecond?: number;
  /** How many may follow each other at once after a quiet time; 1 by default. */
  readonly burst?: number;
  /** Where all integrations share one allowance. */
  readonly service?: Service;
}

export interface Service {
  readonly name: string;
  /** After so many answers 401, 403 and 429 within `refusalsMs` nothing is sent there until some of them are older. */
  readonly refusals: number;
  readonly refusalsMs: number;
}

export interface Format {
  readonly id: string;
  readonly pace?: Pace;
  render(input: FormatInput): Formatted;
}
