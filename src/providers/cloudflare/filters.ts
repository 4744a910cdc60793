/**
 * A policy's filters as conditions on an alert's data. Cloudflare documents neither which member of a payload a filter
 * looks at nor most payloads: the paths are inferred from payloads that are documented or were seen.
 */
import type { CloudflarePolicy } from "../../generated/types/cloudflare-policy.ts";
import type { Condition } from "../../model/subscription.ts";
import { plainId } from "./events.ts";

/** They say when Cloudflare raises an alert; one that has been raised has passed them. */
const RAISING = new Set([
  "alert_trigger_preferences",
  "alert_trigger_preferences_value",
  "group_by",
  "limit",
  "megabits_per_second",
  "packets_per_second",
  "query_tag",
  "requests_per_second",
  "selectors",
  "slo",
  "traffic_exclusions",
  "where",
]);

/** Other members that say the same as the filter's own name. */
const ALSO_AT: Readonly<Record<string, readonly string[]>> = {
  actions: ["action", "mitigation"],
  affected_asns: ["affected_asn", "asn"],
  affected_components: ["affected_components.name", "affected_components.id"],
  affected_locations: ["affected_location", "location"],
  airport_code: ["airport_codes", "colo"],
  enabled: ["pool_enabled"],
  environment: ["deployment.environment"],
  event: ["event_type"],
  event_source: ["source"],
  event_type: ["event.type", "metadata.event.type"],
  health_check_id: ["health_check.id"],
  incident_impact: ["impact"],
  input_id: ["input.id"],
  logo_tag: ["query_id"],
  new_health: ["new_health_status", "health"],
  new_status: ["new_health_status", "status"],
  pool_id: ["pool.id"],
  pop_names: ["pop_name", "colo_name"],
  product: ["products", "product_name"],
  project_id: ["project.id"],
  services: ["service"],
  status: ["new_status", "certificate_status", "incident_status", "pack_status"],
  target_hostname: ["hostname", "zone_name"],
  target_zone_name: ["zone_name"],
  token_id: ["token.id", "service_token_id"],
  tunnel_id: ["tunnel.id"],
  tunnel_name: ["tunnel.name"],
  type: ["alert_type", "event_type"],
  zones: [
    "zone",
    "zone_id",
    "zone_tag",
    "zone_name",
    "zone.id",
    "zone.name",
    "metadata.zone.id",
    "unreachable_zones",
  ],
};

/** Values that alerts write in another way than filters. */
const PREFIX = /^(?:INCIDENT_IMPACT|ENVIRONMENT|EVENT_DEPLOYMENT)_/;

export function conditionsOf(filters: CloudflarePolicy["filters"] = {}): Condition[] {
  return Object.entries(filters)
    .filter(([name, values]) => !RAISING.has(name) && values.length > 0)
    .map(([name, values]) => ({
      paths: [name, ...(ALSO_AT[name] ?? [])],
      values: [...new Set(values.flatMap((value) => [plainId(value), value.replace(PREFIX, "")]))],
    }));
}
