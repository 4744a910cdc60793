/** `bellhop deliveries show ID`: one delivery with every request and response. */
import type { Attempt } from "../model/delivery.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { Outbox } from "../outbox/contract.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { text } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";
import { deliveryToJson, iso } from "./deliveries-list.ts";
import { openGround } from "./ground.ts";
import { readOutbox } from "./open-outbox.ts";
import { printable, showTime } from "./table-text.ts";

type Detail = NonNullable<Awaited<ReturnType<Outbox["delivery"]>>>;

export const command: CommandSpec = {
  name: "show",
  parent: "deliveries",
  summary: "one delivery with every request and response",
  arguments: [{ name: "<id>", description: "id of the delivery" }],
  options: [
    ...CONFIG_OPTIONS,
    {
      flags: "--format <format>",
      description: "what goes to stdout",
      choices: ["human", "json"],
      default: "human",
    },
  ],
  examples: [{ command: "bellhop deliveries show 01JD…", does: "shows what was sent and what came back" }],
  run: async (io, [id = ""], options) => {
    const ground = await openGround(io, options, { mode: "plan", warn: false });
    const detail = await readOutbox(ground, undefined, (outbox) => outbox.delivery(id));
    if (detail === undefined) {
      throw new AppError("not-found", `there is no delivery ${id}`, {
        hint: "bellhop deliveries list shows the ids",
      });
    }
    io.out(
      text(options, "format") === "json" ? `${JSON.stringify(toJson(detail), null, 2)}\n` : render(detail),
    );
    return ExitCode.ok;
  },
};

function toJson({ delivery, event, attempts }: Detail): unknown {
  return {
    ...deliveryToJson(delivery),
    event: {
      id: event.event.id,
      origin: event.event.origin ?? null,
      type: event.event.type,
      time: event.event.time,
      source: event.source,
      receivedAt: iso(event.receivedAt),
      project: event.event.project ?? null,
      environment: event.event.environment ?? null,
      data: event.event.data,
    },
    attempts: attempts.map(({ deliveryId: _id, startedAt, ...attempt }) => ({
      ...attempt,
      startedAt: iso(startedAt),
    })),
  };
}

function render({ delivery, event, attempts }: Detail): string {
  const lines = [
    `Delivery     ${delivery.id}`,
    `Status       ${delivery.status}${delivery.reason === undefined ? "" : ` (${delivery.reason})`}`,
    `Integration  ${delivery.integration}${delivery.via === undefined ? "" : ` through ${delivery.via}`}  ${delivery.kind}`,
    `Event        ${delivery.eventType}  ${delivery.eventId}  from ${event.source}`,
    `Created      ${showTime(delivery.createdAt)}`,
    `Next         ${showTime(delivery.nextAttemptAt)}`,
    ...attempts.flatMap(renderAttempt),
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}

function renderAttempt(attempt: Attempt): readonly string[] {
  const { request, response } = attempt;
  const title = [`Attempt ${attempt.number}`, attempt.outcome, attempt.errorClass, attempt.note]
    .filter((word) => word !== undefined)
    .join("  ");
  const answer =
    response === undefined
      ? ["  no answer"]
      : [
          `  < ${response.status}`,
          ...response.headers.map(([name, value]) => `  < ${name}: ${value}`),
          ...indent(response.body, response.truncated),
        ];
  const from = attempt.remoteAddress === undefined ? "" : ` from ${attempt.remoteAddress}`;
  return [
    "",
    `${title}  ${showTime(attempt.startedAt)}  ${attempt.durationMs} ms${from}`,
    `  > ${request.method} ${request.url}`,
    ...request.headers.map(([name, value]) => `  > ${name}: ${value}`),
    ...indent(request.body, false),
    ...answer,
  ];
}

function indent(body: string, truncated: boolean): readonly string[] {
  if (body === "") return truncated ? ["    … (cut)"] : [];
  return [...body.split("\n").map((line) => `    ${line}`), ...(truncated ? ["    … (cut)"] : [])];
}
