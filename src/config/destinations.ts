/** What a webhook URL gives away about its receiver. The URL itself is a secret and never part of a message. */
import type { FieldSpec, KindSpec } from "../model/field.ts";
import type { Json } from "../model/value.ts";
import { isInRanges, isPrivateAddress, literalAddress } from "../lib/ip.ts";
import type { Surroundings } from "./integrations.ts";
import { nearest } from "./tree.ts";
import type { Entry } from "./tree.ts";

export function checkDestinations(plain: Json, spec: Entry, kind: KindSpec, around: Surroundings): void {
  visit(plain, kind.fields, [], (text, path) => {
    const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
    const { entry } = nearest(spec, path);
    if (url !== undefined) checkUrl(url, plain, entry, around);
  });
}

/** Every text in a field that holds a URL. */
function visit(
  plain: Json,
  fields: Readonly<Record<string, FieldSpec>>,
  above: readonly string[],
  found: (text: string, path: readonly string[]) => void,
): void {
  if (typeof plain !== "object" || plain === null || Array.isArray(plain)) return;
  for (const [name, field] of Object.entries(fields)) {
    const value = plain[name];
    if (field.secret === "url" && typeof value === "string") found(value, [...above, name]);
    else if (field.fields !== undefined && value !== undefined)
      visit(value, field.fields, [...above, name], found);
  }
}

function checkUrl(url: URL, plain: Json, entry: Entry, around: Surroundings): void {
  const { report } = around.context;
  const at = entry.value;
  const address = literalAddress(url.hostname);
  if (address !== undefined && isPrivateAddress(address) && !isInRanges(address, around.allow)) {
    const message = `${address} is a private address, which the daemon refuses to send to`;
    report.warn({ code: "private-address", message, hint: "allow its range under daemon.egress.allow", at });
  }
  if (url.hostname === "hooks.slack.com" && url.pathname.startsWith("/triggers/") && isFor(plain, "slack")) {
    const message = "this URL starts a Slack workflow, which does not take messages";
    const hint = "use an incoming webhook, https://hooks.slack.com/services/…";
    report.warn({ code: "wrong-destination", message, hint, at });
  }
  if (
    isDiscord(url.hostname) &&
    /^\/api\/.*\/(slack|github)\/?$/i.test(url.pathname) &&
    isFor(plain, "discord")
  ) {
    const other = /github/i.test(url.pathname.slice(-8)) ? "GitHub" : "Slack";
    const message = `this URL takes messages in ${other}'s form, and a DISCORD integration sends Discord's`;
    report.error({ code: "wrong-destination", message, hint: "remove the last part of the URL", at });
  }
  if (url.hostname.endsWith(".webhook.office.com") || url.hostname === "outlook.office.com") {
    const message = "Microsoft is retiring the Office 365 connectors that this URL belongs to";
    const hint = "make a workflow in Teams that posts what a webhook receives, and use its URL";
    report.warn({ code: "deprecated-destination", message, hint, at });
  }
}

const isDiscord = (host: string): boolean => /^(\w+\.)?discord(app)?\.com$/i.test(host);

/** Whether the integration says that its receiver is of this type, in whatever field it says so. */
function isFor(plain: Json, type: string): boolean {
  if (typeof plain !== "object" || plain === null || Array.isArray(plain)) return false;
  return Object.values(plain).some((value) => typeof value === "string" && value.toLowerCase() === type);
}
