/** The `manage` block of an integration. */
import type { Manage } from "../model/config.ts";
import type { KindSpec } from "../model/field.ts";
import { checkKeys, readChoice, readFlag, readKnownText, readMap, readTexts } from "./shape.ts";
import type { Context } from "./shape.ts";
import { quote, suggest } from "./suggest.ts";
import type { Node } from "./tree.ts";

const KEYS = ["protect", "previously", "ignore", "adopt", "confirm", "onRemove"];

/** `place` is that of the integration's target, where it is known. */
export function readManage(
  node: Node | undefined,
  kind: KindSpec | undefined,
  place: "store" | "api" | undefined,
  context: Context,
): Manage {
  const fields = node === undefined ? undefined : readMap(context, node, "manage");
  if (fields !== undefined) checkKeys(context, fields, KEYS, "manage");
  const get = (name: string): Node | undefined => fields?.get(name)?.value;
  const flag = (name: string, usual: boolean): boolean => {
    const value = get(name);
    return (value === undefined ? undefined : readFlag(context, value, name)) ?? usual;
  };
  const texts = (name: string): { readonly text: string; readonly at: Node }[] => {
    const value = get(name);
    return value === undefined ? [] : readTexts(context, value, name);
  };
  const ignore = texts("ignore");
  if (kind !== undefined) {
    for (const { text, at } of ignore) {
      checkPath(text, at, kind, context);
      if (place === "api") checkHidden(text, at, kind, context);
    }
  }
  const adopt = get("adopt");
  const adopted = adopt === undefined ? undefined : readKnownText(context, adopt, "adopt");
  const onRemove = get("onRemove");
  return {
    protect: flag("protect", false),
    previously: texts("previously").map(({ text }) => text),
    ignore: ignore.map(({ text }) => text),
    ...(adopted === undefined ? {} : { adopt: adopted }),
    confirm: flag("confirm", true),
    onRemove:
      (onRemove === undefined
        ? undefined
        : readChoice(context, onRemove, "onRemove", ["delete", "orphan", "confirm"])) ?? "delete",
  };
}

/** Only the first step of the path is checked: what lies below may be a name of the provider's. */
function checkPath(path: string, at: Node, kind: KindSpec, context: Context): void {
  const first = /^[^.[]*/.exec(path)?.[0] ?? "";
  if (Object.hasOwn(kind.fields, first)) return;
  const message = `${quote(first)} is not a field of ${kind.kind}, so nothing would be ignored`;
  context.report.error({ code: "unknown-key", message, hint: suggest(first, Object.keys(kind.fields)), at });
}

/** What never comes back cannot be left as it is by an update that takes the place of everything. */
function checkHidden(path: string, at: Node, kind: KindSpec, context: Context): void {
  const field = Object.hasOwn(kind.fields, path) ? kind.fields[path] : undefined;
  if (kind.update !== "PUT" || field?.writeOnly !== true) return;
  const message = `${path} cannot be left alone: an update takes the place of everything, and nobody can read what it was`;
  const hint = "an update sends the value that is declared: keep that one right";
  context.report.warn({ code: "not-applicable", message, hint, at });
}
