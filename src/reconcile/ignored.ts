/** What is sent for a field that is ignored: what the target has, so that an update of the whole object leaves it as it is. */
import type { FieldSpec, KindSpec } from "../model/field.ts";
import { isObject, ownValue } from "../model/value.ts";
import type { Fields, Value } from "../model/value.ts";
import { isIgnored } from "./diff.ts";

/**
 * `hides`: the target does not give write-only fields back. Such a field is left out, since an update leaves alone what it does not
 * name; where an update takes the place of everything it is sent as it is declared.
 */
export function keepIgnored(
  kind: KindSpec,
  desired: Fields,
  observed: Fields,
  ignore: readonly string[],
  hides: boolean,
): Fields {
  if (ignore.length === 0) return desired;
  return inFields(kind.fields, desired, observed, "", ignore, hides && kind.update === "PUT");
}

function inFields(
  specs: Readonly<Record<string, FieldSpec>>,
  desired: Fields,
  observed: Fields,
  prefix: string,
  ignore: readonly string[],
  resend: boolean,
): Fields {
  // Names in a map are anybody's words, `constructor` and `__proto__` included.
  const kept = new Map<string, Value>();
  for (const name of new Set([...Object.keys(desired), ...Object.keys(observed)])) {
    const spec = ownValue(specs, name);
    const wanted = ownValue(desired, name);
    const seen = ownValue(observed, name);
    const path = `${prefix}${name}`;
    if (isIgnored(path, ignore)) {
      const value = seen === undefined && spec?.writeOnly === true && resend ? wanted : seen;
      if (value !== undefined) kept.set(name, value);
    } else if (isObject(wanted) || (wanted === undefined && isObject(seen) && reaches(path, ignore))) {
      const nested = spec?.fields ?? {};
      const inner = inFields(
        nested,
        isObject(wanted) ? wanted : {},
        isObject(seen) ? seen : {},
        `${path}.`,
        ignore,
        resend,
      );
      if (isObject(wanted) || Object.keys(inner).length > 0) kept.set(name, inner);
    } else if (wanted !== undefined) kept.set(name, wanted);
  }
  return Object.fromEntries(kept);
}

const reaches = (path: string, ignore: readonly string[]): boolean =>
  ignore.some((ignored) => ignored.startsWith(`${path}.`));
