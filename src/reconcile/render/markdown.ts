/** A plan for a comment on a pull request: what matters first, details folded. Pure. */
import type { Change, Op, Plan } from "../../model/plan.ts";
import type { Json } from "../../model/value.ts";
import { code, escapeMarkup } from "./markdown-text.ts";
import { headline, isSettled, leftAlone, remark, spell } from "./words.ts";

/** What is lost for good comes first. */
const ORDER: readonly Op[] = ["delete", "replace", "create", "update", "adopt", "forget"];
const TITLES: Readonly<Record<Op, string>> = {
  create: "To create",
  update: "To update",
  replace: "To replace (delete and create)",
  delete: "To delete",
  adopt: "To adopt",
  forget: "To forget",
};

/** Ends with a line break. */
export function renderMarkdown(plan: Plan): string {
  const blocks = [
    title(plan),
    blockedTable(plan),
    ...ORDER.map((op) =>
      changesTable(
        op,
        plan.changes.filter((change) => change.op === op),
      ),
    ),
    details("Fields", fieldTables(plan)),
    details(
      "Not yet known",
      listing(plan.unknown.map(({ key, target, path, why }) => [key ?? target, path, why])),
    ),
    details(
      "Left alone",
      listing(
        leftAlone(plan).map(({ key, kind, target, remoteId, why }) => [kind, key ?? remoteId, target, why]),
      ),
    ),
    `Digest \`${plan.digest.slice(0, 12)}\``,
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function title(plan: Plan): string {
  if (isSettled(plan)) return "### Bellhop: no changes\n\nEverything is as declared.";
  const [counts, refused] = headline(plan);
  return `### Bellhop: ${refused === undefined ? counts : `${counts}, **${refused}**`}`;
}

function changesTable(op: Op, changes: readonly Change[]): string {
  if (changes.length === 0) return "";
  const rows = changes.map((change) => {
    const notes = [change.drift ? "drift" : "", ...change.sideEffects].filter((note) => note !== "");
    return [
      code(change.key),
      code(change.kind),
      code(change.target),
      fieldNames(change),
      notes.map(escapeMarkup).join("; "),
    ];
  });
  return `#### ${TITLES[op]}\n\n${table(["key", "kind", "target", "fields", "notes"], rows)}`;
}

/** A creation has all its fields, which would say nothing. */
function fieldNames({ op, fields }: Change): string {
  if (op === "create") return "";
  const names = fields.slice(0, 8).map(({ path }) => code(path));
  return fields.length > 8 ? `${names.join(", ")} and ${fields.length - 8} more` : names.join(", ");
}

function blockedTable({ blocked }: Plan): string {
  if (blocked.length === 0) return "";
  const rows = blocked.map(({ op, key, kind, target, why, hint }) => [
    code(key),
    code(kind),
    code(target),
    op,
    escapeMarkup(why),
    escapeMarkup(hint),
  ]);
  return `#### Blocked\n\n${table(["key", "kind", "target", "wanted", "why", "what to do"], rows)}`;
}

function fieldTables({ changes }: Plan): string {
  const shown = changes.filter(({ fields }) => fields.length > 0);
  return shown
    .map((change) => {
      const rows = change.fields.map((field) => [
        code(field.path),
        cell(field.before),
        cell(field.after),
        escapeMarkup(remark(field)),
      ]);
      return `**${change.op}** ${code(change.key)}\n\n${table(["field", "before", "after", "why"], rows)}`;
    })
    .join("\n\n");
}

const listing = (entries: readonly (readonly (string | null)[])[]): string =>
  entries
    .map((parts) => {
      const words = parts.filter((part) => part !== null);
      const why = words.at(-1) ?? "";
      return `- ${words.slice(0, -1).map(code).join(" ")}: ${escapeMarkup(why)}`;
    })
    .join("\n");

const details = (title: string, body: string): string =>
  body === "" ? "" : `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const cell = (value: Json): string => (value === null ? "" : code(spell(value)));
