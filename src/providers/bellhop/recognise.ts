/** The body that `bellhop/integration` sends, so that one Bellhop can feed another. All of its first four members are needed. */
import { isJsonObject, readNamed, readText, readTime, readType } from "../../model/body.ts";
import type { EventShape } from "../../model/event-shape.ts";
import type { RecognisedEvent } from "../../model/event.ts";
import type { Json } from "../../model/value.ts";

/** What `recognise` asks for. */
export const shape: EventShape = {
  title: "Bellhop's own",
  needs: {
    "`id`": (body) => readText(body["id"]) !== undefined,
    "`type`": (body) => readType(body["type"]) !== undefined,
    "`timestamp`": (body) => readTime(body["timestamp"]) !== undefined,
    "`data`": (body) => body["data"] !== undefined,
  },
};

export function recognise(body: Json): RecognisedEvent | undefined {
  if (!isJsonObject(body) || body["data"] === undefined) return undefined;
  const id = readText(body["id"]);
  const type = readType(body["type"]);
  const time = readTime(body["timestamp"]);
  if (id === undefined || type === undefined || time === undefined) return undefined;
  const project = readNamed(body["project"]);
  const environment = readNamed(body["environment"]);
  return {
    id,
    type,
    provider: "bellhop",
    time,
    ...(project !== undefined && { project }),
    ...(environment !== undefined && { environment }),
    data: body["data"],
    body,
  };
}
