/** `bellhop deliveries recover KEY`: sends what is held for an integration, in order, and says how far it came. */
import { openDelivery } from "../app/delivery.ts";
import { offError } from "../delivery/off.ts";
import { recoverHere } from "../delivery/recover-here.ts";
import { systemClock } from "../lib/clock.ts";
import type { Config } from "../model/config.ts";
import { ExitCode } from "../model/errors.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { flag, text } from "./contract.ts";
import type { CommandSpec, Io } from "./contract.ts";
import { clientOf } from "./daemon-client.ts";
import { configOf, openGround } from "./ground.ts";
import type { Ground } from "./ground.ts";
import { readOutbox } from "./open-outbox.ts";
import { describeRecovered, toJson } from "./recover-report.ts";
import type { Recovered } from "./recover-report.ts";
import { findUid, offOf } from "./records.ts";
import { watchRecovery } from "./watch-recovery.ts";
import type { Named } from "./watch-recovery.ts";

export const command: CommandSpec = {
  name: "recover",
  parent: "deliveries",
  summary: "send what is held for an integration, the oldest first",
  arguments: [{ name: "<key>", description: "key of the integration" }],
  options: [
    ...CONFIG_OPTIONS,
    { flags: "--dry-run", description: "only say how many are held" },
    {
      flags: "--format <format>",
      description: "what goes to stdout",
      choices: ["human", "json"],
      default: "human",
    },
  ],
  examples: [
    {
      command: "bellhop deliveries recover deploys-to-slack",
      does: "tries one, and when it arrives sends the rest, at most five a second",
    },
    { command: "bellhop deliveries recover deploys-to-slack --dry-run", does: "says how many are held" },
  ],
  run: async (io, [key = ""], options) => {
    const ground = await openGround(io, options, { mode: "daemon", warn: true });
    const uid = await findUid(ground, key);
    const off = await offOf(ground, uid);
    if (off !== undefined) throw offError(key, off);
    const held = await readOutbox(ground, 0, (outbox) =>
      outbox.count({ integration: uid, status: ["held"] }),
    );
    const dryRun = flag(options, "dryRun");
    const recovered = dryRun || held === 0 ? nothingDone(held) : await recover(io, ground, { key, uid });
    io.out(
      text(options, "format") === "json"
        ? `${JSON.stringify(toJson(key, recovered, dryRun), null, 2)}\n`
        : describeRecovered(key, recovered, dryRun),
    );
    return dryRun || recovered.delivered === recovered.held ? ExitCode.ok : ExitCode.error;
  },
};

const nothingDone = (held: number): Recovered => ({ held, delivered: 0, discarded: 0, left: held });

async function recover(io: Io, ground: Ground, named: Named): Promise<Recovered> {
  const daemon = clientOf(ground.found);
  return daemon === undefined
    ? recoverInForeground(io, configOf(ground), named)
    : watchRecovery(io, ground, named, daemon);
}

async function recoverInForeground(io: Io, config: Config, { key, uid }: Named): Promise<Recovered> {
  const opened = await openDelivery(config);
  try {
    const { engine, outbox } = opened;
    const endpoint = engine.find(key);
    const held = await outbox.count({ integration: uid, status: ["held"] });
    let tried = 0;
    const done = await recoverHere(uid, {
      engine,
      outbox,
      clock: systemClock,
      send: (id) => opened.send(id),
      perSecond: endpoint?.behaviour.policy?.(endpoint.record).rateLimit,
      onProgress: ({ id, status }) => io.err(`${(tried += 1)} of ${held}  ${id}  ${status}\n`),
      stopping: io.stopping,
    });
    const left = await outbox.count({ integration: uid, status: ["held"] });
    const { failed, ...counts } = done;
    if (failed === undefined) return { held, ...counts, left };
    return { held, ...counts, left, failed: { id: failed.id, reason: failed.note } };
  } finally {
    await opened.close();
  }
}
