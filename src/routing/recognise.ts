/**
 * What event a body is: a CloudEvent 1.0 in structured JSON, or one of the platforms' own webhook bodies. Never throws: a
 * member that makes no sense is left out, and a body without a usable type is no event.
 */
import { isJsonObject, readNamed, readText, readTime, readType } from "../model/body.ts";
import type { JsonObject } from "../model/body.ts";
import type { EventShape } from "../model/event-shape.ts";
import type { RecognisedEvent } from "../model/event.ts";
import type { ProviderId } from "../model/field.ts";
import type { Json } from "../model/value.ts";

/** The part of a provider that this needs. */
export interface Dialect {
  readonly id: ProviderId;
  recognise(body: Json): RecognisedEvent | undefined;
  /** What `recognise` asks for. */
  readonly shape: EventShape;
  eventNames(type: string): readonly string[] | undefined;
}

/** What makes a body a CloudEvent. One without `id` or `source` is taken too. */
export const CLOUD_EVENT_SHAPE: EventShape = {
  title: "CloudEvents",
  needs: {
    '`specversion` "1.0"': (body) => body["specversion"] === "1.0",
    "`type`": (body) => readType(body["type"]) !== undefined,
  },
  hints: ["id", "source"],
};

export function recognise(body: Json, providers: readonly Dialect[]): RecognisedEvent | undefined {
  const cloudEvent = recogniseCloudEvent(body, providers);
  if (cloudEvent !== undefined) return cloudEvent;
  for (const provider of providers) {
    const event = provider.recognise(body);
    if (event !== undefined) return event;
  }
  return undefined;
}

/** A type that providers know gets their names for it, so that what subscribes by those names gets the event too. */
function recogniseCloudEvent(body: Json, providers: readonly Dialect[]): RecognisedEvent | undefined {
  if (!isJsonObject(body) || body["specversion"] !== "1.0") return undefined;
  const type = readType(body["type"]);
  if (type === undefined) return undefined;
  const knowing = providers.flatMap((provider) => {
    const names = provider.eventNames(type);
    return names === undefined ? [] : [{ id: provider.id, names }];
  });
  const aliases = new Set(knowing.flatMap(({ names }) => names).filter((name) => name !== type));
  const id = readText(body["id"]);
  const origin = readText(body["source"]);
  const time = readTime(body["time"]);
  const project = readNamed(body["project"]);
  const environment = readNamed(body["environment"]);
  return {
    ...(id !== undefined && { id }),
    ...(origin !== undefined && { origin }),
    type,
    ...(aliases.size > 0 && { aliases: [...aliases] }),
    provider: "cloudevents",
    ...(knowing.length > 0 && { knownTo: knowing.map((one) => one.id) }),
    ...(time !== undefined && { time }),
    ...(project !== undefined && { project }),
    ...(environment !== undefined && { environment }),
    data: dataOf(body),
    body,
  };
}

/** `data` as it is; `data_base64` decoded, as JSON or text where it is that. */
function dataOf(body: JsonObject): Json {
  const encoded = body["data_base64"];
  if (body["data"] !== undefined || typeof encoded !== "string") return body["data"] ?? null;
  const text = decode(Buffer.from(encoded, "base64"));
  if (text === undefined) return encoded;
  const mediaType = body["datacontenttype"];
  const isJson = mediaType === undefined || (typeof mediaType === "string" && /[/+]json\b/i.test(mediaType));
  return isJson ? parseOr(text) : text;
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parseOr(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
