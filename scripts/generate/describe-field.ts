/** Limits and traits of a field in words. */
import type { FieldCondition, FieldSpec } from "../../src/model/field.ts";

/** What values it takes; of a list, what its items take too. */
export function describeLimits(field: FieldSpec): string {
  const own = [
    range(field.minLength, field.maxLength, "characters"),
    range(field.minItems, field.maxItems, "items"),
    range(field.minimum, field.maximum, ""),
    field.patternHint ?? "",
    field.format === undefined ? "" : formatName(field.format),
    values(field.enum, field.open),
    field.keys === undefined ? "" : `keys: the ${field.keys.length} below${openness(field.open)}`,
    field.keyHint === undefined ? "" : `names: ${field.keyHint}`,
    field.reservedKeys === undefined ? "" : `not ${code(field.reservedKeys)}`,
  ];
  const inner = field.items ?? field.values;
  const items = inner === undefined ? "" : describeLimits(inner);
  return [...own, items === "" ? "" : `each: ${items}`].filter((part) => part !== "").join("; ");
}

export function describeTraits(field: FieldSpec): string {
  const parts: (string | false)[] = [
    field.secret === "url" && "secret URL",
    field.secret === true && "secret",
    field.writeOnly === true && "never given back",
    field.toldBy !== undefined && `\`${field.toldBy}\` says whether there is one`,
    field.clipped === true && "may be given back in part",
    field.volatile === true && "changes by itself",
    field.forceNew === true && "a change makes a new object",
    field.removeByReplacing === true && "leaving it out later makes a new object",
    field.set === true && "no order",
    (field.ignoreCase ?? field.items?.ignoreCase) === true && "case ignored",
    field.globs === true && "takes globs",
    field.values?.secret !== undefined && "values are secret",
    field.items?.ref !== undefined && `takes \`{ ref: KEY }\` of a ${field.items.ref}`,
    field.storeOnly !== undefined && `in stores only: ${code(field.storeOnly)}`,
    field.writtenAs !== undefined && `written as \`${field.writtenAs}\``,
    field.onlyWith !== undefined && `only with ${condition(field.onlyWith)}`,
    field.requiredWith !== undefined && `required with ${condition(field.requiredWith)}`,
  ];
  return parts.filter((part) => part !== false).join("; ");
}

function range(from: number | undefined, to: number | undefined, unit: string): string {
  const tail = unit === "" ? "" : ` ${unit}`;
  if (from === undefined) return to === undefined ? "" : `at most ${to}${tail}`;
  return to === undefined
    ? `at least ${from}${from === 1 ? tail.replace(/s$/, "") : tail}`
    : `${from} to ${to}${tail}`;
}

function formatName(format: NonNullable<FieldSpec["format"]>): string {
  return {
    uri: "a URL",
    "date-time": "date and time",
    uuid: "a UUID",
    email: "an e-mail address",
    duration: "a duration such as `15s`",
  }[format];
}

function values(list: readonly string[] | undefined, open: boolean | undefined): string {
  if (list === undefined) return "";
  return (list.length > 8 ? `one of the ${list.length} below` : `one of ${code(list)}`) + openness(open);
}

const openness = (open: boolean | undefined): string => (open === true ? ", or a newer one" : "");
const code = (list: readonly string[]): string => list.map((value) => `\`${value}\``).join(", ");
const condition = ({ path, values: of }: FieldCondition): string =>
  `\`${path}\` ${of.map((value) => `\`${String(value)}\``).join(" or ")}`;
