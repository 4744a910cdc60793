/** `daemon.sources`: where events come from. */
import { dirname } from "node:path";
import { kindSpecs, providerSpecs } from "../generated/kinds.ts";
import type { SourceConfig } from "../model/config.ts";
import type { ProviderId } from "../model/field.ts";
import { Secret } from "../model/secret.ts";
import { readNats } from "./nats-source.ts";
import { checkKeys, missing, readKnownText, readText, wrongType } from "./shape.ts";
import type { Context } from "./shape.ts";
import { quote, suggest } from "./suggest.ts";
import type { Entry, MapNode, Node } from "./tree.ts";

const TYPES = ["file", "http", "ingest", "stdin", "nats"];
/** What may stand beside `ingest`. */
const BESIDE_INGEST = ["secret", "path"];

/** What is wrong has been reported, and is left out. */
export function readSources(node: Node | undefined, context: Context): readonly SourceConfig[] {
  if (node === undefined || (node.type === "scalar" && node.value === null)) return [];
  if (node.type !== "list") {
    wrongType(context, node, "sources", "a list");
    return [];
  }
  const sources = new Map<string, SourceConfig>();
  for (const item of node.items) {
    const source = readSource(item, context);
    if (source === undefined) continue;
    const identity = identityOf(source);
    if (sources.has(identity)) reportTwice(item, context);
    else sources.set(identity, source);
  }
  return [...sources.values()];
}

/** What no two sources may share: what they read, or the path they listen on. */
function identityOf(source: SourceConfig): string {
  switch (source.type) {
    case "file":
      return `file ${source.base} ${source.pattern}`;
    case "http":
    case "ingest":
      return `path ${source.path.replace(/\/$/, "")}`;
    case "nats":
      return `nats ${source.servers.toSorted().join(" ")} ${source.stream} ${source.consumer}`;
    case "stdin":
      return "stdin";
  }
}

function reportTwice(item: Node, context: Context): void {
  const message = "another source reads the same already, or has the same path";
  context.report.error({
    code: "duplicate-name",
    message,
    hint: "remove one of the two, or give it another path",
    at: item,
  });
}

/** `{ file: PATTERN }`, `{ http: PATH }`, `{ ingest: PROVIDER, … }`, `{ stdin: true }`, `{ nats: {…} }`, or the bare word `stdin`. */
function readSource(node: Node, context: Context): SourceConfig | undefined {
  if (node.type === "scalar" && node.value === "stdin") return { type: "stdin" };
  if (node.type !== "map")
    return wrongType(context, node, "a source", "a map such as { file: events/*.ndjson }");
  const known = [...node.entries].filter(([name]) => TYPES.includes(name));
  const [first, second] = known;
  checkKeys(context, node.entries, [...TYPES, ...(first?.[0] === "ingest" ? BESIDE_INGEST : [])], "a source");
  if (first === undefined) {
    if (node.entries.size > 0) return undefined;
    const message = "a source says which it is";
    context.report.error({ code: "missing-field", message, hint: suggest("", TYPES), at: node });
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
  return readSourceOf(first[0], first[1], node, context);
}

function readSourceOf(
  type: string,
  { key, value: node }: Entry,
  source: MapNode,
  context: Context,
): SourceConfig | undefined {
  if (type === "nats") return readNats(node, key, context);
  if (type === "stdin") return readStdin(node, context);
  if (type === "ingest") return readIngest(node, source, context);
  const text = readKnownText(context, node, type);
  if (text === undefined) return undefined;
  if (type === "file") return { type, pattern: text, base: dirname(node.file.path) };
  return checkPath(text, node, "http", context) ? { type: "http", path: text } : undefined;
}

function readStdin(node: Node, context: Context): SourceConfig | undefined {
  if (node.type === "scalar" && node.value === true) return { type: "stdin" };
  return wrongType(context, node, "stdin", "true");
}

function readIngest(node: Node, source: MapNode, context: Context): SourceConfig | undefined {
  const provider = readKnownText(context, node, "ingest");
  if (provider === undefined) return undefined;
  const ids = providerSpecs.map(({ id }) => id);
  if (!ids.includes(provider)) {
    const message = `${quote(provider)} is no provider`;
    context.report.error({ code: "unknown-provider", message, hint: suggest(provider, ids), at: node });
    return undefined;
  }
  const secrets = readSecrets(source, provider, node, context);
  const path = readPath(source, provider, context);
  if (secrets?.length === 0 && !source.entries.has("path")) {
    const hint = `give a secret that stands in the URL, or a path that nobody can guess, such as /ingest/${provider}/\${env:INGEST_PATH}`;
    return missing(context, node, `the webhooks of ${provider} carry no secret: secret or path`, hint);
  }
  return secrets === undefined || path === undefined
    ? undefined
    : { type: "ingest", provider, path, secrets };
}

/** Whether a provider's own webhooks carry a secret, which the fields of its kinds say. */
const sendsSecret = (provider: ProviderId): boolean =>
  kindSpecs.some(
    (kind) => kind.provider === provider && Object.values(kind.fields).some((field) => field.secret === true),
  );

function readSecrets(
  source: MapNode,
  provider: ProviderId,
  at: Node,
  context: Context,
): readonly Secret[] | undefined {
  const entry = source.entries.get("secret");
  if (entry === undefined) {
    if (!sendsSecret(provider)) return [];
    const hint = `give what the webhooks of ${provider} carry, such as \${env:INGEST_SECRET}`;
    return missing(context, at, "secret", hint);
  }
  const node = entry.value;
  if (node.type === "map") return wrongType(context, node, "secret", "text or a list of texts");
  const items = node.type === "list" ? node.items : [node];
  if (items.length === 0) {
    const message = "secret is an empty list";
    context.report.error({ code: "too-few", message, hint: "give at least one", at: node });
    return undefined;
  }
  const secrets = items.flatMap((item) => {
    const text = readText(context, item, "secret", { secret: true });
    return typeof text === "string" ? [new Secret(text)] : [];
  });
  return secrets.length === items.length ? secrets : undefined;
}

function readPath(source: MapNode, provider: ProviderId, context: Context): string | undefined {
  const node = source.entries.get("path")?.value;
  if (node === undefined) return `/ingest/${provider}`;
  const text = readKnownText(context, node, "path");
  return text !== undefined && checkPath(text, node, "path", context) ? text : undefined;
}

/** Paths that the daemon answers itself. */
const RESERVED = /^\/(?:(?:api|assets)(?:\/|$)|(?:healthz|readyz|metrics)\/?$|$)/;

function checkPath(path: string, at: Node, what: string, context: Context): boolean {
  const wellFormed = /^(?:\/[\w.~-]+)+\/?$/.test(path) || path === "/";
  if (wellFormed && !RESERVED.test(path)) return true;
  const message = wellFormed
    ? `the daemon answers ${path} itself`
    : `${what} takes the path that events are posted to`;
  const hint = wellFormed
    ? "take another, such as /events"
    : "start it with a slash, such as /events; letters, digits, and _ . ~ - in between";
  context.report.error({ code: "bad-format", message, hint, at });
  return false;
}
