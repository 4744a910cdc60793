/** What came of a recovery, for people and for programs. */
import { shellWord } from "../lib/shell-word.ts";
import { printable, showTime } from "./table-text.ts";

export interface Recovered {
  /** How many were held at the start. */
  readonly held: number;
  readonly delivered: number;
  /** The destination calls them invalid. */
  readonly discarded: number;
  /** Still held. */
  readonly left: number;
  /** The one at which it stopped, or waits. */
  readonly failed?: { readonly id: string; readonly reason: string; readonly nextAttemptAt?: number };
}

export const toJson = (
  integration: string,
  { failed, ...recovered }: Recovered,
  dryRun: boolean,
): unknown => ({
  integration,
  dryRun,
  ...recovered,
  failed:
    failed === undefined
      ? null
      : {
          id: failed.id,
          reason: failed.reason,
          nextAttemptAt:
            failed.nextAttemptAt === undefined ? null : new Date(failed.nextAttemptAt).toISOString(),
        },
});

export function describeRecovered(key: string, recovered: Recovered, dryRun: boolean): string {
  const { held, delivered, discarded, left, failed } = recovered;
  const name = printable(key);
  if (held === 0) return `${name}: nothing is held\n`;
  if (dryRun) return `${name}: ${deliveries(held)} would be sent, the oldest first\n`;
  const invalid =
    discarded === 0
      ? ""
      : `, ${discarded} discarded because the destination calls ${them(discarded)} invalid`;
  const rest = left === 0 ? "" : `, ${left} still held`;
  return `${name}: ${delivered} of ${deliveries(held)} delivered${invalid}${rest}\n${describeFailed(key, failed)}`;
}

function describeFailed(key: string, failed: Recovered["failed"]): string {
  if (failed === undefined) return "";
  const see = `  see: bellhop deliveries show ${failed.id}\n`;
  return failed.nextAttemptAt === undefined
    ? `  stopped at ${failed.id}: ${printable(failed.reason)}\n${see}  then: bellhop deliveries recover ${shellWord(key)}\n`
    : `  ${failed.id} waits: ${printable(failed.reason)}\n  the daemon tries it again at ${showTime(failed.nextAttemptAt)}, and goes on from there\n${see}`;
}

const deliveries = (count: number): string => `${count} ${count === 1 ? "delivery" : "deliveries"}`;

const them = (count: number): string => (count === 1 ? "it" : "them");
