/**
 * A plan as annotations of a GitHub workflow: one line per change at the place where it is declared. GitHub shows ten of a severity per
 * step, so the tenth stands for all that are left. Pure.
 */
import { escapeControls } from "../../lib/escape-controls.ts";
import type { Blocked, Change, Plan } from "../../model/plan.ts";
import type { Source } from "../../model/config.ts";
import type { Applied } from "../apply.ts";
import { appliedInWords } from "./applied.ts";
import { headline, isSettled, settledWords, spellChange } from "./words.ts";

type Severity = "error" | "warning" | "notice";

interface Annotation {
  readonly severity: Severity;
  readonly title: string;
  readonly message: string;
  readonly source: Source | null;
}

/** Ends with a line break. */
export function renderGithub(plan: Plan, applied?: Applied): string {
  const lines = [
    ...capped(plan.blocked.map(ofBlocked)),
    ...capped([...failures(applied)]),
    ...capped(plan.changes.filter(isLoss).map(ofChange)),
    // The summary is one of the ten.
    ...capped([summary(plan, applied), ...plan.changes.filter((change) => !isLoss(change)).map(ofChange)]),
  ];
  return `${lines.map(spellAnnotation).join("\n")}\n`;
}

const SHOWN = 10;

function capped(annotations: readonly Annotation[]): readonly Annotation[] {
  const [first] = annotations;
  if (annotations.length <= SHOWN || first === undefined) return annotations;
  const rest = annotations.slice(SHOWN - 1);
  const all = rest.map(({ title, message }) => `${title}: ${message.split("\n", 1)[0] ?? ""}`);
  const message = all.slice(0, LISTED).join("\n");
  const left = all.length - LISTED;
  return [
    ...annotations.slice(0, SHOWN - 1),
    {
      severity: first.severity,
      title: `Bellhop: and ${rest.length} more`,
      message: left > 0 ? `${message}\nand ${left} that are only in the JSON of the plan` : message,
      source: null,
    },
  ];
}

/** An annotation of 64 KiB is cut; so many lines stay well below it. */
const LISTED = 200;

const isLoss = ({ op }: Change): boolean => op === "delete" || op === "replace";

function summary(plan: Plan, applied: Applied | undefined): Annotation {
  const planned = isSettled(plan) ? settledWords(plan)[0] : headline(plan).join(", ");
  const message = applied === undefined ? planned : `${planned}\n${appliedInWords(applied)}`;
  return { severity: "notice", title: "Bellhop plan", message, source: null };
}

const ofBlocked = ({ op, key, target, why, hint }: Blocked): Annotation => ({
  severity: "error",
  title: `Bellhop: blocked ${op}${key === null ? "" : ` of ${key}`}`,
  message: `on ${target}: ${why}\n${hint}`,
  source: null,
});

function ofChange(change: Change): Annotation {
  const { op, key, kind, target, fields, sideEffects, source, drift } = change;
  const rows =
    op === "create"
      ? fields.filter(({ why }) => why === "not yet known").map(({ path }) => `${path}: not yet known`)
      : fields.map((field) => `${field.path}: ${spellChange(field)}`);
  const head = `${kind} on ${target}${drift ? ", drift" : ""}`;
  return {
    severity: isLoss(change) ? "warning" : "notice",
    title: `Bellhop: ${op} ${key}`,
    message: [head, ...rows, ...sideEffects].join("\n"),
    source,
  };
}

const failures = (applied: Applied | undefined): Annotation[] =>
  (applied?.results ?? [])
    .filter(({ status }) => status !== "applied")
    .map(({ change, status, message }) => ({
      severity: "error",
      title: `Bellhop: ${change.op} of ${change.key} ${status}`,
      message: message ?? status,
      source: change.source,
    }));

function spellAnnotation({ severity, title, message, source }: Annotation): string {
  const place =
    source === null ? "" : `file=${property(source.file)},line=${source.line},col=${source.column},`;
  return `::${severity} ${place}title=${property(title)}::${data(message)}`;
}

/** As the runner reads it back: only these are special. */
const data = (text: string): string =>
  text.split("\n").map(escapeControls).join("\n").replaceAll("%", "%25").replaceAll("\n", "%0A");

const property = (text: string): string =>
  data(escapeControls(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
