/** The request of one delivery, as it will be sent. */
import type { Event } from "../model/event.ts";
import type { Message } from "../model/message.ts";
import type { OutgoingRequest, Destination } from "../model/request.ts";
import { reveal, Secret } from "../model/secret.ts";
import { basicCredentials } from "../lib/http-request.ts";
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
  if (rendered.form === "request") return { ...rendered, request: withCredentials(rendered.request) };
  const format = options.formats.find(({ id }) => id === rendered.format);
  if (format === undefined) throw new Error(`there is no format ${rendered.format}`);
  const formatted = format.render({ event, message: rendered.message, url: reveal(rendered.url) });
  return {
    request: withCredentials({
      url: new Secret(formatted.url),
      headers: [{ name: "content-type", value: formatted.contentType }, ...rendered.headers],
      body: formatted.body,
    }),
    destination: formatted.destination,
  };
}

/** User and password of the URL are sent as a header, and so are logged as one; a header that is given stands. */
function withCredentials(request: OutgoingRequest): OutgoingRequest {
  const url = reveal(request.url);
  if (!url.includes("@") || !URL.canParse(url)) return request;
  const credentials = basicCredentials(new URL(url));
  const isGiven = request.headers.some(({ name }) => name.toLowerCase() === "authorization");
  if (credentials === undefined || isGiven) return request;
  const header = { name: "authorization", value: new Secret(credentials) };
  return { ...request, headers: [...request.headers, header] };
}
