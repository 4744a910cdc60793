/** Northflank's answers: envelopes, errors and how an integration is shown. */
import { revealAll } from "../../../model/conceal.ts";
import type { StoreRecord } from "../../../model/record.ts";
import { isObject } from "../../../model/value.ts";
import type { JsonObject, Problem, Reply } from "../../emulator-contract.ts";

export const success = (data: JsonObject): Reply => ({ status: 200, body: { data } });

export const failure = (status: number, message: string, details: JsonObject = {}): Reply => ({
  status,
  body: { error: { status, message, id: ERROR_IDS[status] ?? "error", details } },
});

const ERROR_IDS: Readonly<Record<number, string>> = {
  400: "validation-error",
  401: "unauthorized",
  404: "not-found",
  409: "conflict",
  429: "rate-limit-exceeded",
};

export const invalid = (problems: readonly Problem[]): Reply =>
  failure(400, "Validation failed", { errors: problems.map(({ path, message }) => ({ path, message })) });

export const missing = (): Reply => failure(404, "Not found");

export const nameTaken = (name: string): Reply =>
  failure(409, `A notification integration with the name ${name} already exists`);

/** What a GET of one integration shows. Secret and restrictions are never given back. */
export function present(record: StoreRecord): JsonObject {
  const { spec } = record;
  return {
    ...summarise(record),
    restricted: spec["restricted"] === true,
    projects: revealAll(spec["projects"] ?? []),
    events: revealAll(spec["events"] ?? {}),
    status: { disabled: false, numberOfFailedRequests: 0, ...statusOf(record) },
  };
}

/** What lists show: neither what the integration is restricted to nor its events. */
export function summarise(record: StoreRecord): JsonObject {
  const { disabled = false, reason } = statusOf(record);
  return {
    id: record.id,
    name: revealAll(record.spec["name"] ?? ""),
    type: revealAll(record.spec["type"] ?? ""),
    webhook: revealAll(record.spec["webhook"] ?? ""),
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    status: { disabled, ...(reason === undefined ? {} : { reason }) },
  };
}

function statusOf(record: StoreRecord): JsonObject {
  const status = record.facts?.["status"];
  return isObject(status) ? status : {};
}
