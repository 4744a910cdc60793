import type { Provider } from "../contract.ts";
import { describe } from "./describe.ts";
import { slugId } from "../ids.ts";
import { normaliseFields } from "../normalise.ts";
import { offUnless } from "../off.ts";
import { ingest } from "./ingest.ts";
import { recognise, shape } from "./recognise.ts";
import { formatOf, render, subscriptions } from "./notify.ts";
import { policy } from "./policy.ts";

export const provider: Provider = {
  id: "bellhop",
  kinds: {
    integration: {
      normalise: normaliseFields,
      newId: (spec, taken) => slugId(spec["name"], taken),
      subscriptions,
      off: offUnless("enabled"),
      policy,
      format: formatOf,
      render,
    },
  },
  recognise,
  shape,
  ingest,
  eventNames: () => undefined,
  describe,
};
