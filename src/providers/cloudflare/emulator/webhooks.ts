/** `…/destinations/webhooks`. The whole URL is kept; what is given back lacks a chat service's credential. */
import type { StoreRecord } from "../../../model/record.ts";
import { Secret } from "../../../model/secret.ts";
import { isObject } from "../../../model/value.ts";
import type { Fields } from "../../../model/value.ts";
import type {
  Checked,
  EmulatorContext,
  EmulatorRoute,
  JsonObject,
  RecordsView,
  Reply,
} from "../../emulator-contract.ts";
import { asList, plainText } from "../../emulator-values.ts";
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
  sameId,
  success,
  WEBHOOK,
} from "./envelope.ts";
import { joinedUrl, shownUrl, typeOfUrl } from "./webhook-url.ts";

const PATH = `${BASE}/destinations/webhooks`;

export const webhookRoutes: readonly EmulatorRoute[] = [
  { method: "GET", path: PATH, handle: list },
  { method: "POST", path: PATH, handle: create },
  { method: "GET", path: `${PATH}/:webhookId`, handle: get },
  { method: "PUT", path: `${PATH}/:webhookId`, handle: update },
  { method: "DELETE", path: `${PATH}/:webhookId`, anyBody: true, handle: remove },
];

const find = (context: EmulatorContext, records: RecordsView): StoreRecord | undefined =>
  findById(records, WEBHOOK, accountOf(context), context.request.params["webhookId"] ?? "");

async function list(context: EmulatorContext): Promise<Reply> {
  const records = await context.records.read((view) => inAccount(view, WEBHOOK, accountOf(context)));
  return success(200, records.map(present));
}

async function get(context: EmulatorContext): Promise<Reply> {
  const record = await context.records.read((records) => find(context, records));
  return record === undefined ? missing("webhook") : success(200, present(record));
}

async function create(context: EmulatorContext): Promise<Reply> {
  const checked = read(context);
  if (!checked.ok) return invalid(checked.problems);
  return context.records.write((records) => {
    const entry = {
      kind: WEBHOOK,
      scope: accountOf(context),
      id: context.ids.hex(32),
      spec: joined(checked.spec),
    };
    return success(201, { id: records.insert(entry).id });
  });
}

/** Replaces everything: without a secret there is none any more. */
async function update(context: EmulatorContext): Promise<Reply> {
  const checked = read(context);
  return context.records.write((records) => {
    const record = find(context, records);
    if (record === undefined) return missing("webhook");
    if (!checked.ok) return invalid(checked.problems);
    records.replace(record, joined(checked.spec));
    return success(200, { id: record.id });
  });
}

function remove(context: EmulatorContext): Promise<Reply> {
  return context.records.write((records) => {
    const record = find(context, records);
    if (record === undefined) return missing("webhook");
    const user = inAccount(records, POLICY, accountOf(context)).find((policy) => uses(policy, record.id));
    if (user !== undefined) {
      return failure(400, CODES.stillUsed, `webhook is used by the policy ${plainText(user.spec["name"])}`);
    }
    records.remove(record);
    return deleted();
  });
}

function read(context: EmulatorContext): Checked {
  const body = context.request.body ?? {};
  if (!isObject(body)) return context.check(WEBHOOK, body);
  const { secret, ...rest } = body;
  const isSecret = secret !== undefined && secret !== null && secret !== "";
  return context.check(WEBHOOK, isSecret ? { ...rest, secret } : rest);
}

function joined(spec: Fields): Fields {
  const { secret, ...rest } = spec;
  const whole = secret === undefined ? undefined : joinedUrl(plainText(spec["url"]), plainText(secret));
  return whole === undefined ? spec : { ...rest, url: new Secret(whole) };
}

function uses(policy: StoreRecord, id: string): boolean {
  const mechanisms = policy.spec["mechanisms"];
  const webhooks = isObject(mechanisms) ? mechanisms["webhooks"] : undefined;
  return asList(webhooks).some((entry) => isObject(entry) && sameId(plainText(entry["id"]), id));
}

function present(record: StoreRecord): JsonObject {
  const url = plainText(record.spec["url"]);
  return {
    id: record.id,
    name: plainText(record.spec["name"]),
    url: shownUrl(url),
    type: typeOfUrl(url),
    created_at: record.createdAt,
    last_success: record.facts?.["last_success"] ?? null,
    last_failure: record.facts?.["last_failure"] ?? null,
  };
}
