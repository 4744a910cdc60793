/** `bellhop emit TYPE`: hands over one event, to the daemon when it runs and to its outbox when it does not. */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { openDelivery } from "../app/delivery.ts";
import { readText, readType } from "../model/body.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { Config } from "../model/config.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { text } from "./contract.ts";
import type { CommandSpec, Io, Options } from "./contract.ts";
import { clientOf } from "./daemon-client.ts";
import { configOf, openGround } from "./ground.ts";

export const command: CommandSpec = {
  name: "emit",
  summary: "hand over one event",
  arguments: [{ name: "<type>", description: "event type, such as build:failure" }],
  options: [
    ...CONFIG_OPTIONS,
    { flags: "--data <json>", description: "the event's data, or @file to read it from one" },
    { flags: "--id <id>", description: "the event's id (default: a new one)" },
    { flags: "--project <name>", description: "the project that the event names" },
    { flags: "--environment <name>", description: "the environment that the event names" },
    {
      flags: "--format <format>",
      description: "what goes to stdout",
      choices: ["human", "json"],
      default: "human",
    },
  ],
  examples: [
    {
      command: `bellhop emit build:failure --project web-shop --data '{"build":{"id":"b1"}}'`,
      does: "tells everybody who subscribes to failed builds",
    },
  ],
  run: async (io, [type = ""], options) => {
    const ground = await openGround(io, options, { mode: "daemon", warn: true });
    const event = await makeEvent(io, type, options);
    const daemon = clientOf(ground.found);
    const result =
      daemon === undefined
        ? await acceptHere(configOf(ground), event)
        : readReply(await daemon.post("/api/events", JSON.stringify(event), "application/cloudevents+json"));
    if (text(options, "format") === "json") io.out(`${JSON.stringify({ id: event.id, ...result })}\n`);
    else io.out(describe(event.id, result, daemon?.url));
    return ExitCode.ok;
  },
};

interface CloudEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly project?: string;
  readonly environment?: string;
  readonly data: unknown;
}

interface Accepted {
  readonly duplicate: boolean;
  readonly deliveries: number;
}

async function makeEvent(io: Io, type: string, options: Options): Promise<CloudEvent> {
  const project = text(options, "project");
  const environment = text(options, "environment");
  const id = text(options, "id") ?? randomUUID();
  if (readText(id) === undefined) throw notAnEvent("an id has 1 to 512 characters");
  if (readType(type) === undefined) throw notAnEvent("a type has 1 to 512 characters");
  return {
    specversion: "1.0",
    id,
    source: "bellhop/emit",
    type,
    time: new Date().toISOString(),
    ...(project === undefined ? {} : { project }),
    ...(environment === undefined ? {} : { environment }),
    data: await readData(io, text(options, "data")),
  };
}

async function readData(io: Io, given: string | undefined): Promise<unknown> {
  if (given === undefined) return {};
  const json = given.startsWith("@") ? await readDataFile(path.resolve(io.cwd, given.slice(1))) : given;
  try {
    return JSON.parse(json);
  } catch {
    throw new AppError("usage", "--data is not JSON", {
      hint: `quote it for the shell, such as --data '{"build":{"id":"b1"}}'`,
      exitCode: ExitCode.usage,
    });
  }
}

async function readDataFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new AppError("usage", `--data names ${file}, which cannot be read`, {
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
}

async function acceptHere(config: Config, event: CloudEvent): Promise<Accepted> {
  const delivery = await openDelivery(config);
  try {
    const result = await delivery.engine.intake.accept({
      source: "emit",
      items: [
        { seed: `emit:${event.id}`, position: "command line", content: { text: JSON.stringify(event) } },
      ],
      positions: {},
    });
    const [rejected] = result.rejected;
    if (rejected !== undefined) throw notAnEvent(rejected.reason);
    return { duplicate: result.duplicates.length > 0, deliveries: result.deliveries };
  } finally {
    await delivery.close();
  }
}

const notAnEvent = (reason: string): AppError =>
  new AppError("usage", `this is no event: ${reason}`, { exitCode: ExitCode.usage });

function readReply(reply: unknown): Accepted {
  const fields: Record<string, unknown> = typeof reply === "object" && reply !== null ? { ...reply } : {};
  return { duplicate: Number(fields["duplicates"]) > 0, deliveries: Number(fields["deliveries"]) };
}

function describe(id: string, result: Accepted, url: string | undefined): string {
  if (result.duplicate) return `${id}: known already, nothing was done\n`;
  const owed = `${result.deliveries} ${result.deliveries === 1 ? "delivery" : "deliveries"}`;
  const by =
    url === undefined
      ? "owed; no daemon is running, the next one sends them"
      : `handed to the daemon at ${url}`;
  return `${id}: ${owed} ${by}\n`;
}
