/** `bellhop events show ID`: one event with its payload, and what became of it. */
import { shellWord } from "../lib/shell-word.ts";
import type { Delivery } from "../model/delivery.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { Outbox, StoredEvent } from "../outbox/contract.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { text } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";
import { deliveryToJson } from "./deliveries-list.ts";
import { eventToJson } from "./events-list.ts";
import { openGround } from "./ground.ts";
import { readOutbox } from "./open-outbox.ts";
import { printable, showTime } from "./table-text.ts";

interface Detail {
  readonly stored: StoredEvent;
  /** Newest first. */
  readonly deliveries: readonly Delivery[];
}

export const command: CommandSpec = {
  name: "show",
  parent: "events",
  summary: "one event with its data, and its deliveries",
  arguments: [{ name: "<id>", description: "id of the event" }],
  options: [
    ...CONFIG_OPTIONS,
    {
      flags: "--origin <source>",
      description: "the CloudEvents source, where several count alike; '' is none",
    },
    {
      flags: "--format <format>",
      description: "what goes to stdout",
      choices: ["human", "json"],
      default: "human",
    },
  ],
  examples: [{ command: "bellhop events show A234-1234", does: "shows what came in and where it went" }],
  run: async (io, [id = ""], options) => {
    const ground = await openGround(io, options, { mode: "plan", warn: false });
    const detail = await readOutbox(ground, undefined, (outbox) => find(outbox, id, text(options, "origin")));
    if (detail === undefined) {
      throw new AppError("not-found", `there is no event ${id}`, {
        hint: "bellhop events list shows the ids",
      });
    }
    const json = text(options, "format") === "json";
    io.out(json ? `${JSON.stringify(toJson(detail), null, 2)}\n` : render(detail));
    return ExitCode.ok;
  },
};

/** How many of its deliveries are shown. */
const SHOWN = 1000;
/** How many of the origins that may be meant are named. */
const ORIGINS_SHOWN = 10;

async function find(outbox: Outbox, id: string, origin: string | undefined): Promise<Detail | undefined> {
  const origins = await outbox.origins(id);
  if (origins.length === 0) return undefined;
  const chosen = origin === undefined && origins.length === 1 ? origins[0] : origin;
  const stored = chosen === undefined ? undefined : await outbox.event(id, chosen);
  if (stored === undefined) throw toBeChosen(id, origin, origins);
  const { deliveries } = await outbox.deliveries({ identity: stored.event, limit: SHOWN });
  return { stored, deliveries };
}

/** The id alone does not say which event is meant, or the origin is that of none. */
function toBeChosen(id: string, origin: string | undefined, origins: readonly string[]): AppError {
  const what = origins.length === 1 ? "one event has" : `${origins.length} events have`;
  const from = origins.slice(0, ORIGINS_SHOWN).map((one) => printable(one === "" ? "no source" : one));
  const among = `${from.join(", ")}${origins.length > ORIGINS_SHOWN ? ", …" : ""}`;
  const asked = origin === "" ? "without a CloudEvents source" : `of the CloudEvents source ${origin}`;
  return new AppError(
    "not-found",
    origin === undefined
      ? `${what} the id ${id}: of ${among}`
      : `there is no event ${id} ${asked}; ${what} this id: of ${among}`,
    {
      hint: `bellhop events show ${shellWord(id)} --origin ${shellWord(origins[0] ?? "")} shows one of them`,
    },
  );
}

const toJson = ({ stored, deliveries }: Detail): unknown => ({
  ...eventToJson(stored),
  data: stored.event.data,
  deliveries: deliveries.map(deliveryToJson),
});

function render({ stored, deliveries }: Detail): string {
  const { event, source, receivedAt } = stored;
  const lines = [
    `Event        ${event.id}${event.origin === undefined ? "" : ` of ${event.origin}`}`,
    `Type         ${event.type}`,
    `Time         ${event.time}`,
    `Source       ${source}`,
    `Received     ${showTime(receivedAt)}`,
    `Project      ${event.project?.name ?? event.project?.id ?? "-"}`,
    "",
    ...JSON.stringify(event.data, null, 2).split("\n"),
    "",
    ...(deliveries.length === 0 ? ["No integration asked for it."] : deliveries.map(renderDelivery)),
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}

const renderDelivery = (one: Delivery): string =>
  `Delivery     ${one.id}  ${one.status}  ${one.integration}${one.via === undefined ? "" : ` through ${one.via}`}`;
