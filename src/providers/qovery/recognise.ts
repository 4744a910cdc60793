/** `{ created_at, event_type, payload_type, payload_id, payload }`. The body carries no id of the event itself. */
import { isJsonObject, readNamed, readObject, readText, readTime, readType } from "../../model/body.ts";
import type { EventShape } from "../../model/event-shape.ts";
import type { RecognisedEvent } from "../../model/event.ts";
import type { Json } from "../../model/value.ts";

/** What `recognise` asks for. */
export const shape: EventShape = {
  title: "Qovery's webhook body",
  needs: {
    "`event_type`": (body) => readType(body["event_type"]) !== undefined,
    "`payload` or `payload_type`": (body) =>
      isJsonObject(body["payload"]) || readText(body["payload_type"]) !== undefined,
  },
};

export function recognise(body: Json): RecognisedEvent | undefined {
  if (!isJsonObject(body)) return undefined;
  const type = readType(body["event_type"]);
  const isDelivery = isJsonObject(body["payload"]) || readText(body["payload_type"]) !== undefined;
  if (type === undefined || !isDelivery) return undefined;
  const payload = readObject(body["payload"]);
  const time = readTime(body["created_at"]);
  const project = readNamed(payload["project"]);
  const environment = environmentOf(payload["environment"]);
  const scope = readNamed(payload["organization"]);
  return {
    type,
    provider: "qovery",
    ...(time !== undefined && { time }),
    ...(project !== undefined && { project }),
    ...(environment !== undefined && { environment }),
    ...(scope !== undefined && { scope }),
    data: body["payload"] ?? body,
    body,
  };
}

function environmentOf(value: Json | undefined): RecognisedEvent["environment"] {
  const named = readNamed(value);
  const mode = readText(readObject(value)["mode"]);
  return named === undefined && mode === undefined
    ? undefined
    : { ...named, ...(mode !== undefined && { mode }) };
}
