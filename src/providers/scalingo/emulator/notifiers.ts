/** `/v1/apps/:app/notifiers`. Records hold names of platform and events; the API speaks of their ids. */
import { revealAll } from "../../../model/conceal.ts";
import type { StoreRecord } from "../../../model/record.ts";
import { isObject } from "../../../model/value.ts";
import type { Fields, Json } from "../../../model/value.ts";
import type {
  EmulatorContext,
  EmulatorRoute,
  JsonObject,
  Problem,
  RecordsView,
  Reply,
} from "../../emulator-contract.ts";
import { asList, asObject, plainText, withoutNulls } from "../../emulator-values.ts";
import { eventTypeId, eventTypeName, platformId, platformName } from "./catalogue.ts";
import { recordEvent } from "./events.ts";
import { appId, appOf, failure, invalid, missing, NOTIFIER, problemOf } from "./forms.ts";

const PATH = "/v1/apps/:app/notifiers";

export const notifierRoutes: readonly EmulatorRoute[] = [
  { method: "GET", path: PATH, handle: list },
  { method: "POST", path: PATH, handle: create },
  { method: "GET", path: `${PATH}/:id`, handle: get },
  { method: "PATCH", path: `${PATH}/:id`, handle: update },
  { method: "DELETE", path: `${PATH}/:id`, anyBody: true, handle: remove },
  { method: "POST", path: `${PATH}/:id/test`, anyBody: true, handle: test },
];

const find = (context: EmulatorContext, records: RecordsView): StoreRecord | undefined =>
  records.find(NOTIFIER, appOf(context, records), context.request.params["id"] ?? "");

async function list(context: EmulatorContext): Promise<Reply> {
  const records = await context.records.read((view) => view.list(NOTIFIER, appOf(context, view)));
  return { status: 200, body: { notifiers: records.map(present) } };
}

async function get(context: EmulatorContext): Promise<Reply> {
  const record = await context.records.read((records) => find(context, records));
  return record === undefined ? missing("Notifier") : { status: 200, body: { notifier: present(record) } };
}

async function create(context: EmulatorContext): Promise<Reply> {
  const given = payload(context);
  if (given === undefined) return failure(400, "param is missing or the value is empty: notifier");
  const platform = platformName(plainText(given["platform_id"]));
  const { body, problems } = translate(given);
  if (platform === undefined) {
    const why = given["platform_id"] === undefined ? "can't be blank" : "is not a notification platform";
    problems.unshift(problemOf("platform_id", why));
  }
  const url = isObject(body["type_data"]) ? body["type_data"]["webhook_url"] : undefined;
  if (url === undefined && platform !== undefined && platform !== "email") {
    problems.push(problemOf("type_data.webhook_url", "can't be blank"));
  }
  // A body without a good platform is still held against everything else.
  const checked = context.check(NOTIFIER, { ...body, platform: platform ?? "webhook" });
  if (!checked.ok) problems.push(...checked.problems);
  if (!checked.ok || problems.length > 0) return invalid(problems);
  return context.records.write((records) => {
    const scope = appOf(context, records);
    const id = `no-${context.ids.uuid()}`;
    const record = records.insert({ kind: NOTIFIER, scope, id, spec: checked.spec });
    recordEvent(context, scope, "new_notifier", eventData(record));
    return { status: 201, body: { notifier: present(record) } };
  });
}

/** Changes what is given, within `type_data` too. The platform cannot be changed: what is sent for it is not looked at. */
async function update(context: EmulatorContext): Promise<Reply> {
  const given = payload(context);
  return context.records.write((records) => {
    const record = find(context, records);
    if (record === undefined) return missing("Notifier");
    if (given === undefined) return failure(400, "param is missing or the value is empty: notifier");
    const { body, problems } = translate(given);
    const checked = context.check(NOTIFIER, merge(record.spec, body));
    if (!checked.ok) problems.push(...checked.problems);
    if (!checked.ok || problems.length > 0) return invalid(problems);
    const changed = records.replace(record, checked.spec);
    recordEvent(context, record.scope, "edit_notifier", eventData(changed));
    return { status: 200, body: { notifier: present(changed) } };
  });
}

function remove(context: EmulatorContext): Promise<Reply> {
  return context.records.write((records): Reply => {
    const record = find(context, records);
    if (record === undefined) return missing("Notifier");
    records.remove(record);
    recordEvent(context, record.scope, "delete_notifier", eventData(record));
    return { status: 204 };
  });
}

/** The answer of the real one is not documented; its JavaScript client takes this. */
async function test(context: EmulatorContext): Promise<Reply> {
  const record = await context.records.read((records) => find(context, records));
  return record === undefined ? missing("Notifier") : { status: 200, body: {} };
}

function payload({ request }: EmulatorContext): JsonObject | undefined {
  const notifier = isObject(request.body) ? request.body["notifier"] : undefined;
  return isObject(notifier) ? withoutNulls(notifier) : undefined;
}

/** From the API's form to the stored one: events by name, and only those of `type_data` that say something. */
function translate(given: JsonObject): { body: JsonObject; problems: Problem[] } {
  const problems: Problem[] = [];
  const { selected_event_ids: ids, selected_events: names, type_data: typeData, ...rest } = given;
  const body: JsonObject = { ...rest };
  if (ids !== undefined) body["selected_events"] = eventNames(ids, problems);
  else if (names !== undefined) body["selected_events"] = names;
  if (typeData !== undefined) body["type_data"] = isObject(typeData) ? filled(typeData) : typeData;
  if (given["name"] === "") problems.push(problemOf("name", "can't be blank"));
  return { body, problems };
}

function eventNames(ids: Json, problems: Problem[]): Json {
  if (!Array.isArray(ids)) return ids;
  return ids.map((id) => {
    const name = typeof id === "string" ? eventTypeName(id) : undefined;
    if (name === undefined)
      problems.push(problemOf("selected_event_ids", `${plainText(id)} is not an event type`));
    return name ?? "";
  });
}

const filled = (typeData: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(withoutNulls(typeData)).filter(
      ([, value]) => value !== "" && !(Array.isArray(value) && value.length === 0),
    ),
  );

function merge(spec: Fields, body: JsonObject): JsonObject {
  const before = Object.fromEntries(Object.entries(spec).map(([name, value]) => [name, revealAll(value)]));
  const typeData = { ...asObject(before["type_data"]), ...asObject(body["type_data"]) };
  return { ...before, ...body, type_data: typeData, platform: before["platform"] ?? "" };
}

function present(record: StoreRecord): JsonObject {
  const { spec } = record;
  const platform = plainText(spec["platform"]);
  return {
    id: record.id,
    app_id: appId(record.scope),
    app: record.scope,
    name: revealAll(spec["name"] ?? ""),
    type: platform,
    platform_id: platformId(platform),
    active: spec["active"] !== false,
    send_all_events: spec["send_all_events"] === true,
    send_all_alerts: spec["send_all_alerts"] === true,
    selected_event_ids: asList(spec["selected_events"]).map((name) => eventTypeId(plainText(name))),
    type_data: revealAll(spec["type_data"] ?? {}),
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}

function eventData(record: StoreRecord): JsonObject {
  const shown = present(record);
  return {
    notifier_name: shown["name"] ?? "",
    active: shown["active"] ?? true,
    send_all_events: shown["send_all_events"] ?? false,
    selected_events: revealAll(record.spec["selected_events"] ?? []),
    notifier_type: shown["type"] ?? "",
    notifier_type_data: shown["type_data"] ?? {},
    platform_name: shown["type"] ?? "",
  };
}
