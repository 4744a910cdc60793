/** What an account may be alerted of, where alerts may go, and which were sent. */
import { kinds } from "../../../generated/kinds/cloudflare.ts";
import type { EmulatorContext, EmulatorRoute, JsonObject, Reply } from "../../emulator-contract.ts";
import { plainText, wholeNumber } from "../../emulator-values.ts";
import { accountOf, BASE, invalid, problemOf, success } from "./envelope.ts";

/** What `journal` keeps sent alerts under; the scope is the account. */
const HISTORY = "cloudflare/history";
const USUAL_PER_PAGE = 25;

export const alertRoutes: readonly EmulatorRoute[] = [
  { method: "GET", path: `${BASE}/available_alerts`, handle: () => success(200, availableAlerts()) },
  { method: "GET", path: `${BASE}/destinations/eligible`, handle: () => success(200, eligible()) },
  { method: "GET", path: `${BASE}/history`, handle: history },
];

/** Those of the official client, and two that accounts have besides. */
const alertTypes: readonly string[] = [
  ...(kinds.find(({ kind }) => kind === "cloudflare/policy")?.fields["alert_type"]?.enum ?? []),
  "workers_alert",
  "workers_observability_alert",
];

export const isAlertType = (type: string): boolean => alertTypes.includes(type);

const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  http_alert_origin_error: ["zones", "slo"],
  workers_observability_alert: ["status"],
};

export const requiredFilters = (type: string): readonly string[] => REQUIRED[type] ?? [];

/** Only some take an interval, and which is not documented: these were seen to refuse it. */
const WITHOUT_INTERVAL: readonly string[] = ["workers_observability_alert", "load_balancing_health_alert"];

export const takesInterval = (type: string): boolean => !WITHOUT_INTERVAL.includes(type);

const CATEGORIES: readonly (readonly [RegExp, string])[] = [
  [/ddos|dos_attack|fbm|bgp|magic|cni/, "Magic Transit and DDoS Protection"],
  [/ssl|certificate/, "SSL/TLS"],
  [/load_balancing/, "Load Balancing"],
  [/health_check|origin/, "Health Checks"],
  [/secondary_dns/, "DNS"],
  [/billing/, "Billing"],
  [/incident|maintenance/, "Cloudflare Status"],
  [/pages/, "Pages"],
  [/workers/, "Workers"],
  [/stream|image/, "Stream and Images"],
  [/scriptmonitor|brand|logo|bot|block|abuse|clickhouse|security|sentinel/, "Security"],
  [/tunnel|device|synthetic|access|token/, "Zero Trust"],
];

function availableAlerts(): JsonObject {
  const byCategory: { [category: string]: JsonObject[] } = {};
  for (const type of alertTypes) {
    const category = CATEGORIES.find(([pattern]) => pattern.test(type))?.[1] ?? "Other";
    (byCategory[category] ??= []).push({
      type,
      display_name: title(type),
      description: `${title(type)}.`,
      filter_options: requiredFilters(type).map((Key) => ({ Key, Optional: false, Range: "1-n" })),
    });
  }
  return byCategory;
}

const eligible = (): JsonObject =>
  Object.fromEntries(
    [
      ["email", "email"],
      ["pagerduty", "pagerduty"],
      ["webhooks", "webhook"],
    ].map(([name = "", type = ""]) => [name, [{ type, eligible: true, ready: type !== "pagerduty" }]]),
  );

/** Pages after the last one are empty: that is how the official client knows where to end. */
function history(context: EmulatorContext): Reply {
  const { query } = context.request;
  const page = wholeNumber(query.get("page"), 1, { least: 1, most: Infinity });
  const perPage = wholeNumber(query.get("per_page"), USUAL_PER_PAGE, { least: 5, most: 1000 });
  const since = moment(query.get("since"), -Infinity);
  const before = moment(query.get("before"), Infinity);
  if (page === undefined) return invalid([problemOf("page", "must be at least 1")]);
  if (perPage === undefined) return invalid([problemOf("per_page", "must be from 5 to 1000")]);
  if (Number.isNaN(since)) return invalid([problemOf("since", "must be a time")]);
  if (Number.isNaN(before)) return invalid([problemOf("before", "must be a time")]);
  const sent = context.journal.list(HISTORY, accountOf(context)).filter((entry) => {
    const at = Date.parse(plainText(entry["sent"]));
    return at >= since && at < before;
  });
  const shown = sent.toReversed().slice((page - 1) * perPage, page * perPage);
  const info = { page, per_page: perPage, count: shown.length, total_count: sent.length };
  return success(200, shown, { result_info: info });
}

const moment = (text: string | null, usual: number): number => (text === null ? usual : Date.parse(text));

/** `billing_usage_alert` → `Billing usage alert`. */
function title(type: string): string {
  const words = type.replaceAll("_", " ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
