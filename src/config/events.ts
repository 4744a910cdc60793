/** Lists of event names and globs → the names they stand for. */
import type { FieldSpec } from "../model/field.ts";
import { editDistance, nearestWord } from "../lib/edit-distance.ts";
import { compileGlob, isGlob } from "../lib/glob.ts";
import { Unresolved } from "../model/value.ts";
import { wrongType } from "./shape.ts";
import type { Context } from "./shape.ts";
import { quote, suggest } from "./suggest.ts";
import type { ListNode, ScalarNode } from "./tree.ts";

interface Pattern {
  readonly at: ScalarNode;
  readonly text: string;
  readonly exclude: boolean;
}

/** The documented names of a field that holds a choice of names. */
export const knownNames = (field: FieldSpec): readonly string[] =>
  (field.type === "map" ? field.keys : field.items?.enum) ?? [];

const isOpen = (field: FieldSpec): boolean =>
  (field.type === "map" ? field.open : field.items?.open) === true;

/**
 * The names that the list selects: patterns in order, the last that matches a name decides; a list that starts with an
 * exclusion starts from everything. In the order of the documentation, then what is not documented. Undefined when some pattern
 * could not be read. Without `globs` every text is a name.
 */
export function expandEvents(node: ListNode, field: FieldSpec, context: Context): string[] | undefined {
  const known = knownNames(field);
  const patterns = readPatterns(node, field, context);
  if (patterns === undefined) return undefined;
  const selected = new Map<string, ScalarNode>();
  let clean = true;
  if (patterns[0]?.exclude === true) for (const name of known) selected.set(name, patterns[0].at);
  for (const pattern of patterns) {
    const names = field.globs === true ? namesOf(pattern.text, field, context.globs) : [pattern.text];
    const fine = checkPattern(pattern, names, known, field, context);
    clean &&= fine;
    for (const name of names) {
      if (pattern.exclude) selected.delete(name);
      else if (fine || isOpen(field)) selected.set(name, pattern.at);
    }
  }
  if (selected.size === 0 && clean && field.globs === true) reportNothing(node, patterns, field, context);
  reportLeaks(selected, field, context);
  const rest = [...selected.keys()].filter((name) => !known.includes(name));
  return [...known.filter((name) => selected.has(name)), ...rest];
}

function readPatterns(node: ListNode, field: FieldSpec, context: Context): Pattern[] | undefined {
  let complete = true;
  const patterns: Pattern[] = [];
  for (const at of node.items) {
    const text =
      at.type === "scalar" && typeof at.value === "string" && at.value !== ""
        ? context.references.resolve(at, at.value)
        : wrongType(context, at, "an event", "the name of an event or a glob");
    if (text === undefined || text instanceof Unresolved || at.type !== "scalar") complete = false;
    else
      patterns.push({
        at,
        text: field.globs === true ? text.replace(/^!/, "") : text,
        exclude: field.globs === true && text.startsWith("!"),
      });
  }
  return complete ? patterns : undefined;
}

/** Remembers what each glob stands for: the same few stand in thousands of integrations. */
export type GlobMemory = Map<FieldSpec, Map<string, readonly string[]>>;

function namesOf(text: string, field: FieldSpec, memory: GlobMemory): readonly string[] {
  if (!isGlob(text)) return [text];
  let known = memory.get(field);
  if (known === undefined) memory.set(field, (known = new Map()));
  let names = known.get(text);
  if (names === undefined) {
    const matches = compileGlob(text);
    names = knownNames(field).filter((name) => matches(name));
    known.set(text, names);
  }
  return names;
}

/** Whether the pattern is fine; what is not has been reported. */
function checkPattern(
  pattern: Pattern,
  names: readonly string[],
  known: readonly string[],
  field: FieldSpec,
  context: Context,
): boolean {
  const { text, at } = pattern;
  if (field.globs === true && isGlob(text)) {
    if (names.length > 0) return true;
    const message = `${quote(text)} matches none of the ${known.length} documented events`;
    context.report.warn({
      code: "unmatched-glob",
      message,
      hint: suggestGlob(text, field, context.globs),
      at,
    });
    return false;
  }
  if (known.includes(text)) return true;
  const finding = {
    code: "unknown-event" as const,
    message: `${quote(text)} is not a documented event`,
    hint: suggestEvent(text, known),
    at,
  };
  if (isOpen(field)) context.report.warn(finding);
  else context.report.error(finding);
  return false;
}

function suggestEvent(text: string, known: readonly string[]): string {
  const ending = known.find((name) => name.endsWith(`:${text}`));
  return ending === undefined ? suggest(text, known) : `did you mean ${ending}?`;
}

/** Names often start with a word that people leave out. */
function suggestGlob(text: string, field: FieldSpec, memory: GlobMemory): string {
  const prefixes = new Set(knownNames(field).map((name) => name.slice(0, name.indexOf(":") + 1)));
  const meant = [...prefixes].find(
    (prefix) => prefix !== "" && namesOf(prefix + text, field, memory).length > 0,
  );
  return meant === undefined ? "bellhop schema lists the names" : `did you mean ${meant}${text}?`;
}

function reportNothing(
  node: ListNode,
  patterns: readonly Pattern[],
  field: FieldSpec,
  context: Context,
): void {
  if (patterns.length === 0 && field.required !== true) return;
  const message = "no event is selected, so nothing will ever be sent";
  context.report.warn({ code: "no-events", message, hint: 'name events, or write ["*"] for all', at: node });
}

function reportLeaks(selected: ReadonlyMap<string, ScalarNode>, field: FieldSpec, context: Context): void {
  const leaky = (field.leaky ?? []).map((pattern) => compileGlob(pattern));
  const reported = new Set<ScalarNode>();
  for (const [name, at] of selected) {
    if (reported.has(at) || !leaky.some((matches) => matches(name))) continue;
    reported.add(at);
    const message = `${name} sends the values of variables to the receiver`;
    context.report.warn({
      code: "leaky-event",
      message,
      hint: "exclude it unless the receiver may know them",
      at,
    });
  }
}

/**
 * A free pattern that names no known event but is only one or two typing mistakes away from one. Anything further away may well
 * be somebody's own event.
 */
export function misspeltEvent(text: string, known: ReadonlySet<string>): string | undefined {
  if (isGlob(text) || known.has(text)) return undefined;
  const nearest = nearestWord(text, known);
  return nearest !== undefined && editDistance(text, nearest, 2) <= 2 ? nearest : undefined;
}
