/** How two values of a field are compared, and how one is printed. */
import { canonicalJson, compareText } from "../lib/canonical-json.ts";
import type { FieldSpec } from "../model/field.ts";
import { Secret, maskSecret, reveal } from "../model/secret.ts";
import { Unresolved, isObject } from "../model/value.ts";
import type { Json, Value } from "../model/value.ts";

/** Whether two values mean the same for the field: left out is its default, and empty is left out. */
export function sameValue(
  spec: FieldSpec | undefined,
  left: Value | undefined,
  right: Value | undefined,
): boolean {
  if (left === right) return true;
  if (left instanceof Unresolved || right instanceof Unresolved) return false;
  if (left instanceof Secret && right instanceof Secret) return left.equals(right);
  if (Array.isArray(left) && Array.isArray(right) && sameItems(spec, left, right)) return true;
  return comparable(spec, effective(spec, left)) === comparable(spec, effective(spec, right));
}

/** The quick look at two arrays whose order is the same already. */
function sameItems(spec: FieldSpec | undefined, left: readonly Value[], right: readonly Value[]): boolean {
  return (
    left.length === right.length &&
    left.every((item, index) => {
      const other = right[index];
      if (item === other) return true;
      return item instanceof Secret && other instanceof Secret ? item.equals(other) : false;
    })
  );
}

function effective(spec: FieldSpec | undefined, value: Value | undefined): Value | undefined {
  const used = isEmpty(value) ? asValue(spec?.default) : value;
  return isEmpty(used) ? undefined : used;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- defaults come from YAML: they are JSON
const asValue = (value: unknown): Value | undefined => value as Value | undefined;

export function isEmpty(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  if (value instanceof Secret) return reveal(value) === "";
  return isObject(value) && Object.keys(value).length === 0;
}

/** One spelling per meaning; secrets in clear, so it never leaves this module. */
function comparable(spec: FieldSpec | undefined, value: Value | undefined): string {
  if (value === undefined) return "";
  return canonicalJson(toJson(spec, value, reveal, true));
}

/** Whether a secret stands anywhere in it. */
export function hasSecret(value: Value | undefined): boolean {
  if (value instanceof Secret) return true;
  if (Array.isArray(value)) return value.some(hasSecret);
  return isObject(value) && Object.values(value).some(hasSecret);
}

/** The plaintext that a fingerprint of a secret leaf is made over; of nothing the empty text. */
export const plainText = (spec: FieldSpec | undefined, value: Value | undefined): string =>
  value instanceof Secret ? reveal(value) : typeof value === "string" ? value : comparable(spec, value);

/** How a leaf is printed: sets sorted, secrets masked. `secret` marks a leaf that must be masked though its type does not say so. */
export function printable(
  spec: FieldSpec | undefined,
  value: Value | undefined,
  secret: boolean,
  fingerprint: string | undefined,
): Json {
  if (value === undefined) return null;
  const mask = (leaf: Secret): string => maskSecret(reveal(leaf), fingerprint);
  return toJson(spec, value, mask, false, secret);
}

function toJson(
  spec: FieldSpec | undefined,
  value: Value,
  show: (secret: Secret) => string,
  fold: boolean,
  secret = false,
): Json {
  if (value instanceof Secret) return show(value);
  if (value instanceof Unresolved) return value.toJSON();
  if (Array.isArray(value)) {
    const items = value.map((item) => toJson(spec?.items, item, show, fold, secret));
    return sortSet(spec, fold && spec?.ignoreCase === true ? items.map(foldCase) : items, fold);
  }
  if (isObject(value)) {
    const members = Object.entries(value).filter(([, member]) => !fold || !isEmpty(member));
    return Object.fromEntries(
      members.map(([name, member]) => [
        name,
        toJson(spec?.fields?.[name] ?? spec?.values, member, show, fold, secret),
      ]),
    );
  }
  if (secret && typeof value === "string") return show(new Secret(value));
  return fold && spec?.ignoreCase === true ? foldCase(value) : value;
}

const foldCase = (value: Json): Json => (typeof value === "string" ? value.toLowerCase() : value);

/** `fold` also drops what stands twice: two secrets may look alike in print without being the same. */
function sortSet(spec: FieldSpec | undefined, items: Json[], fold: boolean): Json[] {
  if (spec?.set !== true) return items;
  const spelled = items.map((item) => ({ item, text: canonicalJson(item) }));
  spelled.sort((left, right) => compareText(left.text, right.text));
  const kept = fold ? spelled.filter(({ text }, index) => text !== spelled[index - 1]?.text) : spelled;
  return kept.map(({ item }) => item);
}
