/** `bellhop deliveries recover KEY`: sends what is held for an integration, in order, and says how far it came. */
import { openDelivery } from "../app/delivery.ts";
import { recoverHere } from "../delivery/recover-here.ts";
import { systemClock } from "../lib/clock.ts";
import type { Config } from "../model/config.ts";
import { ExitCode } from "../model/errors.ts";
import { recordName } from "../model/record.ts";
import type { StoreRecord } from "../model/record.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { flag, text } from "./contract.ts";
import type { CommandSpec, Io } from "./contract.ts";
import { findDaemon } from "./daemon-client.ts";
import { loadForCommand } from "./load.ts";
import { readOutbox } from "./open-outbox.ts";
import { describeRecovered, toJson } from "./recover-report.ts";
import type { Recovered } from "./recover-report.ts";
import { findRecord } from "./records.ts";
import { watchRecovery } from "./watch-recovery.ts";

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
    const config = await loadForCommand(io, options, "daemon");
    const record = await findRecord(config, key);
    const held = await readOutbox(config, 0, (outbox) =>
      outbox.count({ integration: record.uid, status: ["held"] }),
    );
    const dryRun = flag(options, "dryRun");
    const recovered = dryRun || held === 0 ? nothingDone(held) : await recover(io, config, record);
    io.out(
      text(options, "format") === "json"
        ? `${JSON.stringify(toJson(key, recovered, dryRun), null, 2)}\n`
        : describeRecovered(key, recovered, dryRun),
    );
    return dryRun || recovered.delivered === recovered.held ? ExitCode.ok : ExitCode.error;
  },
};

const nothingDone = (held: number): Recovered => ({ held, delivered: 0, discarded: 0, left: held });

async function recover(io: Io, config: Config, record: StoreRecord): Promise<Recovered> {
  const daemon = await findDaemon(config);
  return daemon === undefined
    ? recoverInForeground(io, config, record)
    : watchRecovery(io, config, record, daemon);
}

async function recoverInForeground(io: Io, config: Config, record: StoreRecord): Promise<Recovered> {
  const opened = await openDelivery(config);
  try {
    const { engine, outbox } = opened;
    const endpoint = engine.find(recordName(record));
    const held = await outbox.count({ integration: record.uid, status: ["held"] });
    let tried = 0;
    const done = await recoverHere(record.uid, {
      engine,
      outbox,
      clock: systemClock,
      send: (id) => opened.send(id),
      perSecond: endpoint?.behaviour.policy?.(record).rateLimit,
      onProgress: ({ id, status }) => io.err(`${(tried += 1)} of ${held}  ${id}  ${status}\n`),
      stopping: io.stopping,
    });
    const left = await outbox.count({ integration: record.uid, status: ["held"] });
    const { failed, ...counts } = done;
    if (failed === undefined) return { held, ...counts, left };
    return { held, ...counts, left, failed: { id: failed.id, reason: failed.note } };
  } finally {
    await opened.close();
  }
}
