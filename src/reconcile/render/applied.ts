/** What came of a plan, for people. Pure. */
import { escapeControls } from "../../lib/escape-controls.ts";
import type { Applied, ChangeResult } from "../apply.ts";
import type { Op } from "../../model/plan.ts";
import type { HumanOptions } from "./human.ts";
import { painter } from "./human.ts";
import { fitSections } from "./fit.ts";
import { code, escapeMarkup } from "./markdown-text.ts";
import { spell } from "./words.ts";

const DONE: Readonly<Record<Op, string>> = {
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  adopt: "adopted",
  forget: "forgotten",
};

/** Ends with a line break. */
export function renderApplied(applied: Applied, options: HumanOptions): string {
  const paint = painter(options.color);
  const lines = applied.results.map((result) => {
    const { key, kind, target } = result.change;
    const place = `${kind} ${spell(key)} on ${target}`;
    const why = escapeControls(result.message ?? "");
    if (result.status === "applied") return `${paint("green", `✓ ${DONE[result.change.op]}`)} ${place}`;
    const head =
      result.status === "failed"
        ? paint(["bold", "red"], `✗ ${result.change.op} failed:`)
        : paint("yellow", `○ ${result.change.op} skipped:`);
    return `${head} ${place}: ${why}`;
  });
  return `${[...lines, "", paint("bold", appliedInWords(applied))].join("\n")}\n`;
}

/** `Applied: 7 created, 1 failed.` */
export function appliedInWords({ results, counts }: Applied): string {
  const done = new Map<Op, number>();
  for (const { change, status } of results) {
    if (status === "applied") done.set(change.op, (done.get(change.op) ?? 0) + 1);
  }
  const parts = [...done].map(([op, count]) => `${count} ${DONE[op]}`);
  const half = results.filter((result) => result.half === true).length;
  const gone = half === 0 ? "" : ` (${half} with the old object deleted)`;
  if (counts.failed > 0) parts.push(`${counts.failed} failed${gone}`);
  if (counts.skipped > 0) parts.push(`${counts.skipped} skipped`);
  return `Applied: ${parts.join(", ") || "nothing"}.`;
}

/** What came of it, for a comment on a pull request; at most `limit` characters. */
export function renderAppliedMarkdown(applied: Applied, limit: number): string {
  const problems = applied.results.filter((result) => result.status !== "applied");
  const lines = problems.map(
    ({ change, status, message }: ChangeResult) =>
      `- ${status}: ${change.op} ${code(change.key)}: ${escapeMarkup(message ?? "")}`,
  );
  const head = `\n**${appliedInWords(applied)}**\n`;
  if (lines.length === 0) return head;
  const more = (count: number): string => `- and ${count} more that did not succeed`;
  const section = { head: "\n", rows: lines, gap: "\n", tail: "\n", value: 1, more };
  return head + fitSections([section], limit - head.length).texts.join("");
}
