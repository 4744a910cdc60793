/** The `daemon` block. */
import { dirname, resolve } from "node:path";
import type { DaemonConfig, SourceConfig } from "../model/config.ts";
import { parseByteSize } from "../lib/byte-size.ts";
import { parseDuration } from "../lib/duration.ts";
import { isRange } from "../lib/ip.ts";
import { Secret } from "../model/secret.ts";
import type { Fields } from "../model/value.ts";
import {
  checkKeys,
  readChoice,
  readKnownText,
  readMap,
  readScalar,
  readText,
  readTexts,
  wrongType,
} from "./shape.ts";
import type { Context } from "./shape.ts";
import { suggest } from "./suggest.ts";
import type { Entry, Node } from "./tree.ts";

const KEYS = ["listen", "token", "database", "sources", "reconcile", "egress", "retention"];
const DEFAULT_INTERVAL_MS = 5 * 60_000;

/** `dataDir` is where the database lies when the block does not say. */
export function readDaemon(node: Node | undefined, dataDir: string, context: Context): DaemonConfig {
  const fields = node === undefined ? undefined : readMap(context, node, "daemon");
  if (fields !== undefined) checkKeys(context, fields, KEYS, "daemon");
  const get = (name: string): Node | undefined => fields?.get(name)?.value;
  const token = readToken(get("token"), context);
  return {
    listen: readListen(get("listen"), context),
    ...(token === undefined ? {} : { token }),
    database: readDatabase(get("database"), context) ?? resolve(dataDir, "bellhop.db"),
    sources: readSources(get("sources"), context),
    reconcile: readReconcile(get("reconcile"), context),
    egress: { allow: readAllow(get("egress"), context) },
    retention: readRetention(get("retention"), context),
  };
}

function readToken(node: Node | undefined, context: Context): Secret | undefined {
  if (node === undefined) return undefined;
  const token = readText(context, node, "token", { secret: true });
  return typeof token === "string" ? new Secret(token) : undefined;
}

function readListen(node: Node | undefined, context: Context): string {
  const usual = "127.0.0.1:8420";
  if (node === undefined) return usual;
  const text = readKnownText(context, node, "listen");
  if (text === undefined) return usual;
  const port = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+):(\d{1,5})$/.exec(text)?.[1];
  if (port !== undefined && Number(port) <= 65_535) return text;
  const message = "listen must be an address and a port from 0 to 65535";
  context.report.error({
    code: "bad-format",
    message,
    hint: `write ${usual}, or [::1]:8420 for IPv6`,
    at: node,
  });
  return usual;
}

function readDatabase(node: Node | undefined, context: Context): string | undefined {
  if (node === undefined) return undefined;
  const text = readKnownText(context, node, "database");
  if (text === undefined) return undefined;
  if (!/^postgres(?:ql)?:\/\//.test(text)) return resolve(dirname(node.file.path), text);
  context.report.hide(node);
  return text;
}

function readSources(node: Node | undefined, context: Context): SourceConfig[] {
  if (node === undefined || (node.type === "scalar" && node.value === null)) return [];
  if (node.type !== "list") {
    wrongType(context, node, "sources", "a list");
    return [];
  }
  return node.items.flatMap((item) => {
    const source = readSource(item, context);
    return source === undefined ? [] : [source];
  });
}

const SOURCE_TYPES = ["file", "http", "stdin", "nats"];

/** `{ file: PATTERN }`, `{ http: PATH }`, `{ stdin: true }`, `{ nats: {…} }` or the bare word `stdin`. */
function readSource(node: Node, context: Context): SourceConfig | undefined {
  if (node.type === "scalar" && node.value === "stdin") return { type: "stdin" };
  if (node.type !== "map")
    return wrongType(context, node, "a source", "a map such as { file: events/*.ndjson }");
  checkKeys(context, node.entries, SOURCE_TYPES, "a source");
  const known = [...node.entries].filter(([name]) => SOURCE_TYPES.includes(name));
  const [first, second] = known;
  if (first === undefined) {
    if (node.entries.size > 0) return undefined;
    const message = "a source says which it is";
    context.report.error({ code: "missing-field", message, hint: suggest("", SOURCE_TYPES), at: node });
    return undefined;
  }
  if (second !== undefined) {
    const message = `a source is one thing, and this one is ${first[0]} already`;
    context.report.error({
      code: "too-many",
      message,
      hint: "make it two items of the list",
      at: second[1].key,
    });
  }
  return readSourceOf(first[0], first[1].value, context);
}

function readSourceOf(type: string, node: Node, context: Context): SourceConfig | undefined {
  if (type === "stdin") return { type };
  if (type === "nats")
    return node.type === "map"
      ? { type, options: plainOf(node, context) }
      : wrongType(context, node, "nats", "a map");
  const text = readKnownText(context, node, type);
  if (text === undefined) return undefined;
  if (type === "file") return { type, pattern: text, base: dirname(node.file.path) };
  if (text.startsWith("/")) return { type: "http", path: text };
  const message = "http takes the path to post events to";
  context.report.error({
    code: "bad-format",
    message,
    hint: "start it with a slash, such as /events",
    at: node,
  });
  return undefined;
}

/** Options of a client that no fields file describes: what bears a credential is known by its name. */
const CREDENTIAL = /token|pass|secret|creds|nkey|seed/i;

function plainOf(node: Node, context: Context): Fields {
  const fields: Fields = {};
  for (const [name, entry] of node.type === "map" ? node.entries : []) {
    if (CREDENTIAL.test(name)) {
      const secret = readText(context, entry.value, name, { secret: true });
      if (secret !== undefined) fields[name] = typeof secret === "string" ? new Secret(secret) : secret;
      continue;
    }
    const value = entry.value.type === "scalar" ? readScalar(context, entry.value) : undefined;
    if (entry.value.type === "map") fields[name] = plainOf(entry.value, context);
    else if (entry.value.type === "list")
      fields[name] = readTexts(context, entry.value, name).map(({ text }) => text);
    else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      fields[name] = value;
  }
  return fields;
}

function readReconcile(node: Node | undefined, context: Context): DaemonConfig["reconcile"] {
  const fields = block(context, node, "reconcile", ["interval", "mode"]);
  const mode = fields.get("mode")?.value;
  return {
    intervalMs: readDuration(context, fields.get("interval")?.value, "interval") ?? DEFAULT_INTERVAL_MS,
    mode:
      (mode === undefined ? undefined : readChoice(context, mode, "mode", ["correct", "report"])) ??
      "correct",
  };
}

function block(
  context: Context,
  node: Node | undefined,
  name: string,
  keys: readonly string[],
): ReadonlyMap<string, Entry> {
  const fields = (node === undefined ? undefined : readMap(context, node, name)) ?? new Map<string, Entry>();
  checkKeys(context, fields, keys, name);
  return fields;
}

/** Milliseconds, at least one second. */
function readDuration(context: Context, node: Node | undefined, what: string): number | undefined {
  if (node === undefined) return undefined;
  const text = readKnownText(context, node, what);
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration !== undefined && duration >= 1000) return duration;
  const tooShort = duration !== undefined;
  context.report.error({
    code: tooShort ? "out-of-range" : "bad-format",
    message: tooShort ? `${what} must be at least a second` : `${what} must be a duration`,
    hint: "write a number and a unit, such as 30s, 5m, 12h or 7d",
    at: node,
  });
  return undefined;
}

function readAllow(node: Node | undefined, context: Context): string[] {
  const allow = block(context, node, "egress", ["allow"]).get("allow")?.value;
  if (allow === undefined) return [];
  return readTexts(context, allow, "allow").flatMap(({ text, at }) => {
    if (isRange(text)) return [text];
    const message = "allow takes addresses and ranges of addresses";
    context.report.error({ code: "bad-format", message, hint: "write 10.2.0.0/16, or a single address", at });
    return [];
  });
}

function readRetention(node: Node | undefined, context: Context): DaemonConfig["retention"] {
  const fields = block(context, node, "retention", ["age", "size"]);
  const ageMs = readDuration(context, fields.get("age")?.value, "age");
  const size = fields.get("size")?.value;
  const bytes = size === undefined ? undefined : readSize(context, size);
  return { ...(ageMs === undefined ? {} : { ageMs }), ...(bytes === undefined ? {} : { bytes }) };
}

function readSize(context: Context, node: Node): number | undefined {
  const text = readKnownText(context, node, "size");
  if (text === undefined) return undefined;
  const bytes = parseByteSize(text);
  if (bytes !== undefined && bytes > 0) return bytes;
  const message = "size must be an amount of storage";
  context.report.error({
    code: "bad-format",
    message,
    hint: "write a number and a unit, such as 500MB or 5GiB",
    at: node,
  });
  return undefined;
}
