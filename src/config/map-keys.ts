/** Names that people give in maps, such as those of headers: their form, and which are not to be given. */
import type { FieldSpec, KindSpec } from "../model/field.ts";
import type { Report } from "./report.ts";
import { isNull, nearest } from "./tree.ts";
import type { Entry } from "./tree.ts";

export function checkMapKeys(spec: Entry, kind: KindSpec, report: Report): void {
  checkFields(kind.fields, [], spec, report);
}

function checkFields(
  fields: Readonly<Record<string, FieldSpec>>,
  above: readonly string[],
  spec: Entry,
  report: Report,
): void {
  for (const [name, field] of Object.entries(fields)) {
    const path = [...above, name];
    const { entry, found } = nearest(spec, path);
    if (!found || entry.value.type !== "map") continue;
    if (field.fields !== undefined) checkFields(field.fields, path, spec, report);
    if (field.type === "map") checkMap(field, path.join("."), entry.value.entries, report);
  }
}

function checkMap(
  field: FieldSpec,
  where: string,
  entries: ReadonlyMap<string, Entry>,
  report: Report,
): void {
  const form = field.keyPattern === undefined ? undefined : new RegExp(field.keyPattern, "u");
  const seen = new Map<string, string>();
  for (const [name, { key, value }] of entries) {
    // Without a value it is a colon that was forgotten, which has been reported.
    if (isNull(value)) continue;
    const error = (message: string, hint: string): void =>
      report.error({ code: "bad-key", message, hint, at: key });
    // What is no name at all may be a secret that got there.
    if (form !== undefined && !form.test(name)) {
      report.hide(key);
      error(
        `a name in ${where} is not of the documented form`,
        `it takes ${field.keyHint ?? "other characters"}`,
      );
      continue;
    }
    const folded = name.toLowerCase();
    const twin = field.ignoreKeyCase === true ? seen.get(folded) : undefined;
    seen.set(folded, name);
    if (field.reservedKeys?.includes(folded) === true) {
      error(`${where}.${name} is set with every request and cannot be given`, "remove it");
    } else if (twin !== undefined) {
      error(`${where}.${name} is there already as ${twin}`, "remove one of the two");
    }
  }
}
