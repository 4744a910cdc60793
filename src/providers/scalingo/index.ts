import { randomBytes, randomUUID } from "node:crypto";
import type { KindSpec } from "../../model/field.ts";
import type { Fields } from "../../model/value.ts";
import type { Provider } from "../contract.ts";
import { freshId } from "../ids.ts";
import { normaliseFields } from "../normalise.ts";
import { offUnless } from "../off.ts";
import { connect } from "./connect.ts";
import { describe } from "./describe.ts";
import { eventNames } from "./events.ts";
import { ingest } from "./ingest.ts";
import { recognise, shape } from "./recognise.ts";
import {
  notificationFormat,
  notificationSubscriptions,
  notifierFormat,
  notifierSubscriptions,
  renderNotification,
  renderNotifier,
} from "./notify.ts";

export const provider: Provider = {
  id: "scalingo",
  kinds: {
    notifier: {
      normalise: normaliseNotifier,
      newId: (_spec, taken) => freshId(() => `no-${randomUUID()}`, taken),
      subscriptions: notifierSubscriptions,
      off: offUnless("active"),
      format: notifierFormat,
      render: renderNotifier,
    },
    notification: {
      normalise: normaliseFields,
      newId: (_spec, taken) => freshId(() => randomBytes(12).toString("hex"), taken),
      subscriptions: notificationSubscriptions,
      off: offUnless("active"),
      format: notificationFormat,
      render: renderNotification,
    },
  },
  recognise,
  shape,
  ingest,
  eventNames,
  describe,
  connect,
};

/** What is selected has no meaning while everything is sent. */
function normaliseNotifier(spec: Fields, kind: KindSpec): Fields {
  const { selected_events: selected, ...rest } = normaliseFields(spec, kind);
  return selected === undefined || rest["send_all_events"] === true
    ? rest
    : { ...rest, selected_events: selected };
}
