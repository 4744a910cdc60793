/** Cloudflare alerts in words: the platform's own text, headed by the alert's type. */
import { readObject, readText } from "../../model/body.ts";
import type { Event } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import { fact, levelOf, messageOf, scalarFacts, sentence } from "../describe.ts";
import type { Level } from "../describe.ts";

const SAID = new Set(["dashboard_link", "account_name", "account_tag", "message"]);
const ENDED = "ALERT_STATE_EVENT_END";

export function describe(event: Event): Message {
  const body = event.provider === "cloudflare" ? readObject(event.body) : {};
  const data = readObject(event.data);
  const ended = body["alert_event"] === ENDED;
  const url = readText(data["dashboard_link"]);
  const zone = readText(data["zone_name"]) ?? readText(data["target_hostname"]);
  const title = `${sentence(event.type)}${ended ? " is over" : ""}${zone === undefined ? "" : `: ${zone}`}`;
  const text = typeof body["text"] === "string" ? body["text"] : data["message"];
  return messageOf(event, {
    title,
    text: typeof text === "string" ? text : undefined,
    level: ended ? "success" : gravity(event),
    facts: [fact("Policy", body["policy_name"]), ...scalarFacts(event.data, SAID)],
    ...(url !== undefined && { link: { text: "Open the dashboard", url } }),
  });
}

function gravity(event: Event): Level {
  const data = readObject(event.data);
  const states = ["new_health_status", "new_health", "new_status", "status", "incident_impact", "severity"]
    .map((name) => readText(data[name]))
    .filter((state) => state !== undefined);
  const told = levelOf(...states);
  return told === "info" ? levelOf(event.type) : told;
}
