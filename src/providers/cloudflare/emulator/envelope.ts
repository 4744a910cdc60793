/** Cloudflare's envelope around every answer, and ids with or without hyphens. */
import type { Kind } from "../../../model/field.ts";
import type { StoreRecord } from "../../../model/record.ts";
import type { Json } from "../../../model/value.ts";
import type { EmulatorContext, JsonObject, Problem, RecordsView, Reply } from "../../emulator-contract.ts";

export const WEBHOOK = "cloudflare/webhook";
export const POLICY = "cloudflare/policy";
export const BASE = "/client/v4/accounts/:accountId/alerting/v3";

/** Codes that have been seen, and where none has, one of the same family. */
export const CODES = {
  malformed: 6007,
  unauthenticated: 10_000,
  rateLimited: 10_429,
  noRoute: 7000,
  invalid: 17_000,
  intervalNotSupported: 17_009,
  notFound: 17_101,
  filtersMissing: 17_103,
  unknownDestination: 17_104,
  stillUsed: 17_105,
  notEntitled: 17_200,
  internal: 17_500,
} as const;

export const success = (status: number, result: Json, rest: JsonObject = {}): Reply => ({
  status,
  body: { result, success: true, errors: [], messages: [], ...rest },
});

/** Deletions have no result. */
export const deleted = (): Reply => ({ status: 200, body: { success: true, errors: [], messages: [] } });

export const failure = (status: number, code: number, message: string): Reply => ({
  status,
  body: { result: null, success: false, errors: [{ code, message }], messages: [] },
});

export const invalid = (problems: readonly Problem[]): Reply => ({
  status: 400,
  body: {
    result: null,
    success: false,
    errors: problems.map(({ path, message }) => ({
      code: CODES.invalid,
      message: `${path || "body"}: ${message}`,
    })),
    messages: [],
  },
});

export const missing = (what: string): Reply => failure(404, CODES.notFound, `${what} not found`);

export const problemOf = (path: string, message: string): Problem => ({ field: path, path, message });

export const accountOf = ({ request }: EmulatorContext): string => plainId(request.params["accountId"] ?? "");

/** Cloudflare writes the same id with hyphens here and without them there. */
function plainId(id: string): string {
  const plain = id.replaceAll("-", "").toLowerCase();
  return /^[0-9a-f]{32}$/.test(plain) ? plain : id;
}

export const findById = (
  records: RecordsView,
  kind: Kind,
  account: string,
  id: string,
): StoreRecord | undefined => inAccount(records, kind, account).find((record) => sameId(record.id, id));

export const inAccount = (records: RecordsView, kind: Kind, account: string): readonly StoreRecord[] =>
  records
    .scopes(kind)
    .filter((scope) => sameId(scope, account))
    .flatMap((scope) => records.list(kind, scope));

export const sameId = (one: string, other: string): boolean => plainId(one) === plainId(other);
