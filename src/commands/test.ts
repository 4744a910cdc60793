/** `bellhop test KEY`: sends a confirmation message to one integration and says what came back. */
import { openDelivery } from "../app/delivery.ts";
import { switchedOff } from "../delivery/off.ts";
import { shellWord } from "../lib/shell-word.ts";
import type { Config } from "../model/config.ts";
import type { Delivery } from "../model/delivery.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { text } from "./contract.ts";
import type { CommandSpec, Io } from "./contract.ts";
import { clientOf } from "./daemon-client.ts";
import type { DaemonClient } from "./daemon-client.ts";
import { deliveryToJson } from "./deliveries-list.ts";
import { configOf, openGround } from "./ground.ts";
import type { Ground } from "./ground.ts";
import { readOutbox, withOutbox } from "./open-outbox.ts";
import { findUid, offOf } from "./records.ts";

/** Longer than any attempt may take. */
const PATIENCE_MS = 60_000;
const POLL_MS = 50;

export const command: CommandSpec = {
  name: "test",
  summary: "send a confirmation message to one integration",
  arguments: [{ name: "<key>", description: "key of the integration" }],
  options: [
    ...CONFIG_OPTIONS,
    {
      flags: "--format <format>",
      description: "what goes to stdout",
      choices: ["human", "json"],
      default: "human",
    },
  ],
  examples: [
    { command: "bellhop test deploys-to-slack", does: "posts a message and says whether Slack took it" },
  ],
  run: async (io, [key = ""], options) => {
    const ground = await openGround(io, options, { mode: "daemon", warn: true });
    const daemon = clientOf(ground.found);
    if (daemon === undefined) configOf(ground);
    const uid = await findUid(ground, key);
    const wasDisabled = (await stateOf(ground, uid)).disabled;
    const off = await offOf(ground, uid);
    const delivery =
      daemon === undefined ? await testHere(configOf(ground), key) : await testThere(io, ground, daemon, key);
    const delivered = delivery.status === "delivered";
    io.out(
      text(options, "format") === "json"
        ? `${JSON.stringify(deliveryToJson(delivery), null, 2)}\n`
        : describe(delivery) + describeState(key, { wasDisabled, off }, await stateOf(ground, uid)),
    );
    return delivered ? ExitCode.ok : ExitCode.error;
  },
};

interface State {
  readonly disabled: boolean;
  readonly held: number;
}

const stateOf = (ground: Ground, uid: string): Promise<State> =>
  readOutbox(ground, { disabled: false, held: 0 }, async (outbox) => ({
    disabled: (await outbox.health(uid))?.disabled ?? false,
    held: await outbox.count({ integration: uid, status: ["held"] }),
  }));

/** What the test has to do with what is held. */
function describeState(
  key: string,
  { wasDisabled, off }: { readonly wasDisabled: boolean; readonly off: string | undefined },
  { disabled, held }: State,
): string {
  const owed = held === 0 ? "" : `${held} ${held === 1 ? "delivery is" : "deliveries are"} held`;
  if (off !== undefined)
    return `  ${switchedOff("it", off)}; it gets nothing but tests${owed === "" ? "" : `; ${owed}`}\n`;
  if (disabled) return `  it is ${wasDisabled ? "still " : ""}disabled${owed === "" ? "" : `; ${owed}`}\n`;
  const back = wasDisabled ? "it was disabled, and takes messages again" : "";
  const recover = owed === "" ? "" : `${owed}; to send: bellhop deliveries recover ${shellWord(key)}`;
  const words = [back, recover].filter((one) => one !== "").join("\n  ");
  return words === "" ? "" : `  ${words}\n`;
}

async function testHere(config: Config, key: string): Promise<Delivery> {
  const opened = await openDelivery(config);
  try {
    const endpoint = opened.engine.find(key);
    if (endpoint?.behaviour.render === undefined) throw unknownKey(key, endpoint !== undefined);
    return await opened.sendTest(endpoint);
  } finally {
    await opened.close();
  }
}

async function testThere(io: Io, ground: Ground, daemon: DaemonClient, key: string): Promise<Delivery> {
  const reply = await daemon.post(`/api/integrations/${encodeURIComponent(key)}/test`, "{}");
  const eventId =
    typeof reply === "object" && reply !== null && "eventId" in reply ? String(reply.eventId) : "";
  return withOutbox(ground, "shared", async (outbox) => {
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline && !io.stopping.aborted;) {
      const [delivery] = (await outbox.deliveries({ event: eventId, limit: 1 })).deliveries;
      if (delivery !== undefined && (delivery.attempts > 0 || isUnsent(delivery))) return delivery;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new AppError("daemon-unreachable", `the daemon has not sent the message to ${key} yet`, {
      hint: `bellhop deliveries list --event ${eventId} shows when it has`,
    });
  });
}

function unknownKey(key: string, exists: boolean): AppError {
  return exists
    ? new AppError("unsupported", `${key} receives nothing by itself`, {
        hint: "test the webhook that it names",
      })
    : new AppError("unknown-key", `no store has an integration ${key}`, {
        hint: "bellhop status lists the keys; run bellhop apply if it is new",
      });
}

/** Nothing was sent, and nothing will be. */
const isUnsent = ({ attempts, status }: Delivery): boolean =>
  attempts === 0 && (status === "held" || status === "discarded");

function describe(delivery: Delivery): string {
  const answer = delivery.lastStatusCode === undefined ? "no answer" : `answered ${delivery.lastStatusCode}`;
  const code = isUnsent(delivery) ? "not sent" : answer;
  const more = `bellhop deliveries show ${delivery.id}`;
  if (delivery.status === "delivered") return `${delivery.integration}: delivered (${code})\n`;
  const reason = delivery.reason === undefined ? "" : `: ${delivery.reason}`;
  return `${delivery.integration}: not delivered (${code}), now ${delivery.status}${reason}\n  see: ${more}\n`;
}
