/**
 * Northflank's API as its documentation and official client describe it. Every success is a 200 with a JSON body: the
 * client takes anything else for an error. The scope of a record is the team of the path, or "" without one.
 */
import { isObject } from "../../model/value.ts";
import type { Fields } from "../../model/value.ts";
import type { StoreRecord } from "../../model/record.ts";
import type { Emulator, EmulatorContext, EmulatorRoute, RecordsView, Reply } from "../emulator-contract.ts";
import { wholeNumber } from "../emulator-values.ts";
import { failure, invalid, missing, nameTaken, present, success, summarise } from "./emulator/forms.ts";
import { bodyProblems, isRepeat, mergeEvents, nameOf, problemOf, slug } from "./emulator/rules.ts";

const KIND = "northflank/notification";
const MOST_PER_PAGE = 100;
const USUAL_PER_PAGE = 50;

export const emulator: Emulator = {
  id: "northflank",
  prefixes: ["/v1/integrations", "/v1/teams", "/v1/login"],
  budget: { limit: 1000, windowMs: 3_600_000 },
  routes: [
    { method: "GET", path: "/v1/login", handle: () => success({}) },
    ...collection("/v1/integrations/notifications"),
    ...collection("/v1/teams/:teamId/integrations/notifications"),
  ],
  authenticate: ({ headers }, gate) => {
    const token = /^Bearer\s+(\S+)$/i.exec(headers["authorization"] ?? "")?.[1];
    return token !== undefined && gate.accepts(token) ? token : undefined;
  },
  refuse: (status, message) => failure(status, message),
  budgetHeaders: ({ limit, remaining, resetAt, now }) => ({
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(Math.max(0, Math.ceil((resetAt - now) / 1000))),
  }),
  newId: (_kind, spec, taken) => {
    const wanted = slug(nameOf(spec));
    let id = wanted;
    for (let number = 2; taken.has(id); number++) id = `${wanted}-${number}`;
    return id;
  },
};

function collection(path: string): EmulatorRoute[] {
  const item = `${path}/:notificationId`;
  return [
    { method: "GET", path, handle: list },
    { method: "POST", path, handle: create },
    { method: "GET", path: item, handle: get },
    { method: "POST", path: item, handle: update },
    { method: "DELETE", path: item, anyBody: true, handle: remove },
  ];
}

const scopeOf = ({ request }: EmulatorContext): string => request.params["teamId"] ?? "";

const find = (context: EmulatorContext, records: RecordsView): StoreRecord | undefined =>
  records.find(KIND, scopeOf(context), context.request.params["notificationId"] ?? "");

async function list(context: EmulatorContext): Promise<Reply> {
  const { query } = context.request;
  const perPage = wholeNumber(query.get("per_page"), USUAL_PER_PAGE, { least: 1, most: MOST_PER_PAGE });
  const page = wholeNumber(query.get("page"), 1, { least: 1, most: Infinity });
  const cursor = query.get("cursor");
  const start = cursor === null ? undefined : readCursor(cursor);
  if (perPage === undefined) return invalid([problemOf("per_page", `must be from 1 to ${MOST_PER_PAGE}`)]);
  if (page === undefined) return invalid([problemOf("page", "must be a positive whole number")]);
  if (cursor !== null && start === undefined) return invalid([problemOf("cursor", "is not valid")]);
  const records = await context.records.read((view) => view.list(KIND, scopeOf(context)));
  const from = start ?? (page - 1) * perPage;
  const shown = records.slice(from, from + perPage);
  const next = from + shown.length;
  const hasNextPage = next < records.length;
  return {
    status: 200,
    body: {
      data: { notificationIntegrations: shown.map(summarise) },
      // The client asks on as long as there is a cursor, a null one included.
      pagination: { hasNextPage, ...(hasNextPage ? { cursor: writeCursor(next) } : {}), count: shown.length },
    },
  };
}

async function get(context: EmulatorContext): Promise<Reply> {
  const record = await context.records.read((records) => find(context, records));
  return record === undefined ? missing() : success(present(record));
}

async function create(context: EmulatorContext): Promise<Reply> {
  const body = context.request.body ?? {};
  const type = isObject(body) ? body["type"] : undefined;
  const checked = context.check(KIND, body);
  const problems = [
    ...(checked.ok ? [] : checked.problems),
    ...(type === "SLACK" ? [problemOf("type", "SLACK can only be set up in the dashboard")] : []),
    ...bodyProblems(body, type),
  ];
  if (!checked.ok || problems.length > 0) return invalid(problems);
  const { spec } = checked;
  const scope = scopeOf(context);
  const id = slug(nameOf(spec));
  return context.records.write((records) => {
    const twin = records.find(KIND, scope, id) ?? sameName(records, scope, spec);
    if (twin === undefined) return success(present(records.insert({ kind: KIND, scope, id, spec })));
    return isRepeat(twin, spec, context.now()) ? success(present(twin)) : nameTaken(nameOf(spec));
  });
}

/** Changes the fields that are given. The type is none of them: what a client sends for it is not looked at. */
async function update(context: EmulatorContext): Promise<Reply> {
  const body = context.request.body ?? {};
  const given = isObject(body) ? withoutType(body) : body;
  const checked = context.check(KIND, given, { partial: true });
  return context.records.write((records) => {
    const record = find(context, records);
    if (record === undefined) return missing();
    const problems = [...(checked.ok ? [] : checked.problems), ...bodyProblems(given, record.spec["type"])];
    if (!checked.ok || problems.length > 0) return invalid(problems);
    const twin = sameName(records, record.scope, checked.spec);
    if (twin !== undefined && twin.uid !== record.uid) return nameTaken(nameOf(checked.spec));
    records.replace(record, {
      ...record.spec,
      ...checked.spec,
      events: mergeEvents(record.spec, checked.spec),
    });
    return success({});
  });
}

function remove(context: EmulatorContext): Promise<Reply> {
  return context.records.write((records) => {
    const record = find(context, records);
    if (record === undefined) return missing();
    records.remove(record);
    return success({});
  });
}

function withoutType<T extends object>(body: T): Omit<T, "type"> {
  const { type: _ignored, ...rest } = { type: undefined, ...body };
  return rest;
}

const sameName = (records: RecordsView, scope: string, spec: Fields): StoreRecord | undefined =>
  records
    .list(KIND, scope)
    .find((record) => nameOf(record.spec).toLowerCase() === nameOf(spec).toLowerCase());

/** Cursors go into URLs as they are. */
const writeCursor = (position: number): string => Buffer.from(`from:${position}`).toString("base64url");

function readCursor(cursor: string): number | undefined {
  const match = /^from:(\d{1,9})$/.exec(Buffer.from(cursor, "base64url").toString());
  return match === null ? undefined : Number(match[1]);
}
