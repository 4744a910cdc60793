/** `bellhop deliveries list`: what is owed and what was sent, newest first. */
import type { Delivery, DeliveryStatus } from "../model/delivery.ts";
import { DELIVERY_STATUSES } from "../model/delivery.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { DeliveryFilter, DeliveryPage } from "../outbox/contract.ts";
import { parseDuration } from "../lib/duration.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { list, text } from "./contract.ts";
import type { CommandSpec, Options } from "./contract.ts";
import { loadForCommand } from "./load.ts";
import { readOutbox } from "./open-outbox.ts";
import { alignColumns, printable, showTime } from "./table-text.ts";

export const command: CommandSpec = {
  name: "list",
  parent: "deliveries",
  summary: "recent deliveries, newest first",
  options: [
    ...CONFIG_OPTIONS,
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
    { flags: "--limit <number>", description: "how many, 1 to 1000", default: "50" },
    { flags: "--cursor <cursor>", description: "where the page before ended" },
    {
      flags: "--format <format>",
      description: "what goes to stdout",
      choices: ["human", "json"],
      default: "human",
    },
  ],
  examples: [
    {
      command: "bellhop deliveries list --status exhausted --since 1d",
      does: "what was given up since yesterday",
    },
    {
      command: "bellhop deliveries list --integration deploys --format json",
      does: "one integration, for a script",
    },
  ],
  run: async (io, _args, options) => {
    const config = await loadForCommand(io, options, "plan");
    const filter = readFilter(options, Date.now());
    const page = await readOutbox(config, EMPTY, (outbox) => outbox.deliveries(filter));
    io.out(text(options, "format") === "json" ? `${JSON.stringify(toJson(page), null, 2)}\n` : render(page));
    return ExitCode.ok;
  },
};

const EMPTY: DeliveryPage = { deliveries: [], next: null };

function readFilter(options: Options, now: number): DeliveryFilter {
  const limit = Number(text(options, "limit") ?? "50");
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new AppError("usage", "--limit takes a whole number from 1 to 1000", { exitCode: ExitCode.usage });
  }
  const since = readMoment(options, "since", now);
  const until = readMoment(options, "until", now);
  const statuses = DELIVERY_STATUSES.filter((status) => list(options, "status").includes(status));
  return {
    limit,
    ...(statuses.length === 0 ? {} : { status: statuses satisfies readonly DeliveryStatus[] }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...pick(options, "integration"),
    ...pick(options, "event"),
    ...pick(options, "project"),
    ...pick(options, "text"),
    ...pick(options, "cursor"),
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

function toJson(page: DeliveryPage): unknown {
  return { deliveries: page.deliveries.map(deliveryToJson), next: page.next };
}

export function deliveryToJson(delivery: Delivery): Record<string, unknown> {
  return {
    id: delivery.id,
    status: delivery.status,
    reason: delivery.reason ?? null,
    integration: delivery.integration,
    via: delivery.via ?? null,
    kind: delivery.kind,
    event: { id: delivery.eventId, type: delivery.eventType },
    attempts: delivery.attempts,
    lastStatusCode: delivery.lastStatusCode ?? null,
    nextAttemptAt: iso(delivery.nextAttemptAt),
    createdAt: iso(delivery.createdAt),
  };
}

export const iso = (time: number | undefined): string | null =>
  time === undefined ? null : new Date(time).toISOString();

function render(page: DeliveryPage): string {
  if (page.deliveries.length === 0) return "No deliveries.\n";
  const rows = page.deliveries.map((delivery) => [
    delivery.id,
    delivery.status,
    printable(
      delivery.via === undefined ? delivery.integration : `${delivery.integration} (${delivery.via})`,
    ),
    printable(delivery.eventType),
    String(delivery.attempts),
    delivery.lastStatusCode === undefined ? "-" : String(delivery.lastStatusCode),
    showTime(delivery.nextAttemptAt),
    showTime(delivery.createdAt),
  ]);
  const head = ["ID", "STATUS", "INTEGRATION", "EVENT", "ATTEMPTS", "LAST", "NEXT ATTEMPT", "CREATED"];
  const more = page.next === null ? "" : `\nMore: --cursor ${page.next}\n`;
  return alignColumns([head, ...rows]) + more;
}
