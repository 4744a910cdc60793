/**
 * A plan for a comment on a pull request: what matters first, details folded, and short enough to be posted. What is too much goes
 * by its worth: fields of creations first; deletions, replacements and refusals stay to the last. Pure.
 */
import type { Blocked, Change, Op, Plan } from "../../model/plan.ts";
import type { Json } from "../../model/value.ts";
import { BETWEEN, fitSections } from "./fit.ts";
import type { Section } from "./fit.ts";
import { code, escapeMarkup } from "./markdown-text.ts";
import { headline, isSettled, leftAlone, remark, settledWords, spell } from "./words.ts";

/** GitHub takes 65,536 characters; a bot's own words need some of them. */
export const MARKDOWN_LIMIT = 60_000;

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

/** What goes first when there is too much; what is not named stays. */
const WORTH = {
  fieldsOfCreations: 1,
  leftAlone: 2,
  otherFields: 3,
  create: 4,
  adopt: 5,
  forget: 6,
  update: 7,
  unknown: 8,
  fieldsOfReplacements: 9,
} as const;
const OP_WORTH: Readonly<Partial<Record<Op, number>>> = WORTH;

/** Ends with a line break. At most `limit` characters. */
export function renderMarkdown(plan: Plan, limit = MARKDOWN_LIMIT): string {
  const head = title(plan);
  const foot = `Digest \`${plan.digest.slice(0, 12)}\``;
  const room = limit - head.length - foot.length - NOTE_LENGTH - 3 * BETWEEN.length;
  const whole = sections(plan);
  const fitted = fitSections(whole, room);
  const tooLong = lengthOf(fitted.texts) > room;
  const { texts, left } = tooLong ? fitSections(bareSections(plan), room) : fitted;
  const note = left > 0 || tooLong ? noteOn(left) : "";
  return `${[head, note, ...texts, foot].filter((block) => block !== "").join(BETWEEN)}\n`;
}

const lengthOf = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + text.length + BETWEEN.length, 0);

const NOTE_LENGTH = 200;

function noteOn(left: number): string {
  const what = left > 0 ? `${left} rows are left out` : "details are left out";
  return `> The plan is too long to be shown whole: ${what}, those that say least first. Everything is in the JSON of the plan.`;
}

function title(plan: Plan): string {
  if (isSettled(plan)) {
    const [what, why] = settledWords(plan);
    return `### Bellhop: ${what}\n\n${why.charAt(0).toUpperCase()}${why.slice(1)}.`;
  }
  const [counts, refused] = headline(plan);
  return `### Bellhop: ${refused === undefined ? counts : `${counts}, **${refused}**`}`;
}

function sections(plan: Plan): readonly Section[] {
  const of = (op: Op): Change[] => plan.changes.filter((change) => change.op === op);
  const unknown = plan.unknown.map(({ key, target, path, why }) => listed([key ?? target, path], why));
  const alone = leftAlone(plan).map(({ key, kind, target, remoteId, why }) =>
    listed([kind, key ?? remoteId, target], why),
  );
  return [
    blockedTable(plan.blocked),
    ...ORDER.map((op) => changesTable(op, of(op))),
    folded("Fields of replacements", fieldTables(of("replace")), "\n\n", WORTH.fieldsOfReplacements),
    folded(
      "Fields",
      fieldTables(plan.changes.filter(({ op }) => op !== "replace" && op !== "create")),
      "\n\n",
      WORTH.otherFields,
    ),
    folded("Fields of creations", fieldTables(of("create")), "\n\n", WORTH.fieldsOfCreations),
    folded("Not yet known", unknown, "\n", WORTH.unknown),
    folded("Left alone", alone, "\n", WORTH.leftAlone),
  ];
}

/** Where even what must stay is too much in tables: keys alone, and of refusals what they say. */
function bareSections(plan: Plan): readonly Section[] {
  const keys = (op: Op): readonly string[] =>
    plan.changes.filter((change) => change.op === op).map(({ key }) => code(key));
  const bare = (head: string, rows: readonly string[], gap: string, value: number): Section => ({
    head: `${head}\n\n`,
    rows,
    gap,
    tail: "",
    value,
    more: (count) => `and **${count} more**`,
  });
  const refusals = plan.blocked.map(({ op, key, target, why, hint }) =>
    listed([op, key, target], `${why} (${hint})`),
  );
  return [
    bare("#### Blocked", refusals, "\n", 3),
    bare("#### To delete", keys("delete"), ", ", 2),
    bare("#### To replace (delete and create)", keys("replace"), ", ", 1),
  ];
}

function changesTable(op: Op, changes: readonly Change[]): Section {
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
  const worth = OP_WORTH[op];
  const columns = ["key", "kind", "target", "fields", "notes"];
  return table(`#### ${TITLES[op]}`, columns, rows, (count) => `and ${count} more to ${op}`, worth);
}

/** A creation has all its fields, which would say nothing. */
function fieldNames({ op, fields }: Change): string {
  if (op === "create") return "";
  const names = fields.slice(0, 8).map(({ path }) => code(path));
  return fields.length > 8 ? `${names.join(", ")} and ${fields.length - 8} more` : names.join(", ");
}

function blockedTable(blocked: readonly Blocked[]): Section {
  const rows = blocked.map(({ op, key, kind, target, why, hint }) => [
    key === null ? "" : code(key),
    kind === null ? "" : code(kind),
    code(target),
    op,
    escapeMarkup(why),
    escapeMarkup(hint),
  ]);
  const columns = ["key", "kind", "target", "wanted", "why", "what to do"];
  return table("#### Blocked", columns, rows, (count) => `and ${count} more`);
}

/** One table per change. */
const fieldTables = (changes: readonly Change[]): string[] =>
  changes
    .filter(({ fields }) => fields.length > 0)
    .map((change) => {
      const rows = change.fields.map((field) => [
        code(field.path),
        cell(field.before),
        cell(field.after),
        escapeMarkup(remark(field)),
      ]);
      const head = tableHead(["field", "before", "after", "why"]);
      return `**${change.op}** ${code(change.key)}\n\n${[...head, ...rows.map(line)].join("\n")}`;
    });

function listed(parts: readonly (string | null)[], why: string): string {
  const words = parts.filter((part) => part !== null);
  return `- ${words.map(code).join(" ")}: ${escapeMarkup(why)}`;
}

const folded = (summary: string, rows: readonly string[], gap: string, value: number): Section => ({
  head: `<details><summary>${summary}</summary>\n\n`,
  rows,
  gap,
  tail: "\n\n</details>",
  value,
  more: (count) => `${gap === "\n" ? "- " : ""}and ${count} more`,
});

// oxlint-disable-next-line max-params -- the parts of one table
function table(
  head: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  more: (count: number) => string,
  value?: number,
): Section {
  return {
    head: `${head}\n\n${tableHead(columns).join("\n")}\n`,
    rows: rows.map(line),
    gap: "\n",
    tail: "",
    more: (count) => `\n${more(count)}`,
    ...(value === undefined ? {} : { value }),
  };
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const tableHead = (columns: readonly string[]): string[] => [line(columns), line(columns.map(() => "---"))];

const cell = (value: Json): string => (value === null ? "" : code(spell(value)));
