/** The options that say which deliveries, shared by what lists them and what sends them again. */
import { parseDuration } from "../lib/duration.ts";
import { DELIVERY_STATUSES } from "../model/delivery.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { DeliverySelection } from "../outbox/contract.ts";
import { cursorNumber } from "../outbox/sqlite/queries.ts";
import { list, text } from "./contract.ts";
import type { Options, OptionSpec } from "./contract.ts";

export const FILTER_OPTIONS: readonly OptionSpec[] = [
  { flags: "--integration <key>", description: "only of this integration" },
  {
    flags: "--status <status>",
    description: "only with this status",
    repeat: true,
    choices: DELIVERY_STATUSES,
  },
  { flags: "--event <type or id>", description: "only of this event type (with *) or id" },
  { flags: "--project <name>", description: "only of events of this project (id or name)" },
  { flags: "--since <when>", description: "not before: a time, or how long ago such as 2h" },
  { flags: "--until <when>", description: "not after: a time, or how long ago" },
  { flags: "--text <text>", description: "found in the event's data or in an answer" },
];

/** Those of them that say which events. */
export const EVENT_FILTER_OPTIONS: readonly OptionSpec[] = FILTER_OPTIONS.filter(
  ({ flags }) => !/^--(integration|status|text) /.test(flags),
);

/** How much of what was found, and from where on. */
export const PAGE_OPTIONS: readonly OptionSpec[] = [
  { flags: "--limit <number>", description: "how many, 1 to 1000", default: "50" },
  { flags: "--cursor <cursor>", description: "where the page before ended" },
];

/** What PAGE_OPTIONS say; a cursor that is none is refused whether or not there is a database. */
export function readPage(options: Options): { readonly limit: number; readonly cursor?: string } {
  const limit = Number(text(options, "limit") ?? "50");
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new AppError("usage", "--limit takes a whole number from 1 to 1000", { exitCode: ExitCode.usage });
  }
  const cursor = text(options, "cursor");
  cursorNumber(cursor);
  return { limit, ...(cursor === undefined ? {} : { cursor }) };
}

/** What FILTER_OPTIONS say; `now` is what "ago" counts from. */
export function readFilter(options: Options, now: number): DeliverySelection {
  const since = readMoment(options, "since", now);
  const until = readMoment(options, "until", now);
  if (since !== undefined && until !== undefined && since > until) {
    const [from, to] = [text(options, "since"), text(options, "until")];
    throw new AppError("usage", `--since ${from} is later than --until ${to}`, {
      hint: "nothing can be between them; swap them",
      exitCode: ExitCode.usage,
    });
  }
  const statuses = DELIVERY_STATUSES.filter((status) => list(options, "status").includes(status));
  return {
    ...(statuses.length === 0 ? {} : { status: statuses }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...pick(options, "integration"),
    ...pick(options, "event"),
    ...pick(options, "project"),
    ...pick(options, "text"),
  };
}

function pick<Name extends string>(options: Options, name: Name): { [name in Name]?: string } {
  const value = text(options, name);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a computed key widens to string
  return (value === undefined ? {} : { [name]: value }) as { [name in Name]?: string };
}

function readMoment(options: Options, name: string, now: number): number | undefined {
  const value = text(options, name);
  if (value === undefined) return undefined;
  const ago = parseDuration(value);
  const moment = ago === undefined ? Date.parse(value) : now - ago;
  if (Number.isNaN(moment)) {
    throw new AppError("usage", `--${name} ${value} is neither a time nor a duration`, {
      hint: "write 2026-11-20T12:00:00Z, or how long ago such as 2h",
      exitCode: ExitCode.usage,
    });
  }
  return moment;
}
