/** The `daemon` block. */
import { dirname, resolve } from "node:path";
import type { DaemonConfig } from "../model/config.ts";
import { DEFAULT_DISABLE } from "../model/config.ts";
import { parseByteSize } from "../lib/byte-size.ts";
import { parseDuration } from "../lib/duration.ts";
import { isRange } from "../lib/ip.ts";
import { isLoopback, parseListenAddress } from "../lib/listen-address.ts";
import { Secret } from "../model/secret.ts";
import {
  checkKeys,
  isMisspelt,
  readChoice,
  readKnownText,
  readMap,
  readText,
  readTexts,
  readWhole,
} from "./shape.ts";
import type { Context } from "./shape.ts";
import { readSources } from "./sources.ts";
import type { Entry, Node } from "./tree.ts";

const KEYS = ["listen", "token", "database", "sources", "reconcile", "egress", "retention", "disable"];
const DEFAULT_INTERVAL_MS = 5 * 60_000;

/** `dataDir` is where the database lies when the block does not say. */
export function readDaemon(node: Node | undefined, dataDir: string, context: Context): DaemonConfig {
  const fields = node === undefined ? undefined : readMap(context, node, "daemon");
  if (fields !== undefined) checkKeys(context, fields, KEYS, "daemon");
  const get = (name: string): Node | undefined => fields?.get(name)?.value;
  const token = readToken(get("token"), context);
  const listen = readListen(get("listen"), context);
  const hasToken = fields !== undefined && (fields.has("token") || isMisspelt("token", fields, KEYS));
  if (!hasToken) checkReach(get("listen"), listen, context);
  return {
    listen,
    ...(token === undefined ? {} : { token }),
    database: readDatabase(get("database"), context) ?? resolve(dataDir, "bellhop.db"),
    sources: readSources(get("sources"), context),
    reconcile: readReconcile(get("reconcile"), context),
    egress: { allow: readAllow(get("egress"), context) },
    retention: readRetention(get("retention"), context),
    disable: readDisable(get("disable"), context),
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

/** Without a token, whoever reaches the address may send events and have deliveries sent again. */
function checkReach(node: Node | undefined, listen: string, context: Context): void {
  if (node === undefined || isLoopback(parseListenAddress(listen)?.host ?? "")) return;
  context.report.error({
    code: "open-without-token",
    message: `${listen} is reachable from outside, and daemon has no token`,
    hint: "set daemon.token, such as ${env:BELLHOP_TOKEN}, or listen on 127.0.0.1",
    at: node,
  });
}

function readDatabase(node: Node | undefined, context: Context): string | undefined {
  if (node === undefined) return undefined;
  const text = readKnownText(context, node, "database");
  if (text === undefined) return undefined;
  if (!/^postgres(?:ql)?:\/\//.test(text)) return resolve(dirname(node.file.path), text);
  context.report.hide(node);
  return text;
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

function readDisable(node: Node | undefined, context: Context): DaemonConfig["disable"] {
  const fields = block(context, node, "disable", ["failures", "after", "probe"]);
  const failures = fields.get("failures")?.value;
  const range = { minimum: 1, maximum: 1_000_000 };
  return {
    failures:
      (failures === undefined ? undefined : readWhole(context, failures, "failures", range)) ??
      DEFAULT_DISABLE.failures,
    afterMs: readDuration(context, fields.get("after")?.value, "after") ?? DEFAULT_DISABLE.afterMs,
    probeMs: readDuration(context, fields.get("probe")?.value, "probe") ?? DEFAULT_DISABLE.probeMs,
  };
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
