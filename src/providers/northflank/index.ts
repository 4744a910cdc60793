import type { Provider } from "../contract.ts";
import { slugId } from "../ids.ts";
import { normaliseFields } from "../normalise.ts";
import { connect } from "./connect.ts";
import { describe } from "./describe.ts";
import { eventNames } from "./events.ts";
import { ingest } from "./ingest.ts";
import { recognise, shape } from "./recognise.ts";
import { formatOf, render, subscriptions } from "./notify.ts";

export const provider: Provider = {
  id: "northflank",
  kinds: {
    notification: {
      normalise: normaliseFields,
      newId: (spec, taken) => slugId(spec["name"], taken),
      subscriptions,
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
