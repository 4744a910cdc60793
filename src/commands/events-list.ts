/** `bellhop events list`: what came in, newest first; with `--rejected`, what was no event. */
import { AppError, ExitCode } from "../model/errors.ts";
import type { EventPage, RejectedPage, StoredEvent } from "../outbox/contract.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { flag, text } from "./contract.ts";
import type { CommandSpec, Options } from "./contract.ts";
import { iso } from "./deliveries-list.ts";
import { EVENT_FILTER_OPTIONS, PAGE_OPTIONS, readFilter, readPage } from "./delivery-filter.ts";
import { openGround } from "./ground.ts";
import { readOutbox } from "./open-outbox.ts";
import { alignColumns, printable, showTime } from "./table-text.ts";

export const command: CommandSpec = {
  name: "list",
  parent: "events",
  summary: "recent events, newest first",
  options: [
    ...CONFIG_OPTIONS,
    { flags: "--rejected", description: "what was no event instead, with the reason" },
    ...EVENT_FILTER_OPTIONS,
    { flags: "--text <text>", description: "found in the event's data" },
    ...PAGE_OPTIONS,
    {
      flags: "--format <format>",
      description: "what goes to stdout",
      choices: ["human", "json"],
      default: "human",
    },
  ],
  examples: [
    { command: "bellhop events list --event 'build:*' --since 2h", does: "builds of the last two hours" },
    { command: "bellhop events list --rejected", does: "input that was no event, and why" },
  ],
  run: async (io, _args, options) => {
    const json = text(options, "format") === "json";
    const page = readPage(options);
    const filter = { ...readFilter(options, Date.now()), ...page };
    const ground = await openGround(io, options, { mode: "plan", warn: false });
    if (flag(options, "rejected")) {
      refuseFilters(options);
      const found = await readOutbox(ground, { rejected: [], next: null }, (outbox) => outbox.rejected(page));
      io.out(json ? print(rejectedToJson(found)) : renderRejected(found));
    } else {
      const found = await readOutbox(ground, { events: [], next: null }, (outbox) => outbox.events(filter));
      io.out(json ? print(eventsToJson(found)) : renderEvents(found));
    }
    return ExitCode.ok;
  },
};

const print = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** What was no event has no type, project or data. */
function refuseFilters(options: Options): void {
  const used = ["event", "project", "since", "until", "text"].find(
    (name) => text(options, name) !== undefined,
  );
  if (used === undefined) return;
  throw new AppError("usage", `--rejected does not go with --${used}`, {
    hint: "what was rejected is listed whole, newest first",
    exitCode: ExitCode.usage,
  });
}

/** An event as data commands print it, without its payload. */
export function eventToJson({ event, source, receivedAt }: StoredEvent): Record<string, unknown> {
  return {
    id: event.id,
    origin: event.origin ?? null,
    type: event.type,
    time: event.time,
    source,
    receivedAt: iso(receivedAt),
    project: event.project ?? null,
    environment: event.environment ?? null,
  };
}

const eventsToJson = ({ events, next }: EventPage): unknown => ({ events: events.map(eventToJson), next });

const rejectedToJson = ({ rejected, next }: RejectedPage): unknown => ({
  rejected: rejected.map((one) => ({ ...one, receivedAt: iso(one.receivedAt) })),
  next,
});

function renderEvents({ events, next }: EventPage): string {
  if (events.length === 0) return "No events.\n";
  const hasOrigins = events.some(({ event }) => event.origin !== undefined);
  const rows = events.map(({ event, source, receivedAt }) => [
    printable(event.id),
    ...(hasOrigins ? [printable(event.origin ?? "-")] : []),
    printable(event.type),
    printable(event.project?.name ?? event.project?.id ?? "-"),
    printable(source),
    showTime(receivedAt),
  ]);
  const head = ["ID", ...(hasOrigins ? ["ORIGIN"] : []), "TYPE", "PROJECT", "SOURCE", "RECEIVED"];
  return alignColumns([head, ...rows]) + more(next);
}

/** How many characters of what was rejected fit on a line. */
const HEAD_SHOWN = 60;

function renderRejected({ rejected, next }: RejectedPage): string {
  if (rejected.length === 0) return "Nothing was rejected.\n";
  const rows = rejected.map((one) => [
    showTime(one.receivedAt),
    printable(one.source),
    printable(one.position),
    printable(one.reason),
    printable(one.head.slice(0, HEAD_SHOWN)),
  ]);
  const isCut = rejected.some(({ head }) => head.length > HEAD_SHOWN);
  const whole = isCut ? `\nUp to 4 KiB of each is kept: --format json shows it.\n` : "";
  return (
    alignColumns([["RECEIVED", "SOURCE", "POSITION", "REASON", "BEGINS WITH"], ...rows]) + whole + more(next)
  );
}

const more = (next: string | null): string => (next === null ? "" : `\nMore: --cursor ${next}\n`);
