/** Whether two files say the same of a target: a file that `import` wrote may be read together with the one that it was made from. */
import { dirname, resolve } from "node:path";
import { Unresolved } from "../model/value.ts";
import type { References } from "./references.ts";
import type { Node, ScalarNode } from "./tree.ts";

export function isSameTarget(one: Node, other: Node, references: References): boolean {
  const textOf = (node: ScalarNode): unknown => {
    if (typeof node.value !== "string") return node.value;
    const text = references.resolve(node, node.value);
    return text instanceof Unresolved ? text.reference : text;
  };
  const isSame = (left: Node, right: Node, key: string): boolean => {
    if (left.type === "scalar" && right.type === "scalar") {
      const isHere = dirname(left.file.path) === dirname(right.file.path);
      if (left.value === right.value && isHere) return true;
      const [a, b] = [textOf(left), textOf(right)];
      if (key !== "store" || typeof a !== "string" || typeof b !== "string") return a === b;
      return resolve(dirname(left.file.path), a) === resolve(dirname(right.file.path), b);
    }
    if (left.type === "list" && right.type === "list") {
      return (
        left.items.length === right.items.length &&
        left.items.every((item, at) => {
          const counterpart = right.items[at];
          return counterpart !== undefined && isSame(item, counterpart, "");
        })
      );
    }
    if (left.type !== "map" || right.type !== "map" || left.entries.size !== right.entries.size) return false;
    return [...left.entries].every(([name, entry]) => {
      const counterpart = right.entries.get(name);
      return counterpart !== undefined && isSame(entry.value, counterpart.value, name);
    });
  };
  return isSame(one, other, "");
}
