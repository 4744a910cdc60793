/** `bellhop status`: health and delivery counts of every integration. */
import type { Config, IntegrationConfig } from "../model/config.ts";
import type { DeliveryStatus, Health } from "../model/delivery.ts";
import { DELIVERY_STATUSES } from "../model/delivery.ts";
import { ExitCode } from "../model/errors.ts";
import type { StoreRecord } from "../model/record.ts";
import type { StateData } from "../state/contract.ts";
import { openState } from "../app/state.ts";
import { closeStores, openStores } from "../app/stores.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { text } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";
import { iso } from "./deliveries-list.ts";
import { loadForCommand } from "./load.ts";
import { readOutbox } from "./open-outbox.ts";
import { alignColumns, printable, showTime } from "./table-text.ts";

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
    const config = await loadForCommand(io, options, "plan");
    const rows = await readStatus(config);
    io.out(
      text(options, "format") === "json"
        ? `${JSON.stringify({ integrations: rows.map(toJson) }, null, 2)}\n`
        : render(rows, io.columns),
    );
    return ExitCode.ok;
  },
};

interface Row {
  readonly integration: Pick<IntegrationConfig, "key" | "kind" | "target">;
  /** In the target; by the inventory where the target is an API, which is not asked. */
  readonly exists: boolean;
  /** Whether the daemon delivers for it; otherwise its provider does, and has the health and the counts. */
  readonly ours: boolean;
  readonly health: Health | undefined;
  readonly counts: Readonly<Partial<Record<DeliveryStatus, number>>>;
}

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

async function readRecords(config: Config): Promise<readonly StoreRecord[]> {
  const stores = openStores(config);
  try {
    return (await Promise.all(stores.map(({ store }) => store.read()))).flat();
  } finally {
    await closeStores(stores);
  }
}

async function readInventory(config: Config): Promise<StateData["inventory"] | undefined> {
  const state = openState(config.state);
  try {
    return (await state.read())?.inventory;
  } finally {
    await state.close();
  }
}

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
    deliveries: Object.fromEntries(DELIVERY_STATUSES.map((status) => [status, counts[status] ?? 0])),
  };
}

function render(rows: readonly Row[], columns: number | undefined): string {
  if (rows.length === 0) return "No integrations.\n";
  const head = ["INTEGRATION", "KIND", "TARGET", "STATE", "DELIVERED", "OWED", "GIVEN UP", "LAST SUCCESS"];
  const body = rows.map((row) => {
    const { integration, counts } = row;
    const owed = (counts.pending ?? 0) + (counts.delivering ?? 0) + (counts.held ?? 0);
    return [
      integration.key,
      integration.kind,
      integration.target,
      stateOf(row),
      ...(row.ours
        ? [
            String(counts.delivered ?? 0),
            String(owed),
            String((counts.exhausted ?? 0) + (counts.discarded ?? 0)),
            showTime(row.health?.lastSuccess),
          ]
        : ["-", "-", "-", "-"]),
    ].map(printable);
  });
  return alignColumns([head, ...body], { columns, whole: [3] });
}

function stateOf({ exists, ours, health }: Row): string {
  if (!exists) return "not applied";
  if (!ours) return "applied";
  if (health?.disabled === true) return `disabled: ${health.reason ?? "no reason kept"}`;
  const failures = health?.numberOfFailedRequests ?? 0;
  return failures === 0 ? "ok" : `failing (${failures} in a row)`;
}
