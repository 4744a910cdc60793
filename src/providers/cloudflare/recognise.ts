/**
 * `{ text, data, ts, alert_type, policy_id, account_id, … }`. Several members may be missing: `text` with an alert type, a
 * policy, or a time and data is enough. The account is the scope, its id without hyphens.
 */
import { isJsonObject, readObject, readSeconds, readText, readType } from "../../model/body.ts";
import type { EventShape } from "../../model/event-shape.ts";
import type { Named, RecognisedEvent } from "../../model/event.ts";
import type { Json } from "../../model/value.ts";
import { plainId, UNNAMED } from "./events.ts";

/** What `recognise` asks for. */
export const shape: EventShape = {
  title: "Cloudflare's webhook body",
  needs: {
    "`text`": (body) => typeof body["text"] === "string",
    "`alert_type`, `policy_id`, or `ts` with `data`": (body) =>
      readType(body["alert_type"]) !== undefined ||
      readText(body["policy_id"]) !== undefined ||
      (typeof body["ts"] === "number" && isJsonObject(body["data"])),
  },
};

export function recognise(body: Json): RecognisedEvent | undefined {
  if (!isJsonObject(body) || typeof body["text"] !== "string") return undefined;
  const type = readType(body["alert_type"]);
  const isAlert = type !== undefined || readText(body["policy_id"]) !== undefined;
  if (!isAlert && !(typeof body["ts"] === "number" && isJsonObject(body["data"]))) return undefined;
  const data = readObject(body["data"]);
  const time = readSeconds(body["ts"]);
  const account = readText(body["account_id"]);
  const project = namedOf(data["project_id"], data["project_name"]);
  const environment = readText(data["environment"]);
  return {
    type: type ?? UNNAMED,
    provider: "cloudflare",
    ...(time !== undefined && { time }),
    ...(project !== undefined && { project }),
    ...(environment !== undefined && { environment: { name: environment } }),
    ...(account !== undefined && { scope: { id: plainId(account) } }),
    data: body["data"] ?? {},
    body,
  };
}

/** Pages alerts name a project. */
function namedOf(givenId: Json | undefined, givenName: Json | undefined): Named | undefined {
  const id = readText(givenId);
  const name = readText(givenName);
  if (id === undefined && name === undefined) return undefined;
  return { ...(id !== undefined && { id }), ...(name !== undefined && { name }) };
}
