/** `bellhop status`: health and delivery counts of every integration. */
import type { Config } from "../model/config.ts";
import { DELIVERY_STATUSES } from "../model/delivery.ts";
import { ExitCode } from "../model/errors.ts";
import type { StateData } from "../state/contract.ts";
import { openState } from "../app/state.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { text } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";
import { iso } from "./deliveries-list.ts";
import { loadForLooking } from "./load.ts";
import { readOutbox } from "./open-outbox.ts";
import { readRecords } from "./records.ts";
import { daemonToJson, describeDaemon, seeDaemon } from "./status-daemon.ts";
import { renderRows } from "./status-text.ts";
import type { Row } from "./status-text.ts";

export const command: CommandSpec = {
  name: "status",
  summary: "health and delivery counts of every integration",
  options: [
    ...CONFIG_OPTIONS,
    {
      flags: "--format <format>",
      description: "what goes to stdout",
      choices: ["human", "json"],
      default: "human",
    },
  ],
  examples: [{ command: "bellhop status --format json", does: "for a script or a dashboard" }],
  run: async (io, _args, options) => {
    const config = await loadForLooking(io, options);
    const rows = await readStatus(config);
    const daemon = await seeDaemon(config);
    if (text(options, "format") === "json") {
      const status = { integrations: rows.map(toJson), daemon: daemonToJson(daemon) };
      io.out(`${JSON.stringify(status, null, 2)}\n`);
    } else {
      const wanted = daemon !== undefined || rows.some(({ ours }) => ours);
      io.out(renderRows(rows, io.columns) + (wanted ? `\n${describeDaemon(daemon)}` : ""));
    }
    return ExitCode.ok;
  },
};

async function readStatus(config: Config): Promise<readonly Row[]> {
  const byKey = new Map((await readRecords(config)).map((record) => [record.key, record]));
  const outbox = await readOutbox(config, { health: [], counts: {} }, async (open) => ({
    health: await open.allHealth(),
    counts: await open.counts(),
  }));
  const health = new Map(outbox.health.map((entry) => [entry.integrationUid, entry]));
  const apis = new Set(
    [...config.targets.values()].flatMap(({ api, name }) => (api === undefined ? [] : [name])),
  );
  const inventory = apis.size === 0 ? undefined : await readInventory(config);
  return config.integrations.map((integration) => {
    const record = byKey.get(integration.key);
    const ours = !apis.has(integration.target);
    return {
      integration,
      ours,
      exists: ours ? record !== undefined : inventory?.[integration.key] !== undefined,
      health: health.get(record?.uid ?? ""),
      counts: outbox.counts[record?.uid ?? ""] ?? {},
    };
  });
}

async function readInventory(config: Config): Promise<StateData["inventory"] | undefined> {
  const state = openState(config.state);
  try {
    return (await state.read())?.inventory;
  } finally {
    await state.close();
  }
}

/** `status` is what the providers document; `health` is what we know beside it. */
function toJson({ integration, exists, health, counts }: Row): unknown {
  return {
    key: integration.key,
    kind: integration.kind,
    target: integration.target,
    exists,
    status: {
      disabled: health?.disabled ?? false,
      reason: health?.reason ?? null,
      timeOfFirstFailedRequest: iso(health?.timeOfFirstFailedRequest),
      numberOfFailedRequests: health?.numberOfFailedRequests ?? 0,
      lastSuccess: iso(health?.lastSuccess),
      lastFailure: iso(health?.lastFailure),
    },
    health: {
      cause: health?.cause ?? null,
      disabledAt: iso(health?.disabledAt),
      probeAt: iso(health?.probeAt),
      recovering: health?.recoverUntil !== undefined,
    },
    deliveries: Object.fromEntries(DELIVERY_STATUSES.map((status) => [status, counts[status] ?? 0])),
  };
}
