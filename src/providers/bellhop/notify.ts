/** What a `bellhop/integration` subscribes to, and the request it gets. */
import type { BellhopIntegration } from "../../generated/types/bellhop-integration.ts";
import { isGlob } from "../../lib/glob.ts";
import { rawBody } from "../../model/raw-body.ts";
import { specAs } from "../../model/record.ts";
import type { StoreRecord } from "../../model/record.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { Rendered, RenderContext } from "../contract.ts";
import { rawRequest } from "../request.ts";
import { furtherHeaders } from "./headers.ts";
import { signatureHeaders } from "./sign.ts";

export function subscriptions(record: StoreRecord): Subscription[] {
  const spec = specAs<BellhopIntegration>(record);
  return [
    {
      uid: record.uid,
      destinationUid: record.uid,
      enabled: spec.enabled !== false,
      provider: "any",
      events: eventsOf(spec.events ?? ["*"]),
      projects: spec.projects ?? [],
      environments: spec.environments ?? [],
    },
  ];
}

/** Plain names are looked up, which is faster than trying patterns. */
function eventsOf(patterns: readonly string[]): Subscription["events"] {
  if (patterns.length === 1 && patterns[0] === "*") return "all";
  const arePlain = patterns.every((pattern) => !isGlob(pattern) && !/[!\\]/.test(pattern));
  return arePlain ? { names: patterns } : { globs: patterns };
}

const FORMATS = { SLACK: "slack", DISCORD: "discord", TEAMS: "teams" } as const;

export function formatOf(record: StoreRecord): string | undefined {
  const { type } = specAs<BellhopIntegration>(record);
  return type === "RAW_WEBHOOK" ? undefined : FORMATS[type];
}

export function render({ record, event, now, describe }: RenderContext): Rendered {
  const spec = specAs<BellhopIntegration>(record);
  const headers = furtherHeaders(spec.headers);
  const format = formatOf(record);
  if (format !== undefined) {
    return {
      form: "message",
      format,
      url: spec.webhook,
      message: describe(event),
      headers,
    };
  }
  const body = JSON.stringify(rawBody(event));
  const signed = spec.secret === undefined ? [] : signatureHeaders(spec.secret, event.id, now, body);
  return rawRequest(spec.webhook, [...signed, ...headers], body);
}
