/** `…/policies`: which alerts go to which destinations. */
import { revealAll } from "../../../model/conceal.ts";
import type { StoreRecord } from "../../../model/record.ts";
import { isObject } from "../../../model/value.ts";
import type { Fields, Json, Value } from "../../../model/value.ts";
import type {
  EmulatorContext,
  EmulatorRoute,
  JsonObject,
  RecordsView,
  Reply,
} from "../../emulator-contract.ts";
import { asList, plainText } from "../../emulator-values.ts";
import { isAlertType, requiredFilters, takesInterval } from "./alerts.ts";
import {
  accountOf,
  BASE,
  CODES,
  deleted,
  failure,
  findById,
  inAccount,
  invalid,
  missing,
  POLICY,
  problemOf,
  success,
  WEBHOOK,
} from "./envelope.ts";

const PATH = `${BASE}/policies`;
/** What a policy can be without. */
const CLEARABLE = ["description", "alert_interval", "filters"];

export const policyRoutes: readonly EmulatorRoute[] = [
  { method: "GET", path: PATH, handle: list },
  { method: "POST", path: PATH, handle: create },
  { method: "GET", path: `${PATH}/:policyId`, handle: get },
  { method: "PUT", path: `${PATH}/:policyId`, handle: update },
  { method: "DELETE", path: `${PATH}/:policyId`, anyBody: true, handle: remove },
];

const find = (context: EmulatorContext, records: RecordsView): StoreRecord | undefined =>
  findById(records, POLICY, accountOf(context), context.request.params["policyId"] ?? "");

async function list(context: EmulatorContext): Promise<Reply> {
  const records = await context.records.read((view) => inAccount(view, POLICY, accountOf(context)));
  return success(200, records.map(present));
}

async function get(context: EmulatorContext): Promise<Reply> {
  const record = await context.records.read((records) => find(context, records));
  return record === undefined ? missing("policy") : success(200, present(record));
}

async function create(context: EmulatorContext): Promise<Reply> {
  const body = withoutAnyNulls(context.request.body ?? {});
  const checked = context.check(POLICY, body);
  const problems = checked.ok ? [] : [...checked.problems];
  if (isObject(body) && body["enabled"] === undefined) problems.push(problemOf("enabled", "is required"));
  if (!checked.ok || problems.length > 0) return invalid(problems);
  return context.records.write((records) => {
    const scope = accountOf(context);
    const settled = settle(records, scope, checked.spec);
    if (!settled.ok) return settled.reply;
    return success(200, {
      id: records.insert({ kind: POLICY, scope, id: context.ids.hex(32), spec: settled.spec }).id,
    });
  });
}

/** Changes the fields that are given; null takes one away. */
async function update(context: EmulatorContext): Promise<Reply> {
  const body = context.request.body ?? {};
  const cleared = CLEARABLE.filter((name) => isObject(body) && body[name] === null);
  const checked = context.check(POLICY, withoutAnyNulls(body), { partial: true });
  return context.records.write((records) => {
    const record = find(context, records);
    if (record === undefined) return missing("policy");
    if (!checked.ok) return invalid(checked.problems);
    const kept = Object.entries(record.spec).filter(([name]) => !cleared.includes(name));
    const settled = settle(records, record.scope, { ...Object.fromEntries(kept), ...checked.spec });
    if (!settled.ok) return settled.reply;
    records.replace(record, settled.spec);
    return success(200, { id: record.id });
  });
}

function remove(context: EmulatorContext): Promise<Reply> {
  return context.records.write((records) => {
    const record = find(context, records);
    if (record === undefined) return missing("policy");
    records.remove(record);
    return deleted();
  });
}

type Settled = { readonly ok: true; readonly spec: Fields } | { readonly ok: false; readonly reply: Reply };

/** What the alert type asks for, and webhooks by the ids that the store knows them by. */
function settle(records: RecordsView, account: string, spec: Fields): Settled {
  const type = plainText(spec["alert_type"]);
  if (!isAlertType(type)) {
    return refused(
      CODES.notEntitled,
      `account is not entitled to create policies for the alert type ${type}`,
    );
  }
  const filters = isObject(spec["filters"]) ? spec["filters"] : {};
  const absent = requiredFilters(type).filter((name) => asList(filters[name]).length === 0);
  if (absent.length > 0) {
    return refused(CODES.filtersMissing, `required filters are missing: ${absent.join(", ")}`);
  }
  if (spec["alert_interval"] !== undefined && !takesInterval(type)) {
    return refused(CODES.intervalNotSupported, `alert_interval is not supported for the alert type ${type}`);
  }
  const mechanisms = isObject(spec["mechanisms"]) ? spec["mechanisms"] : {};
  const webhooks: Value[] = [];
  for (const entry of asList(mechanisms["webhooks"])) {
    const id = isObject(entry) ? plainText(entry["id"]) : "";
    const destination = findById(records, WEBHOOK, account, id);
    if (destination === undefined) {
      return refused(CODES.unknownDestination, `there is no webhook destination ${id}`);
    }
    webhooks.push({ id: destination.id });
  }
  const kept = mechanisms["webhooks"] === undefined ? mechanisms : { ...mechanisms, webhooks };
  return { ok: true, spec: { ...spec, mechanisms: kept } };
}

const refused = (code: number, message: string): Settled => ({
  ok: false,
  reply: failure(400, code, message),
});

/** Null is sent for what is left out, in `filters` too. */
function withoutAnyNulls(value: Json): Json {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, withoutAnyNulls(member)]),
  );
}

function present(record: StoreRecord): JsonObject {
  const fields = Object.entries(record.spec).map(([name, value]) => [name, revealAll(value)] as const);
  return {
    enabled: true,
    ...Object.fromEntries(fields),
    id: record.id,
    created: record.createdAt,
    modified: record.updatedAt,
  };
}
