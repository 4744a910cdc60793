import { randomUUID } from "node:crypto";
import type { Provider } from "../contract.ts";
import { freshId } from "../ids.ts";
import { normaliseFields } from "../normalise.ts";
import { offUnless } from "../off.ts";
import { connect } from "./connect.ts";
import { describe } from "./describe.ts";
import { eventNames } from "./events.ts";
import { ingest } from "./ingest.ts";
import { recognise, shape } from "./recognise.ts";
import { formatOf, render, subscriptions } from "./notify.ts";

export const provider: Provider = {
  id: "qovery",
  kinds: {
    webhook: {
      normalise: normaliseFields,
      newId: (_spec, taken) => freshId(randomUUID, taken),
      subscriptions,
      off: offUnless("enabled"),
      format: formatOf,
      render,
    },
  },
  recognise,
  shape,
  ingest,
  eventNames,
  describe,
  connect,
};
