/** Qovery's organization webhooks as its API reference describes them. The scope of a record is the organisation's id. */
import { revealAll } from "../../model/conceal.ts";
import type { StoreRecord } from "../../model/record.ts";
import { isObject } from "../../model/value.ts";
import type { Fields } from "../../model/value.ts";
import type {
  Emulator,
  EmulatorContext,
  JsonObject,
  Problem,
  RecordsView,
  Reply,
} from "../emulator-contract.ts";
import { withoutNulls } from "../emulator-values.ts";

const KIND = "qovery/webhook";
/** What `journal` keeps deliveries under; the scope is `organisation/webhook`. */
const DELIVERIES = "qovery/webhook-event";
const PATH = "/organization/:organizationId/webhook";
/** The reference lists them as an enumeration, so nothing else is taken. */
const EVENTS = ["DEPLOYMENT_STARTED", "DEPLOYMENT_CANCELLED", "DEPLOYMENT_FAILURE", "DEPLOYMENT_SUCCESSFUL"];

export const emulator: Emulator = {
  id: "qovery",
  prefixes: ["/organization"],
  budget: { limit: 1000, windowMs: 3_600_000 },
  routes: [
    { method: "GET", path: PATH, handle: list },
    { method: "POST", path: PATH, handle: create },
    { method: "GET", path: `${PATH}/:webhookId`, handle: get },
    { method: "PUT", path: `${PATH}/:webhookId`, handle: edit },
    { method: "DELETE", path: `${PATH}/:webhookId`, anyBody: true, handle: remove },
    { method: "GET", path: `${PATH}/:webhookId/event`, handle: deliveries },
  ],
  authenticate: ({ headers }, gate) => {
    const token = /^(?:Bearer|Token)\s+(\S+)$/i.exec(headers["authorization"] ?? "")?.[1];
    return token !== undefined && gate.accepts(token) ? token : undefined;
  },
  refuse: (status, message) => failure(status, message),
  budgetHeaders: ({ limit, remaining, resetAt }) => ({
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(Math.ceil(resetAt / 1000)),
  }),
  newId: (_kind, _spec, _taken, ids) => ids.uuid(),
};

const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  413: "Payload Too Large",
  429: "Too Many Requests",
};

const failure = (status: number, message: string): Reply => ({
  status,
  body: { status, error: REASONS[status] ?? "Internal Server Error", message },
});

const missing = (): Reply => failure(404, "webhook not found");

const scopeOf = ({ request }: EmulatorContext): string => request.params["organizationId"] ?? "";

const find = (context: EmulatorContext, records: RecordsView): StoreRecord | undefined =>
  records.find(KIND, scopeOf(context), (context.request.params["webhookId"] ?? "").toLowerCase());

async function list(context: EmulatorContext): Promise<Reply> {
  const records = await context.records.read((view) => view.list(KIND, scopeOf(context)));
  return { status: 200, body: { results: records.map(present) } };
}

async function get(context: EmulatorContext): Promise<Reply> {
  const record = await context.records.read((records) => find(context, records));
  return record === undefined ? missing() : { status: 200, body: present(record) };
}

async function create(context: EmulatorContext): Promise<Reply> {
  const checked = read(context);
  if (!checked.ok) return checked.reply;
  return context.records.write((records) => {
    const record = records.insert({
      kind: KIND,
      scope: scopeOf(context),
      id: context.ids.uuid(),
      spec: checked.spec,
    });
    return { status: 201, body: present(record) };
  });
}

/** Replaces everything: what is left out gets its default, and without a secret there is none any more. */
async function edit(context: EmulatorContext): Promise<Reply> {
  const checked = read(context);
  return context.records.write((records) => {
    const record = find(context, records);
    if (record === undefined) return missing();
    if (!checked.ok) return checked.reply;
    return { status: 200, body: present(records.replace(record, checked.spec)) };
  });
}

function remove(context: EmulatorContext): Promise<Reply> {
  return context.records.write((records): Reply => {
    const record = find(context, records);
    if (record === undefined) return missing();
    records.remove(record);
    return { status: 204 };
  });
}

async function deliveries(context: EmulatorContext): Promise<Reply> {
  const record = await context.records.read((records) => find(context, records));
  if (record === undefined) return missing();
  const entries = context.journal.list(DELIVERIES, `${record.scope}/${record.id}`);
  return { status: 200, body: { results: [...entries] } };
}

function read(
  context: EmulatorContext,
): { readonly ok: true; readonly spec: Fields } | { readonly ok: false; readonly reply: Reply } {
  const body = context.request.body ?? {};
  const checked = context.check(KIND, isObject(body) ? given(body) : body);
  const problems = [...(checked.ok ? [] : checked.problems), ...eventProblems(body)];
  if (checked.ok && problems.length === 0) return { ok: true, spec: checked.spec };
  const message = problems.map((problem) => `${problem.path || "body"} ${problem.message}`).join("; ");
  return { ok: false, reply: failure(400, message) };
}

function eventProblems(body: unknown): Problem[] {
  const events = isObject(body) ? body["events"] : undefined;
  return (Array.isArray(events) ? events : [])
    .map((event, index) => ({ event, path: `events.${index}` }))
    .filter(({ event }) => typeof event === "string" && !EVENTS.includes(event))
    .map(({ path }) => ({ field: "events", path, message: `must be one of ${EVENTS.join(", ")}` }));
}

/** The console sends an earlier answer back, nulls included. An empty secret is none. */
function given(body: JsonObject): JsonObject {
  const { target_secret: secret, ...rest } = withoutNulls(body);
  return secret === undefined || secret === "" ? rest : { ...rest, target_secret: secret };
}

function present(record: StoreRecord): JsonObject {
  const { spec } = record;
  return {
    id: record.id,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    kind: revealAll(spec["kind"] ?? "STANDARD"),
    target_url: revealAll(spec["target_url"] ?? ""),
    target_secret_set: spec["target_secret"] !== undefined,
    ...(spec["description"] === undefined ? {} : { description: revealAll(spec["description"]) }),
    enabled: spec["enabled"] !== false,
    events: revealAll(spec["events"] ?? []),
    project_names_filter: revealAll(spec["project_names_filter"] ?? []),
    environment_types_filter: revealAll(spec["environment_types_filter"] ?? []),
  };
}
