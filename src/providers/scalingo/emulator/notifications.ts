/**
 * `/v1/apps/:app/notifications`, as the older page documents it: the type follows from the URL, and at most one
 * notification of each type is enabled. There is no path for a single one but to change and to remove it.
 */
import { revealAll } from "../../../model/conceal.ts";
import type { StoreRecord } from "../../../model/record.ts";
import { isObject } from "../../../model/value.ts";
import type { Fields } from "../../../model/value.ts";
import type {
  EmulatorContext,
  EmulatorRoute,
  JsonObject,
  RecordsView,
  Reply,
} from "../../emulator-contract.ts";
import { plainText, withoutNulls } from "../../emulator-values.ts";
import { appId, appOf, failure, invalid, missing, NOTIFICATION, problemOf } from "./forms.ts";

const PATH = "/v1/apps/:app/notifications";

export const notificationRoutes: readonly EmulatorRoute[] = [
  { method: "GET", path: PATH, handle: list },
  { method: "POST", path: PATH, handle: create },
  { method: "PATCH", path: `${PATH}/:id`, handle: update },
  { method: "DELETE", path: `${PATH}/:id`, anyBody: true, handle: remove },
];

const find = (context: EmulatorContext, records: RecordsView): StoreRecord | undefined =>
  records.find(NOTIFICATION, appOf(context, records), context.request.params["id"] ?? "");

async function list(context: EmulatorContext): Promise<Reply> {
  const records = await context.records.read((view) => view.list(NOTIFICATION, appOf(context, view)));
  return { status: 200, body: { notifications: records.map(summarise) } };
}

async function create(context: EmulatorContext): Promise<Reply> {
  const given = payload(context);
  if (given === undefined) return failure(400, "param is missing or the value is empty: notification");
  const checked = context.check(NOTIFICATION, given);
  if (!checked.ok) return invalid(checked.problems);
  const spec = { ...checked.spec, active: checked.spec["active"] !== false };
  return context.records.write((records) => {
    const scope = appOf(context, records);
    if (isSecond(records, scope, spec)) return second(spec);
    const record = records.insert({ kind: NOTIFICATION, scope, id: context.ids.hex(24), spec });
    return { status: 201, body: { notification: present(record) } };
  });
}

async function update(context: EmulatorContext): Promise<Reply> {
  const given = payload(context);
  if (given === undefined) return failure(400, "param is missing or the value is empty: notification");
  const checked = context.check(NOTIFICATION, given, { partial: true });
  return context.records.write((records) => {
    const record = find(context, records);
    if (record === undefined) return missing("Notification");
    if (!checked.ok) return invalid(checked.problems);
    const spec = { ...record.spec, ...checked.spec };
    if (typeOf(spec) !== typeOf(record.spec)) {
      return invalid([problemOf("webhook_url", `is not a URL of type ${typeOf(record.spec)}`)]);
    }
    if (isSecond(records, record.scope, spec, record)) return second(spec);
    return { status: 200, body: { notification: present(records.replace(record, spec)) } };
  });
}

function remove(context: EmulatorContext): Promise<Reply> {
  return context.records.write((records): Reply => {
    const record = find(context, records);
    if (record === undefined) return missing("Notification");
    records.remove(record);
    return { status: 204 };
  });
}

/** The page's own example sends `active` as text. */
function payload({ request }: EmulatorContext): JsonObject | undefined {
  const given = isObject(request.body) ? request.body["notification"] : undefined;
  if (!isObject(given)) return undefined;
  const { active } = given;
  const flag = active === "true" || active === "false" ? { active: active === "true" } : {};
  return withoutNulls({ ...given, ...flag });
}

function isSecond(records: RecordsView, app: string, spec: Fields, self?: StoreRecord): boolean {
  if (spec["active"] === false) return false;
  return records
    .list(NOTIFICATION, app)
    .some(
      (other) =>
        other.uid !== self?.uid && other.spec["active"] !== false && typeOf(other.spec) === typeOf(spec),
    );
}

const second = (spec: Fields): Reply =>
  invalid([problemOf("type", `only one notification of type ${typeOf(spec)} can be enabled`)]);

const typeOf = (spec: Fields): string =>
  /^https?:\/\/hooks\.slack\.com\//i.test(plainText(spec["webhook_url"])) ? "slack" : "webhook";

const summarise = ({ id, spec }: StoreRecord): JsonObject => ({
  id,
  type: typeOf(spec),
  webhook_url: revealAll(spec["webhook_url"] ?? ""),
  active: spec["active"] !== false,
});

const present = (record: StoreRecord): JsonObject => ({
  ...summarise(record),
  app_id: appId(record.scope),
});
