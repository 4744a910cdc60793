/** Which target an integration lives in, also where the file leaves it out. */
import type { KindSpec } from "../model/field.ts";
import type { Surroundings } from "./integrations.ts";
import { readKnownText } from "./shape.ts";
import { quote, suggest } from "./suggest.ts";
import type { ReadTarget } from "./targets.ts";
import type { Entry, Node } from "./tree.ts";

export function chooseTarget(
  node: Node | undefined,
  kind: KindSpec | undefined,
  entry: Entry,
  around: Surroundings,
): ReadTarget | undefined {
  return node === undefined ? onlyTarget(kind, entry, around) : namedTarget(node, kind, around);
}

function namedTarget(node: Node, kind: KindSpec | undefined, around: Surroundings): ReadTarget | undefined {
  const { context, targets } = around;
  const name = readKnownText(context, node, "target");
  if (name === undefined) return undefined;
  const target = targets.get(name);
  if (target === undefined) {
    // A target that is not there may stand in a file that could not be read.
    if (context.report.incomplete()) return undefined;
    const names = [...targets.keys()];
    const hint = names.length === 0 ? "declare it under targets:" : suggest(name, names);
    context.report.error({
      code: "unknown-target",
      message: `there is no target ${quote(name)}`,
      hint,
      at: node,
    });
    return undefined;
  }
  if (kind !== undefined && target.provider !== undefined && target.provider !== kind.provider) {
    const fitting = [...targets.values()].filter((other) => other.provider === kind.provider);
    const message = `target ${name} is for ${target.provider}, and ${kind.kind} is not its kind`;
    const hint =
      fitting.length === 0
        ? `declare a target with provider: ${kind.provider}`
        : `use target ${fitting.map((other) => other.name).join(" or ")}`;
    context.report.error({ code: "kind-target-mismatch", message, hint, at: node });
    return undefined;
  }
  return target;
}

function onlyTarget(kind: KindSpec | undefined, entry: Entry, around: Surroundings): ReadTarget | undefined {
  const { context, targets } = around;
  if (kind === undefined) return undefined;
  const fitting = [...targets.values()].filter((target) => target.provider === kind.provider);
  const [first, ...others] = fitting;
  if (first !== undefined && others.length === 0) return first;
  // A target whose provider could not be read may be the one that is meant.
  const unsure =
    context.report.incomplete() || [...targets.values()].some((target) => target.provider === undefined);
  if (first === undefined && unsure) return undefined;
  if (first === undefined) {
    const message = `no target is for ${kind.provider}`;
    const hint = `declare a target with provider: ${kind.provider}`;
    context.report.error({ code: "unknown-target", message, hint, at: entry.key });
    return undefined;
  }
  const message = `${fitting.length} targets are for ${kind.provider}, and none is named`;
  const hint = `add target: with one of ${fitting.map((target) => target.name).join(", ")}`;
  context.report.error({ code: "ambiguous-target", message, hint, at: entry.key });
  return undefined;
}
