/** Words and spellings that every way of rendering a plan shares. */
import { escapeControls } from "../../lib/escape-controls.ts";
import type { Change, FieldChange, Kept, Op, Plan } from "../../model/plan.ts";
import { OPS } from "../../model/plan.ts";
import type { Json } from "../../model/value.ts";

/** Of a change in progress or done. */
export const SIGNS: Readonly<Record<Op, string>> = {
  create: "+",
  update: "~",
  replace: "!",
  delete: "-",
  adopt: "=",
  forget: "x",
};

/** `7 to create, 1 to update`; what there is none of is left out. */
export function countsInWords(plan: Pick<Plan, "summary">): string {
  return OPS.filter((op) => plan.summary[op] > 0)
    .map((op) => `${plan.summary[op]} to ${op}`)
    .join(", ");
}

/** Whether there is nothing to do and nothing refused. */
export const isSettled = (plan: Plan): boolean => plan.changes.length === 0 && plan.blocked.length === 0;

/** The counts with what else the first line of a plan says. */
export function headline(plan: Plan): readonly string[] {
  const drift = plan.changes.filter((change) => change.drift).length;
  const counts = `${countsInWords(plan) || "nothing to do"}${drift > 0 ? ` (${drift} of them drift)` : ""}`;
  return plan.blocked.length > 0 ? [counts, `${plan.blocked.length} blocked`] : [counts];
}

/** What a settled plan says: all is as declared only where everything could be compared. */
export const settledWords = (plan: Plan): readonly [string, string] =>
  plan.unknown.length === 0
    ? ["no changes", "everything is as declared"]
    : ["no changes in what could be compared", "the rest stands under “Not yet known”"];

/** What was left alone and is not said to be blocked already. */
export function leftAlone(plan: Plan): readonly Kept[] {
  const refused = new Set(
    plan.blocked.map(({ target, kind, remoteId }) => `${target}\n${kind}\n${remoteId}`),
  );
  return plan.kept.filter(({ target, kind, remoteId }) => !refused.has(`${target}\n${kind}\n${remoteId}`));
}

/**
 * A value on one line: strings bare, or quoted when that is what shows them as they are. Nothing that a terminal or a reader takes for an
 * instruction gets through.
 */
export function spell(value: Json): string {
  if (value === null) return "(none)";
  if (Array.isArray(value)) return `[${value.map(spellItem).join(", ")}]`;
  if (typeof value === "object") return spellItem(value);
  if (typeof value !== "string") return String(value);
  return isPlain(value) ? value : escapeControls(JSON.stringify(value));
}

/** Within a list, what has a comma of its own is quoted. */
function spellItem(value: Json): string {
  if (typeof value === "string" && /[,[\]{}]/.test(value)) return escapeControls(JSON.stringify(value));
  if (value === null || typeof value !== "object" || Array.isArray(value)) return spell(value);
  const members = Object.entries(value).map(([name, member]) => `${spellItem(name)}: ${spellItem(member)}`);
  return `{ ${members.join(", ")} }`;
}

/** Before and after of a change: of a list what came and what went, where that says all; otherwise the two values. */
export function spellChange({ before, after }: Pick<FieldChange, "before" | "after">): string {
  const moved = Array.isArray(before) && Array.isArray(after) ? listChange(before, after) : "";
  return moved === "" ? `${spell(before)} → ${spell(after)}` : moved;
}

function listChange(before: readonly Json[], after: readonly Json[]): string {
  const [old, fresh] = [before.map(spellItem), after.map(spellItem)];
  const came = without(fresh, old);
  const went = without(old, fresh);
  const kept = old.length - went.length;
  const signed = [...went.map((item) => `-${item}`), ...came.map((item) => `+${item}`)];
  // Where nothing stays, or only the order is another one, both whole lists say it better.
  return signed.length === 0 || kept === 0 ? "" : `${signed.join(" ")} (${kept} unchanged)`;
}

/** What of the items is not among the others, each as often as it is too many. */
function without(items: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const item of others) left.set(item, (left.get(item) ?? 0) + 1);
  return items.filter((item) => {
    const count = left.get(item) ?? 0;
    left.set(item, count - 1);
    return count <= 0;
  });
}

const isPlain = (text: string): boolean =>
  text !== "" && text.trim() === text && !text.includes('"') && escapeControls(text) === text;

/** A row of a creation: flags that are set are gathered under the field that they belong to. */
export interface Row {
  readonly path: string;
  readonly value: string;
}

const LISTED = 6;

export function creationRows(change: Change): readonly Row[] {
  const flags = new Map<string, string[]>();
  const rows: { path: string; value: string }[] = [];
  for (const field of change.fields) {
    const dot = field.path.indexOf(".");
    if (field.after !== true || dot < 0) {
      rows.push({ path: field.path, value: valueOf(field) });
      continue;
    }
    const parent = field.path.slice(0, dot);
    const names = flags.get(parent);
    if (names !== undefined) names.push(field.path.slice(dot + 1));
    else {
      flags.set(parent, [field.path.slice(dot + 1)]);
      rows.push({ path: parent, value: "" });
    }
  }
  return rows.map((row) => ({
    ...row,
    value: row.value === "" ? listed(flags.get(row.path) ?? []) : row.value,
  }));
}

const valueOf = (field: FieldChange): string =>
  Array.isArray(field.after) ? listed(field.after) : spell(field.after);

function listed(names: readonly Json[]): string {
  const shown = names.slice(0, LISTED).map(spellItem).join(", ");
  return names.length > LISTED ? `${shown} and ${names.length - LISTED} more` : shown;
}

/** What a row says besides its values; a plain change needs no word. */
export const remark = (field: FieldChange): string => (field.why === "changed" ? "" : field.why);
