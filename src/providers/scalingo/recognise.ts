/**
 * `{ type, app_id, app_name, type_data, … }`. The app is the scope, and the project too where the payload names none. Without
 * `type_data` the whole body is the data.
 */
import { isJsonObject, readText, readTime, readType } from "../../model/body.ts";
import type { EventShape } from "../../model/event-shape.ts";
import type { Named, RecognisedEvent } from "../../model/event.ts";
import type { Json } from "../../model/value.ts";
import { aliasesOf, payloadType } from "./events.ts";

/** What `recognise` asks for. */
export const shape: EventShape = {
  title: "Scalingo's event",
  needs: {
    "`type`": (body) => readType(body["type"]) !== undefined,
    "`app_id` or `app_name`": (body) => namedOf(body["app_id"], body["app_name"]) !== undefined,
  },
  hints: ["type_data"],
};

export function recognise(body: Json): RecognisedEvent | undefined {
  if (!isJsonObject(body)) return undefined;
  const type = readType(body["type"]);
  const app = namedOf(body["app_id"], body["app_name"]);
  if (type === undefined || app === undefined) return undefined;
  const id = readText(body["id"]);
  const time = readTime(body["created_at"]);
  const aliases = aliasesOf(payloadType(type));
  return {
    ...(id !== undefined && { id }),
    type: payloadType(type),
    ...(aliases.length > 0 && { aliases }),
    provider: "scalingo",
    ...(time !== undefined && { time }),
    project: namedOf(body["project_id"], body["project_name"]) ?? app,
    scope: app,
    data: body["type_data"] ?? body,
    body,
  };
}

function namedOf(givenId: Json | undefined, givenName: Json | undefined): Named | undefined {
  const id = readText(givenId);
  const name = readText(givenName);
  if (id === undefined && name === undefined) return undefined;
  return { ...(id !== undefined && { id }), ...(name !== undefined && { name }) };
}
