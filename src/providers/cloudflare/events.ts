/** Cloudflare's alert types are the same in policies and payloads. */
import { kinds } from "../../generated/kinds/cloudflare.ts";

/** Seen in documented payloads and missing from the client's list. */
const ALSO = ["workers_alert", "workers_observability_alert"];

const KNOWN = new Set([...kinds.flatMap((kind) => kind.fields["alert_type"]?.enum ?? []), ...ALSO]);

export const eventNames = (type: string): readonly string[] | undefined =>
  KNOWN.has(type) ? [type] : undefined;

/** The type of a payload that names no alert type. */
export const UNNAMED = "cloudflare_notification";

/** Cloudflare writes the same id with and without hyphens, and compares neither. */
export const plainId = (id: string): string =>
  /^[0-9a-f-]{32,36}$/i.test(id) ? id.replaceAll("-", "").toLowerCase() : id;
