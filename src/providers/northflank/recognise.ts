/** `{ event, data }`, with project and environment in `data`. Any event name is taken: the list of them grows. */
import { isJsonObject, readNamed, readType } from "../../model/body.ts";
import type { EventShape } from "../../model/event-shape.ts";
import type { RecognisedEvent } from "../../model/event.ts";
import type { Json } from "../../model/value.ts";
import { delivered, subscribed } from "./events.ts";

/** What `recognise` asks for. */
export const shape: EventShape = {
  title: "Northflank's webhook body",
  needs: {
    "`event`": (body) => readType(body["event"]) !== undefined,
    "`data`": (body) => isJsonObject(body["data"]),
  },
};

export function recognise(body: Json): RecognisedEvent | undefined {
  if (!isJsonObject(body) || !isJsonObject(body["data"])) return undefined;
  const name = readType(body["event"]);
  if (name === undefined) return undefined;
  const project = readNamed(body["data"]["project"]);
  const environment = readNamed(body["data"]["environment"]);
  return {
    type: delivered(name),
    aliases: [subscribed(name)],
    provider: "northflank",
    ...(project !== undefined && { project }),
    ...(environment !== undefined && { environment }),
    data: body["data"],
    body,
  };
}
