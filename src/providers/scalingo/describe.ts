/**
 * Scalingo events in words. Only the members below are shown: `variable_*` events carry the values of environment variables,
 * and `run` carries command lines.
 */
import { readObject, readText } from "../../model/body.ts";
import type { Event } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import { fact, levelOf, messageOf, nameOf, sentence } from "../describe.ts";
import { payloadType } from "./events.ts";

const SHOWN: Readonly<Record<string, string>> = {
  status: "Status",
  pusher: "Pushed by",
  git_ref: "Commit",
  duration: "Seconds",
  stack: "Stack",
  reason: "Reason",
  container_type: "Container",
  metric: "Metric",
  value_text: "Value",
  limit_text: "Limit",
  hostname: "Domain",
  old_name: "Old name",
  new_name: "New name",
  plan_name: "Plan",
  old_plan_name: "Old plan",
  new_plan_name: "New plan",
  addon_name: "Add-on",
  addon_provider_name: "Add-on provider",
  old_version: "Old version",
  new_version: "New version",
  backup_status: "Backup",
  name: "Name",
  notifier_name: "Notifier",
  review_app_name: "Review app",
  repo_name: "Repository",
  branch: "Branch",
  maintenance_type: "Maintenance",
  source: "From",
  destination: "To",
};

export function describe(event: Event): Message {
  const data = readObject(event.data);
  const type = payloadType(event.type);
  const status = readText(data["status"]);
  const app = nameOf(event.scope) ?? nameOf(event.project);
  const words = type === "deployment" && status !== undefined ? deployment(status) : sentence(type);
  const url = readText(data["git_ref_url"]) ?? readText(data["pr_url"]);
  return messageOf(event, {
    title: app === undefined ? words : `${words}: ${app}`,
    level: levelOf(type, status, readText(data["backup_status"])),
    facts: [
      fact("App", nameOf(event.scope)),
      ...Object.entries(SHOWN).map(([member, name]) => fact(name, data[member])),
      fact("User", readObject(readObject(event.body)["user"])["username"]),
    ],
    ...(url !== undefined && { link: { text: "Open the change", url } }),
  });
}

function deployment(status: string): string {
  if (status === "success") return "Deployment succeeded";
  return /error|fail/.test(status) ? `Deployment failed (${status})` : `Deployment ${status}`;
}
