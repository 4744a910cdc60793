/** Qovery's deployment events in words. */
import { readObject } from "../../model/body.ts";
import type { Event } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import { fact, levelOf, messageOf, nameOf, sentence } from "../describe.ts";
import type { Level } from "../describe.ts";

const WORDS: Readonly<Record<string, readonly [string, Level]>> = {
  DEPLOYMENT_STARTED: ["Deployment started", "info"],
  DEPLOYMENT_CANCELLED: ["Deployment cancelled", "warning"],
  DEPLOYMENT_FAILURE: ["Deployment failed", "error"],
  DEPLOYMENT_SUCCESSFUL: ["Deployment succeeded", "success"],
};

export function describe(event: Event): Message {
  const payload = readObject(event.data);
  const [words, level] = WORDS[event.type] ?? [sentence(event.type), levelOf(event.type)];
  const where = [nameOf(event.project), nameOf(event.environment)]
    .filter((name) => name !== undefined)
    .join(" / ");
  return messageOf(event, {
    title: where === "" ? words : `${words}: ${where}`,
    level,
    facts: [
      fact("Mode", event.environment?.mode),
      fact("Status", payload["current_status"]),
      fact("Wanted", payload["desired_status"]),
      fact("Cluster", readObject(payload["environment"])["cluster_name"]),
      fact("Organization", nameOf(event.scope)),
    ],
  });
}
