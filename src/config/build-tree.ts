/** The parser's nodes → our tree: aliases and `<<` resolved, duplicate keys and cycles reported. */
import { isAlias, isMap, isPair, isScalar, isSeq } from "yaml";
import type { Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { nearestWord } from "../lib/edit-distance.ts";
import type { Report } from "./report.ts";
import type { TextFile } from "./text-file.ts";
import { makeList, makeMap, sizeOf } from "./tree.ts";
import type { Entry, Node, ScalarNode, Span } from "./tree.ts";

/** Nothing that people write is nested deeper. */
const MAX_DEPTH = 64;
/** Nodes with aliases written out: far beyond any real file, far below what would exhaust memory. */
const MAX_SIZE = 20_000_000;

interface Builder {
  readonly file: TextFile;
  readonly report: Report;
  /** What each anchor stands for so far; undefined while its own node is being built. */
  readonly anchors: Map<string, Node | undefined>;
}

export function buildTree(contents: unknown, file: TextFile, report: Report): Node | undefined {
  const builder: Builder = { file, report, anchors: new Map() };
  const root = build(contents, builder, 0);
  if (sizeOf(root) <= MAX_SIZE) return root;
  report.markIncomplete();
  const message = "the aliases of this file multiply to more than 20 million nodes";
  report.error({
    code: "yaml-alias",
    message,
    hint: "write fewer nested aliases",
    at: { file, start: 0, end: 0 },
  });
  return undefined;
}

function build(node: unknown, builder: Builder, depth: number): Node {
  const at = spanOf(node, builder.file);
  if (depth > MAX_DEPTH)
    return fail(builder, at, "yaml-syntax", `nested deeper than ${MAX_DEPTH} levels`, "simplify it");
  if (isAlias(node)) return resolveAlias(node.source, at, builder);
  const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
  if (anchor !== undefined) builder.anchors.set(anchor, undefined);
  let built: Node;
  if (isMap(node)) built = buildMap(node, at, builder, depth);
  else if (isSeq(node)) built = buildList(node, at, builder, depth);
  else built = buildScalar(isScalar(node) ? node : undefined, at);
  if (anchor !== undefined) builder.anchors.set(anchor, built);
  return built;
}

function resolveAlias(name: string, at: Span, builder: Builder): Node {
  const target = builder.anchors.get(name);
  if (target !== undefined) return target;
  if (builder.anchors.has(name)) {
    return fail(builder, at, "yaml-alias", `*${name} stands inside what it names`, "write the value out");
  }
  // A value that starts with an asterisk is taken for an alias; it may be a secret.
  builder.report.hide(at);
  const meant = nearestWord(name, builder.anchors.keys());
  const hint =
    meant === undefined
      ? "write the anchor before it, or put a value that starts with * in quotes"
      : `did you mean *${meant}?`;
  return fail(builder, at, "yaml-alias", "no anchor of this name stands before", hint);
}

function buildScalar(node: Scalar | undefined, at: Span): ScalarNode {
  const raw = node?.value;
  const plain = node?.type === "PLAIN";
  const value =
    raw === null || raw === undefined
      ? null
      : typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean"
        ? raw
        : (node?.source ?? "");
  return { type: "scalar", file: at.file, start: at.start, end: at.end, value, plain };
}

function buildList(node: YAMLSeq, at: Span, builder: Builder, depth: number): Node {
  const items = node.items.map((item) =>
    // `[a: 1]` is a list with a map in it, written short.
    isPair(item) ? buildPairs([item], at, builder, depth + 1) : build(item, builder, depth + 1),
  );
  return makeList(at, items);
}

function buildMap(node: YAMLMap, at: Span, builder: Builder, depth: number): Node {
  return buildPairs(node.items, at, builder, depth);
}

function buildPairs(pairs: readonly Pair[], at: Span, builder: Builder, depth: number): Node {
  const entries = new Map<string, Entry>();
  const merged: Node[] = [];
  for (const pair of pairs) {
    const key = spanOf(pair.key, builder.file);
    const name = keyName(pair.key);
    if (name === undefined) {
      builder.report.hide(key);
      fail(builder, key, "yaml-syntax", "a key must be plain text", "write the key as one word or in quotes");
      continue;
    }
    const value = pair.value === null ? emptyAfter(key) : build(pair.value, builder, depth + 1);
    if (name === "<<" && isScalar(pair.key) && pair.key.type === "PLAIN") {
      merged.push(...mergeSources(value, key, builder));
    } else if (entries.has(name)) {
      const first = builder.file.position(entries.get(name)?.key.start ?? 0);
      const message = `${/^[\w.:/-]{1,60}$/.test(name) ? `"${name}"` : "this key"} already stands in line ${first.line}`;
      builder.report.error({ code: "yaml-duplicate-key", message, hint: "remove one of the two", at: key });
    } else {
      entries.set(name, { key, value });
    }
  }
  return makeMap(at, merged.length === 0 ? entries : withMerged(entries, merged));
}

/** Own keys win; of several merged maps the first. */
function withMerged(own: ReadonlyMap<string, Entry>, merged: readonly Node[]): ReadonlyMap<string, Entry> {
  const all = new Map(own);
  for (const source of merged) {
    if (source.type !== "map") continue;
    for (const [name, entry] of source.entries) if (!all.has(name)) all.set(name, entry);
  }
  return all;
}

function mergeSources(value: Node, key: Span, builder: Builder): readonly Node[] {
  const sources = value.type === "list" ? value.items : [value];
  if (sources.every((source) => source.type === "map")) return sources;
  if (!sources.some((source) => source.type === "scalar" && source.broken === true)) {
    fail(
      builder,
      key,
      "yaml-alias",
      "<< merges a map or a list of maps",
      "name an anchored map, such as <<: *defaults",
    );
  }
  return [];
}

function keyName(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  if (typeof key.value === "string") return key.value;
  return key.source ?? String(key.value);
}

function spanOf(node: unknown, file: TextFile): Span {
  const range = isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range : undefined;
  return { file, start: range?.[0] ?? 0, end: range?.[1] ?? 0 };
}

const emptyAfter = (key: Span): ScalarNode => ({
  type: "scalar",
  file: key.file,
  start: key.end,
  end: key.end,
  value: null,
  plain: true,
});

function fail(
  builder: Builder,
  at: Span,
  code: "yaml-syntax" | "yaml-alias",
  message: string,
  hint: string,
): ScalarNode {
  builder.report.error({ code, message, hint, at });
  return {
    type: "scalar",
    file: at.file,
    start: at.start,
    end: at.end,
    value: null,
    plain: true,
    broken: true,
  };
}
