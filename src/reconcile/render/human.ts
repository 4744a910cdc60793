/** A plan for people at a terminal. Pure. */
import { escapeControls } from "../../lib/escape-controls.ts";
import { styleText } from "node:util";
import type { Change, Plan } from "../../model/plan.ts";
import {
  SIGNS,
  creationRows,
  headline,
  isSettled,
  leftAlone,
  remark,
  settledWords,
  spell,
  spellChange,
} from "./words.ts";

export interface HumanOptions {
  readonly color: boolean;
}

type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

const STYLES: Readonly<Record<Change["op"], Style>> = {
  create: "green",
  update: "yellow",
  replace: ["bold", "red"],
  delete: ["bold", "red"],
  adopt: "cyan",
  forget: "cyan",
};

/** Ends with a line break. */
export function renderHuman(plan: Plan, options: HumanOptions): string {
  const paint = painter(options.color);
  const sections = [
    changesSection(plan, paint),
    section(
      "Blocked",
      plan.blocked.map((entry) => [
        `${paint(["bold", "red"], entry.op)} ${place(entry)}: ${escapeControls(entry.why)}`,
        `  hint: ${escapeControls(entry.hint)}`,
      ]),
      paint,
    ),
    section(
      "Not yet known",
      plan.unknown.map(({ key, target, path, why }) => [
        `${[key ?? target, path].filter((part) => part !== null).join(" ")}: ${escapeControls(why)}`,
      ]),
      paint,
    ),
    section(
      "Left alone",
      leftAlone(plan).map((entry) => [`${place(entry)}: ${escapeControls(entry.why)}`]),
      paint,
    ),
    summaryLine(plan, paint),
  ];
  return `${sections.filter((text) => text !== "").join("\n\n")}\n`;
}

export const painter =
  (color: boolean): Paint =>
  (style, text) =>
    color ? styleText(style, text, { validateStream: false }) : text;

/** More than this of one section says nothing more. */
const LISTED = 20;

function section(title: string, entries: readonly (readonly string[])[], paint: Paint): string {
  if (entries.length === 0) return "";
  const lines = entries.slice(0, LISTED).flatMap((entry) => entry.map((line) => `  ${line}`));
  if (entries.length > LISTED) lines.push(`  and ${entries.length - LISTED} more (see --format json)`);
  return [paint("bold", `${title}:`), ...lines].join("\n");
}

function place({
  key,
  kind,
  target,
  remoteId,
}: {
  readonly key: string | null;
  readonly kind: string | null;
  readonly target: string;
  readonly remoteId: string | null;
}): string {
  if (kind === null) return `on ${target}`;
  const id = remoteId === null || remoteId === key ? "" : ` (${spell(remoteId)})`;
  return `${kind} ${key === null ? spell(remoteId) : `${spell(key)}${id}`} on ${target}`;
}

function changesSection(plan: Plan, paint: Paint): string {
  const opWidth = Math.max(...plan.changes.map(({ op }) => op.length));
  const kindWidth = Math.max(...plan.changes.map(({ kind }) => kind.length));
  return plan.changes.map((change) => renderChange(change, opWidth, kindWidth, paint)).join("\n");
}

function renderChange(change: Change, opWidth: number, kindWidth: number, paint: Paint): string {
  const { op, key, kind, target } = change;
  const head = `${SIGNS[op]} ${op.padEnd(opWidth)}  ${kind.padEnd(kindWidth)}  ${spell(key)}`;
  const where = paint("dim", `on ${target}${change.drift ? ", drift" : ""}`);
  const effects = change.sideEffects.map((effect) => `    ${paint("dim", `note: ${effect}`)}`);
  return [`${paint(STYLES[op], head)}  ${where}`, ...fieldLines(change, paint), ...effects].join("\n");
}

function fieldLines(change: Change, paint: Paint): readonly string[] {
  if (change.op === "create") {
    const rows = creationRows(change).map((row) => ({ ...row, path: escapeControls(row.path) }));
    const width = Math.max(0, ...rows.map(({ path }) => path.length + 1));
    return rows.map(({ path, value }) => `    ${`${path}:`.padEnd(width)} ${value}`);
  }
  const width = Math.max(0, ...change.fields.map(({ path }) => escapeControls(path).length + 1));
  return change.fields.map((field) => {
    const path = `${escapeControls(field.path)}:`.padEnd(width);
    const [sign, style] =
      field.before === null
        ? (["+", "green"] as const)
        : field.after === null
          ? (["-", "red"] as const)
          : (["~", "yellow"] as const);
    const why = remark(field);
    return `    ${paint(style, sign)} ${path} ${spellChange(field)}${why === "" ? "" : paint("dim", `  (${why})`)}`;
  });
}

const sentence = ([what, why]: readonly [string, string]): string =>
  `${what.charAt(0).toUpperCase()}${what.slice(1)}: ${why}.`;

function summaryLine(plan: Plan, paint: Paint): string {
  if (isSettled(plan)) return sentence(settledWords(plan));
  const [counts, refused] = headline(plan);
  const parts = refused === undefined ? [counts] : [counts, paint("red", refused)];
  return paint("bold", `Plan: ${parts.join(", ")}.`);
}
