import { randomUUID } from "node:crypto";
import type { KindSpec } from "../../model/field.ts";
import { isObject } from "../../model/value.ts";
import type { Fields, Value } from "../../model/value.ts";
import type { Provider } from "../contract.ts";
import { freshId } from "../ids.ts";
import { normaliseFields } from "../normalise.ts";
import { offUnless } from "../off.ts";
import { connect } from "./connect.ts";
import { describe } from "./describe.ts";
import { eventNames, plainId } from "./events.ts";
import { ingest } from "./ingest.ts";
import { recognise, shape } from "./recognise.ts";
import { formatOf, policySubscriptions, renderWebhook } from "./notify.ts";

const newId = (_spec: Fields, taken: ReadonlySet<string>): string =>
  freshId(() => plainId(randomUUID()), taken);

export const provider: Provider = {
  id: "cloudflare",
  kinds: {
    webhook: {
      normalise: normaliseFields,
      newId,
      subscriptions: () => [],
      format: formatOf,
      render: renderWebhook,
    },
    policy: {
      normalise: normalisePolicy,
      newId,
      subscriptions: policySubscriptions,
      off: offUnless("enabled"),
    },
  },
  recognise,
  shape,
  ingest,
  eventNames,
  describe,
  connect,
};

/** The ids of destinations without hyphens, as policies write them. */
function normalisePolicy(spec: Fields, kind: KindSpec): Fields {
  const mechanisms = spec["mechanisms"];
  if (!isObject(mechanisms)) return normaliseFields(spec, kind);
  const plain = Object.fromEntries(
    Object.entries(mechanisms).map(([name, items]) => [name, plainIds(items)]),
  );
  return normaliseFields({ ...spec, mechanisms: plain }, kind);
}

function plainIds(items: Value): Value {
  if (!Array.isArray(items)) return items;
  return items.map((item) =>
    isObject(item) && typeof item["id"] === "string" ? { ...item, id: plainId(item["id"]) } : item,
  );
}
