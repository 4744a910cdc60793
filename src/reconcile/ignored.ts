/** What is sent for a field that is ignored: what the target has, so that an update of the whole object leaves it as it is. */
import type { FieldSpec, KindSpec } from "../model/field.ts";
import { isObject } from "../model/value.ts";
import type { Fields } from "../model/value.ts";
import { isIgnored } from "./diff.ts";

/** A field that the target never gives back is sent as it is declared. */
export function keepIgnored(
  kind: KindSpec,
  desired: Fields,
  observed: Fields,
  ignore: readonly string[],
): Fields {
  return ignore.length === 0 ? desired : inFields(kind.fields, desired, observed, "", ignore);
}

function inFields(
  specs: Readonly<Record<string, FieldSpec>>,
  desired: Fields,
  observed: Fields,
  prefix: string,
  ignore: readonly string[],
): Fields {
  const kept: Fields = {};
  for (const name of new Set([...Object.keys(desired), ...Object.keys(observed)])) {
    const spec = specs[name];
    const wanted = desired[name];
    const seen = observed[name];
    const path = `${prefix}${name}`;
    if (isIgnored(path, ignore)) {
      const value = seen === undefined && spec?.writeOnly === true ? wanted : seen;
      if (value !== undefined) kept[name] = value;
    } else if (isObject(wanted) || (wanted === undefined && isObject(seen) && reaches(path, ignore))) {
      const nested = spec?.fields ?? {};
      const inner = inFields(
        nested,
        isObject(wanted) ? wanted : {},
        isObject(seen) ? seen : {},
        `${path}.`,
        ignore,
      );
      if (isObject(wanted) || Object.keys(inner).length > 0) kept[name] = inner;
    } else if (wanted !== undefined) kept[name] = wanted;
  }
  return kept;
}

const reaches = (path: string, ignore: readonly string[]): boolean =>
  ignore.some((ignored) => ignored.startsWith(`${path}.`));
