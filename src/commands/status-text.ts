/** `bellhop status` for people: a table, then what needs somebody. */
import { shellWord } from "../lib/shell-word.ts";
import type { DeliveryStatus, Health } from "../model/delivery.ts";
import { alignColumns, printable, showTime } from "./table-text.ts";

/** What is known of one integration. */
export interface Row {
  readonly integration: { readonly key: string; readonly kind: string; readonly target: string };
  /** In the target; by the inventory where the target is an API, which is not asked. */
  readonly exists: boolean;
  /** Whether the daemon delivers for it; otherwise its provider does, and has the health and the counts. */
  readonly ours: boolean;
  /** What its owner has switched it off by, where we deliver for it; undefined while it is on. */
  readonly off: string | undefined;
  readonly health: Health | undefined;
  readonly counts: Readonly<Partial<Record<DeliveryStatus, number>>>;
}

const HEAD = [
  "INTEGRATION",
  "KIND",
  "TARGET",
  "STATE",
  "DELIVERED",
  "OWED",
  "HELD",
  "GIVEN UP",
  "LAST SUCCESS",
];

/** `columns` is the terminal's width. */
export function renderRows(rows: readonly Row[], columns: number | undefined): string {
  if (rows.length === 0) return "No integrations.\n";
  const body = rows.map(({ integration, ours, counts, health, ...row }) =>
    [
      integration.key,
      integration.kind,
      integration.target,
      stateOf({ integration, ours, counts, health, ...row }),
      ...(ours
        ? [
            String(counts.delivered ?? 0),
            String((counts.pending ?? 0) + (counts.delivering ?? 0)),
            String(counts.held ?? 0),
            String((counts.exhausted ?? 0) + (counts.discarded ?? 0)),
            showTime(health?.lastSuccess),
          ]
        : ["-", "-", "-", "-", "-"]),
    ].map(printable),
  );
  return alignColumns([HEAD, ...body], { columns, whole: [3] }) + rows.map(explain).join("");
}

function stateOf({ exists, ours, off, health }: Row): string {
  if (!exists) return "not applied";
  if (!ours) return "applied";
  if (off !== undefined) return "off";
  if (health?.recoverUntil !== undefined) return "recovering";
  if (health?.disabled === true) return health.cause === "request" ? "turned off" : "disabled";
  const failures = health?.numberOfFailedRequests ?? 0;
  return failures === 0 ? "ok" : `failing (${failures} in a row)`;
}

/** What is not as it should be: since when, why, what is held, and what to do. */
function explain(row: Row): string {
  const { integration, exists, ours, off, health, counts } = row;
  if (!exists || !ours) return "";
  const held = counts.held ?? 0;
  const key = printable(integration.key);
  const word = shellWord(integration.key);
  if (off !== undefined) return explainOff(row, off);
  if (health?.recoverUntil !== undefined) return `\n${key} is being recovered: ${heldWords(held)} to go.\n`;
  if (health?.disabled === true) return `\n${key} ${disabledWords(health)}\n${advice(health, held, word)}`;
  if (health !== undefined && health.numberOfFailedRequests > 0) {
    return `\n${key} is failing: ${health.numberOfFailedRequests} in a row since ${showTime(health.timeOfFirstFailedRequest)}.\n  see: bellhop deliveries list --integration ${word}\n`;
  }
  return held === 0
    ? ""
    : `\n${key} works, and ${heldWords(held)} ${held === 1 ? "is" : "are"} still held.\n  to send: bellhop deliveries recover ${word}\n`;
}

/** Whoever switched it off knows; only what it is owed may need somebody. */
function explainOff({ integration, counts }: Row, off: string): string {
  const held = counts.held ?? 0;
  const owed = (counts.pending ?? 0) + (counts.delivering ?? 0);
  if (held + owed === 0) return "";
  const word = shellWord(integration.key);
  const isHeld = held === 0 ? [] : [`${heldWords(held)} ${held === 1 ? "is" : "are"} held`];
  const isOwed = owed === 0 ? [] : [`${heldWords(owed)} ${owed === 1 ? "is" : "are"} held when due`];
  return `\n${printable(integration.key)} is switched off: ${printable(off)}.\n  ${[...isHeld, ...isOwed].join(", ")}.\n  to send once it is on again: bellhop deliveries recover ${word}\n`;
}

function disabledWords(health: Health): string {
  const since = showTime(health.disabledAt);
  const reason = printable(health.reason ?? "no reason kept");
  if (health.cause === "request") return `was turned off at ${since}: ${reason}.`;
  const why = health.cause === "gone" ? `its endpoint says never again (${reason})` : reason;
  return `is disabled since ${since}: ${why}.`;
}

function advice({ probeAt, cause }: Health, held: number, word: string): string {
  const owed =
    held === 0
      ? "  Nothing is held; what comes will be."
      : `  ${heldWords(held)} ${held === 1 ? "is" : "are"} held, and so is what comes.`;
  const next = held === 1 ? "It" : held === 0 ? "What comes first" : "One of them";
  const when = probeAt === undefined || probeAt <= Date.now() ? "at once" : `at ${showTime(probeAt)}`;
  const probe = probeAt === undefined ? "" : ` ${next} is tried ${when}.`;
  const mend = cause === "gone" ? "  correct its address and apply, or check it: " : "  check it: ";
  const recover = held === 0 ? "" : `  to send: bellhop deliveries recover ${word}\n`;
  return `${owed}${probe}\n${mend}bellhop test ${word}\n${recover}`;
}

const heldWords = (held: number): string => `${held} ${held === 1 ? "delivery" : "deliveries"}`;
