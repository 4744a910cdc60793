/**
 * The parsed file as a small tree in which every key and value knows where it was written. Aliases and `<<` are
 * resolved; a node may be shared, so nothing here is ever changed once it is built.
 */
import type { TextFile } from "./text-file.ts";

/** A stretch of one file, as offsets. */
export interface Span {
  readonly file: TextFile;
  readonly start: number;
  readonly end: number;
}

export interface ScalarNode extends Span {
  readonly type: "scalar";
  readonly value: string | number | boolean | null;
  /** Written without quotes: a reference that is the whole text may become a number or boolean. */
  readonly plain: boolean;
  /** Stands for something that was reported as broken; nothing more is to be said about it. */
  readonly broken?: true;
}

export interface ListNode extends Span {
  readonly type: "list";
  readonly items: readonly Node[];
  /** Nodes in it with aliases written out. */
  readonly size: number;
}

export interface MapNode extends Span {
  readonly type: "map";
  readonly entries: ReadonlyMap<string, Entry>;
  readonly size: number;
}

export interface Entry {
  readonly key: Span;
  readonly value: Node;
}

export type Node = ScalarNode | ListNode | MapNode;

export const sizeOf = (node: Node): number => (node.type === "scalar" ? 1 : node.size);

export const isNull = (node: Node): boolean => node.type === "scalar" && node.value === null;

/** What a person calls the node's type. */
export function typeName(node: Node): string {
  if (node.type === "list") return "a list";
  if (node.type === "map") return "a map";
  if (node.value === null) return "nothing";
  if (typeof node.value === "string") return "text";
  return typeof node.value === "number" ? "a number" : "true or false";
}

export function makeMap(span: Span, entries: ReadonlyMap<string, Entry>): MapNode {
  let size = 1;
  for (const entry of entries.values()) size += sizeOf(entry.value);
  return { type: "map", file: span.file, start: span.start, end: span.end, entries, size };
}

export function makeList(span: Span, items: readonly Node[]): ListNode {
  let size = 1;
  for (const item of items) size += sizeOf(item);
  return { type: "list", file: span.file, start: span.start, end: span.end, items, size };
}

export const child = (node: Node | undefined, key: string): Node | undefined =>
  node?.type === "map" ? node.entries.get(key)?.value : undefined;

/** The node at a path of keys and indices, or the deepest one on the way to it. */
export function nearest(
  root: Entry,
  path: readonly (string | number)[],
): { readonly entry: Entry; readonly found: boolean } {
  let entry = root;
  for (const step of path) {
    const { value } = entry;
    let next: Entry | undefined;
    if (value.type === "map") next = value.entries.get(String(step));
    else if (value.type === "list") {
      const item = value.items[Number(step)];
      next = item === undefined ? undefined : { key: item, value: item };
    }
    if (next === undefined) return { entry, found: false };
    entry = next;
  }
  return { entry, found: true };
}
