/** `{ event, data }`, with project and environment in `data`. Any event name is taken: the list of them grows. */
import { isJsonObject, readNamed, readType } from "../../model/body.ts";
import type { RecognisedEvent } from "../../model/event.ts";
import type { Json } from "../../model/value.ts";
import { delivered, subscribed } from "./events.ts";

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
