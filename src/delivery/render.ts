/** The request of one delivery, as it will be sent. */
import type { Event } from "../model/event.ts";
import type { Message } from "../model/message.ts";
import type { OutgoingRequest, Destination } from "../model/request.ts";
import { reveal, Secret } from "../model/secret.ts";
import type { Format } from "../formats/contract.ts";
import type { Endpoint } from "./routes.ts";

export interface RenderedDelivery {
  readonly request: OutgoingRequest;
  readonly destination: Destination;
}

/** Throws when the behaviour or format does, which is a bug; the worker discards the delivery with that reason. */
export function renderDelivery(options: {
  endpoint: Endpoint;
  via: Endpoint | undefined;
  event: Event;
  now: number;
  formats: readonly Format[];
  describe: (event: Event) => Message;
}): RenderedDelivery {
  const { endpoint, via, event, now } = options;
  const rendered = endpoint.behaviour.render?.({
    record: endpoint.record,
    event,
    now,
    describe: options.describe,
    ...(via === undefined ? {} : { via: via.record }),
  });
  if (rendered === undefined) throw new Error(`${endpoint.record.kind} receives nothing by itself`);
  if (rendered.form === "request") return rendered;
  const format = options.formats.find(({ id }) => id === rendered.format);
  if (format === undefined) throw new Error(`there is no format ${rendered.format}`);
  const formatted = format.render({ event, message: rendered.message, url: reveal(rendered.url) });
  return {
    request: {
      url: new Secret(formatted.url),
      headers: [{ name: "content-type", value: formatted.contentType }, ...rendered.headers],
      body: formatted.body,
    },
    destination: formatted.destination,
  };
}
