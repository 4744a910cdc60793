/** `bellhop deliveries resend`: sends deliveries again, by id or by filter. */
import { switchedOffAmong } from "../app/switched-off.ts";
import { resend } from "../delivery/resend.ts";
import type { Resent, Selection, Skipped } from "../delivery/resend.ts";
import { DELIVERY_STATUSES } from "../model/delivery.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { flag, text } from "./contract.ts";
import type { CommandSpec, Io, Options } from "./contract.ts";
import { clientOf } from "./daemon-client.ts";
import type { DaemonClient } from "./daemon-client.ts";
import { FILTER_OPTIONS, readFilter } from "./delivery-filter.ts";
import { openGround } from "./ground.ts";
import type { Ground } from "./ground.ts";
import { readOutbox } from "./open-outbox.ts";
import { readRecords } from "./records.ts";
import { printable } from "./table-text.ts";

export const command: CommandSpec = {
  name: "resend",
  parent: "deliveries",
  summary: "send deliveries again, by id or by filter",
  arguments: [{ name: "[ids...]", description: "ids of deliveries; or say which by the options" }],
  options: [
    ...CONFIG_OPTIONS,
    ...FILTER_OPTIONS,
    { flags: "--dry-run", description: "only say how many, and which not and why" },
    { flags: "--yes", description: "do not ask" },
    {
      flags: "--format <format>",
      description: "what goes to stdout",
      choices: ["human", "json"],
      default: "human",
    },
  ],
  examples: [
    { command: "bellhop deliveries resend 01JD4Q8T2M7", does: "sends one again" },
    {
      command: "bellhop deliveries resend --integration deploys --since 2d --dry-run",
      does: "says how many of the last two days were not delivered",
    },
    {
      command: "bellhop deliveries resend --event 'build:*' --status delivered --since 1h --yes",
      does: "sends once more what had arrived; without --status only what had not",
    },
  ],
  run: async (io, ids, options) => {
    const selection = readSelection(ids, options);
    const ground = await openGround(io, options, { mode: "daemon", warn: true });
    const dryRun = flag(options, "dryRun");
    // What would be sent again is seen from outside, too.
    const daemon = dryRun && ground.found.state === "silent" ? undefined : clientOf(ground.found);
    const perform = (only: boolean): Promise<Resent> =>
      daemon === undefined ? resendHere(ground, selection, only) : resendThere(daemon, selection, only);
    if (!dryRun) await confirm(io, options, selection, perform);
    const resent = await perform(dryRun);
    io.out(
      text(options, "format") === "json"
        ? `${JSON.stringify({ dryRun, ...resent }, null, 2)}\n`
        : describe(resent, { dryRun, daemon }),
    );
    return "ids" in selection && resent.skipped.length > 0 ? ExitCode.error : ExitCode.ok;
  },
};

function readSelection(ids: readonly string[], options: Options): Selection {
  const { ids: _ids, ...filter } = readFilter(options, Date.now());
  const filtered = Object.keys(filter).length > 0;
  if (ids.length > 0 && !filtered) return { ids };
  if (filtered && ids.length === 0) return { filter };
  throw new AppError("usage", filtered ? "name ids, or use a filter, not both" : "say which deliveries", {
    hint: "bellhop deliveries resend ID…, or by a filter such as --integration KEY --since 2d",
    exitCode: ExitCode.usage,
  });
}

/** On a terminal more than one is asked about; elsewhere a filter needs --yes. */
async function confirm(
  io: Io,
  options: Options,
  selection: Selection,
  perform: (dryRun: boolean) => Promise<Resent>,
): Promise<void> {
  if (flag(options, "yes") || ("ids" in selection && (selection.ids.length === 1 || !io.interactive))) return;
  const planned = await perform(true);
  if (planned.resent === 0 || (io.interactive && planned.resent === 1)) return;
  if (!io.interactive) {
    throw new AppError("not-confirmed", `${inWords(planned)} would be sent again; nothing was done`, {
      hint: "add --yes",
    });
  }
  const answer = await io.ask(`Send ${inWords(planned)} again? Only "yes" is accepted: `);
  if (answer.trim() !== "yes") throw new AppError("not-confirmed", "not confirmed: nothing was done");
}

async function resendHere(ground: Ground, selection: Selection, dryRun: boolean): Promise<Resent> {
  const records = await readRecords(ground);
  const uids = new Set(records.map(({ uid }) => uid));
  return readOutbox(ground, { resent: 0, byStatus: {}, skipped: missing(selection) }, async (outbox) => {
    const health = new Map((await outbox.allHealth()).map((one) => [one.integrationUid, one]));
    return resend(selection, {
      outbox,
      healthOf: (uid) => health.get(uid),
      exists: (uid) => uids.has(uid),
      off: switchedOffAmong(records),
      now: Date.now(),
      dryRun,
    });
  });
}

/** There is no outbox yet, and so none of these. */
const missing = (selection: Selection): readonly Skipped[] =>
  "ids" in selection
    ? [{ reason: "there is no such delivery", count: selection.ids.length, ids: selection.ids.slice(0, 10) }]
    : [];

async function resendThere(daemon: DaemonClient, selection: Selection, dryRun: boolean): Promise<Resent> {
  const reply = await daemon.post("/api/deliveries/resend", JSON.stringify({ ...selection, dryRun }));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the daemon answers with what resend() makes
  const { resent, byStatus, skipped } = reply as Resent;
  return { resent, byStatus, skipped };
}

function describe(
  resent: Resent,
  { dryRun, daemon }: { dryRun: boolean; daemon: DaemonClient | undefined },
): string {
  const how = dryRun
    ? "would be sent again"
    : daemon === undefined
      ? "due again; no daemon is running, the next one sends them"
      : `sent again by the daemon at ${daemon.url}`;
  const verb = dryRun ? "" : resent.resent === 1 ? "is " : "are ";
  const first = resent.resent === 0 ? "Nothing to send again.\n" : `${inWords(resent)} ${verb}${how}\n`;
  return first + resent.skipped.map(describeSkipped).join("");
}

function describeSkipped({ reason, count, ids }: Skipped): string {
  const more = count > ids.length ? ` and ${count - ids.length} more` : "";
  return `${count} left as ${count === 1 ? "it is" : "they are"}: ${printable(reason)} (${printable(ids.join(", "))}${more})\n`;
}

/** `3 deliveries (so far 2 exhausted, 1 held)` */
function inWords({ resent, byStatus }: Resent): string {
  const parts = DELIVERY_STATUSES.flatMap((status) =>
    byStatus[status] === undefined ? [] : [`${byStatus[status]} ${status}`],
  );
  return `${resent} ${resent === 1 ? "delivery" : "deliveries"} (so far ${parts.join(", ")})`;
}
