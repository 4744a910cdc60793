/** What people ask for, as queries that travel to the database's thread, and pages of what comes back. */
import { decodeId, encodeId, firstIdAt } from "../../lib/ids.ts";
import { AppError, ExitCode } from "../../model/errors.ts";
import type { DeliveryFilter, DeliverySelection, EventFilter, MoveRequest } from "../contract.ts";
import type { EventQuery, MoveQuery, PageQuery, Selection } from "./protocol.ts";

const PAGE_LIMITS = { least: 1, most: 1000, usual: 50 } as const;

export function selectionOf(filter: DeliverySelection): Selection {
  return {
    ids: filter.ids === undefined ? null : filter.ids.flatMap((id) => decodeId(id) ?? []),
    integration: filter.integration ?? null,
    notOf: filter.notOf ?? [],
    status: [...new Set(filter.status)],
    event: filter.event ?? null,
    identity:
      filter.identity === undefined ? null : { id: filter.identity.id, origin: filter.identity.origin ?? "" },
    project: filter.project?.toLowerCase() ?? null,
    from: filter.since === undefined ? null : firstIdAt(filter.since),
    before: filter.until === undefined ? null : firstIdAt(filter.until),
    text: textOrNull(filter.text),
  };
}

/** Asks for one more than the page holds, to know whether another page follows; so do the others. */
export function pageQuery(filter: DeliveryFilter): PageQuery {
  const selection = selectionOf(filter);
  const cursor = cursorNumber(filter.cursor) ?? Number.MAX_SAFE_INTEGER;
  return {
    ...selection,
    before: Math.min(selection.before ?? Number.MAX_SAFE_INTEGER, cursor),
    limit: pageLimit(filter.limit) + 1,
  };
}

export function moveQuery({ filter, from, limit, to }: MoveRequest): MoveQuery {
  return {
    selection: { ...selectionOf(filter), status: [...new Set(from)] },
    limit: pageLimit(limit),
    to,
  };
}

export function eventQuery(filter: EventFilter): EventQuery {
  return {
    event: filter.event ?? null,
    project: filter.project?.toLowerCase() ?? null,
    since: filter.since ?? null,
    until: filter.until ?? null,
    before: cursorNumber(filter.cursor) ?? null,
    text: textOrNull(filter.text),
    limit: pageLimit(filter.limit) + 1,
  };
}

export const rejectedQuery = (filter: {
  readonly limit?: number;
  readonly cursor?: string;
}): { limit: number; before: number | null } => ({
  before: cursorNumber(filter.cursor) ?? null,
  limit: pageLimit(filter.limit) + 1,
});

/** The rows that belong to the page, and the cursor of the next one; `rows` has one more when there is one. */
export function cutPage<Row>(
  rows: readonly Row[],
  limit: number,
  numberOf: (row: Row) => number,
): { page: readonly Row[]; next: string | null } {
  const page = rows.slice(0, limit - 1);
  const last = page.at(-1);
  return { page, next: last === undefined || rows.length < limit ? null : encodeId(numberOf(last)) };
}

const textOrNull = (text: string | undefined): string | null =>
  text === undefined || text === "" ? null : text;

const pageLimit = (limit: number = PAGE_LIMITS.usual): number =>
  Math.floor(Math.min(Math.max(limit, PAGE_LIMITS.least), PAGE_LIMITS.most));

/** The number that a cursor stands for; one that is none is an AppError `usage`. */
export function cursorNumber(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const id = decodeId(cursor);
  if (id !== undefined) return id;
  throw new AppError("usage", `${JSON.stringify(cursor)} is not a cursor`, {
    hint: "Pass `next` of the page before, as it is.",
    exitCode: ExitCode.usage,
  });
}
