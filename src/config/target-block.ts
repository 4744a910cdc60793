/** A target's block as another file writes it: its references as they are, its paths from where the other file is. */
import { dirname, relative, resolve } from "node:path";
import type { ProviderSpec } from "../model/field.ts";
import { Secret, reveal } from "../model/secret.ts";
import type { Json } from "../model/value.ts";
import type { VariableNames } from "./compose.ts";
import { isOnlyReferences } from "./references.ts";
import type { ReadTarget } from "./targets.ts";
import type { Node, ScalarNode } from "./tree.ts";

export interface OtherFile {
  /** Absolute folder of the file that the block is for. */
  readonly folder: string;
  /** A credential that stands in the block in clear becomes one of these. */
  readonly variables: VariableNames;
}

export function targetBlock(
  { name, provider, entry, config }: ReadTarget,
  providers: readonly ProviderSpec[],
  other: OtherFile,
): Json {
  const credentials = providers.find(({ id }) => id === provider)?.credentials ?? {};
  const isSecret = (path: readonly string[]): boolean =>
    path[0] === "api" && path[1] !== undefined && credentials[path[1]]?.secret !== undefined;
  const write = (node: Node, path: readonly string[]): Json => {
    if (node.type === "list") return node.items.map((item) => write(item, path));
    if (node.type === "map") {
      const members = [...node.entries].map(
        ([key, { value }]) => [key, write(value, [...path, key])] as const,
      );
      return Object.fromEntries(members);
    }
    if (typeof node.value !== "string" && !isSecret(path)) return node.value;
    const text = String(node.value);
    if (isSecret(path) && !isOnlyReferences(text)) {
      const value = config?.api?.credentials[path[1] ?? ""];
      if (value instanceof Secret) return other.variables.forValue([name, ...path], reveal(value));
    }
    if (path[0] === "store" && isUrlWithPassword(text))
      return other.variables.forValue([name, ...path], text);
    return path[0] === "store"
      ? movedStore(text, node, other.folder)
      : movedReferences(text, node, other.folder);
  };
  return write(entry.value, []);
}

/** One whose password stands there, and is not itself a reference. */
const isUrlWithPassword = (text: string): boolean =>
  /^[a-z]+:\/\/[^/]*:[^/]*@/.test(text) && !text.includes("${");

function movedStore(text: string, node: ScalarNode, folder: string): string {
  if (/^[a-z]+:\/\//.test(text) || text.startsWith("${")) return text;
  return movedPath(movedReferences(text, node, folder), node, folder);
}

/** `${file:path}` starts from the file that it stands in. */
const movedReferences = (text: string, node: ScalarNode, folder: string): string =>
  text.replaceAll(
    /(?<!\$)\$\{file:([^{}]*)\}/g,
    (_, path: string) => `\${file:${movedPath(path, node, folder)}}`,
  );

function movedPath(path: string, node: ScalarNode, folder: string): string {
  const from = dirname(node.file.path);
  if (from === folder || path.startsWith("/")) return path;
  return relative(folder, resolve(from, path)) || ".";
}
