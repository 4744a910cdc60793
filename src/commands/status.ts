/** `bellhop status`: health and delivery counts of every integration. */
import { DELIVERY_STATUSES } from "../model/delivery.ts";
import { ExitCode } from "../model/errors.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { text } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";
import { iso } from "./deliveries-list.ts";
import { openGround } from "./ground.ts";
import { daemonToJson, describeDaemon, seeDaemon } from "./status-daemon.ts";
import { readRows } from "./status-rows.ts";
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
    const ground = await openGround(io, options, { mode: "plan", warn: false });
    const daemon = await seeDaemon(ground.found);
    const rows = await readRows(ground, daemon?.status);
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

/** `status` is what the providers document; `health` is what we know beside it. */
function toJson({ integration, exists, off, health, counts }: Row): unknown {
  return {
    key: integration.key,
    kind: integration.kind,
    target: integration.target,
    exists,
    off: off !== undefined,
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
