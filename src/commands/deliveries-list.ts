/** `bellhop deliveries list`: what is owed and what was sent, newest first. */
import type { Delivery } from "../model/delivery.ts";
import { ExitCode } from "../model/errors.ts";
import type { DeliveryPage } from "../outbox/contract.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { text } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";
import { FILTER_OPTIONS, PAGE_OPTIONS, readFilter, readPage } from "./delivery-filter.ts";
import { openGround } from "./ground.ts";
import { readOutbox } from "./open-outbox.ts";
import { alignColumns, printable, showTime } from "./table-text.ts";
import { hintAtName } from "./unknown-integration.ts";

export const command: CommandSpec = {
  name: "list",
  parent: "deliveries",
  summary: "recent deliveries, newest first",
  options: [
    ...CONFIG_OPTIONS,
    ...FILTER_OPTIONS,
    ...PAGE_OPTIONS,
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
    const filter = { ...readFilter(options, Date.now()), ...readPage(options) };
    const ground = await openGround(io, options, { mode: "plan", warn: false });
    const page = await readOutbox(ground, EMPTY, (outbox) => outbox.deliveries(filter));
    io.out(text(options, "format") === "json" ? `${JSON.stringify(toJson(page), null, 2)}\n` : render(page));
    if (page.deliveries.length === 0 && filter.integration !== undefined) {
      await hintAtName(io, ground, filter.integration);
    }
    return ExitCode.ok;
  },
};

const EMPTY: DeliveryPage = { deliveries: [], next: null };

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
