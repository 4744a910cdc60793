/** `{ nats: {…} }` in `daemon.sources`. */
import type { SourceConfig } from "../model/config.ts";
import { Secret } from "../model/secret.ts";
import { checkKeys, missing, readKnownText, readText, readTexts, wrongType } from "./shape.ts";
import type { Context } from "./shape.ts";
import type { Entry, MapNode, Node, Span } from "./tree.ts";

const KEYS = ["servers", "stream", "consumer", "subjects", "token", "user", "password", "credentials"];

/** Undefined when something is wrong, which has been reported. `key` is where what is missing is marked. */
export function readNats(node: Node, key: Span, context: Context): SourceConfig | undefined {
  if (node.type !== "map")
    return wrongType(
      context,
      node,
      "nats",
      "a map such as { servers: [127.0.0.1:4222], stream: EVENTS, consumer: bellhop }",
    );
  checkKeys(context, node.entries, KEYS, "nats");
  const servers = readServers(node.entries.get("servers"), key, context);
  const stream = readName("stream", node, key, context);
  const consumer = readName("consumer", node, key, context);
  const subjects = readSubjects(node.entries.get("subjects")?.value, context);
  const login = readLogin(node, context);
  if (servers === undefined || stream === undefined || consumer === undefined) return undefined;
  return {
    type: "nats",
    servers,
    stream,
    consumer,
    ...(subjects === undefined ? {} : { subjects }),
    ...login,
  };
}

function readServers(entry: Entry | undefined, key: Span, context: Context): readonly string[] | undefined {
  if (entry === undefined) return missing(context, key, "servers", "write servers: [127.0.0.1:4222]");
  const servers = readTexts(context, entry.value, "servers").filter(({ text, at }) =>
    checkServer(text, at, context),
  );
  if (servers.length > 0) return servers.map(({ text }) => text);
  if (entry.value.type === "list" && entry.value.items.length === 0) {
    const message = "servers is an empty list";
    context.report.error({ code: "too-few", message, hint: "give at least one", at: entry.value });
  }
  return undefined;
}

const SERVER = /^(?:(?:nats|tls):\/\/)?(?:\[[0-9a-fA-F:.]+\]|[^\s:[\]/@]+)(?::(\d{1,5}))?\/?$/;

function checkServer(text: string, at: Node, context: Context): boolean {
  const match = SERVER.exec(text);
  if (match !== null && Number(match[1] ?? 0) <= 65_535) return true;
  // A password may stand in it.
  context.report.hide(at);
  const withUser = text.includes("@");
  const message = withUser ? "a server's address holds no user" : "servers takes addresses of NATS servers";
  const hint = withUser
    ? "write user and password, or token, beside servers"
    : "write nats://127.0.0.1:4222, tls://nats.example.com, or a host and a port";
  context.report.error({ code: "bad-format", message, hint, at });
  return false;
}

/** A stream's or a consumer's name: NATS takes no dots, wildcards, slashes or blanks in it. */
function readName(
  name: "stream" | "consumer",
  node: MapNode,
  key: Span,
  context: Context,
): string | undefined {
  const entry = node.entries.get(name);
  if (entry === undefined)
    return missing(context, key, name, `write ${name}: ${name === "stream" ? "EVENTS" : "bellhop"}`);
  const text = readKnownText(context, entry.value, name);
  if (text === undefined || /^[^\s.*>/\\]+$/.test(text)) return text;
  const message = `${name} is a name without dots, wildcards, slashes and blanks`;
  context.report.error({ code: "bad-format", message, hint: "write it as NATS lists it", at: entry.value });
  return undefined;
}

function readSubjects(node: Node | undefined, context: Context): readonly string[] | undefined {
  if (node === undefined) return undefined;
  const subjects = readTexts(context, node, "subjects").filter(({ text, at }) => {
    if (/^(?:(?:[^\s.*>]+|\*)\.)*(?:[^\s.*>]+|\*|>)$/.test(text)) return true;
    const message =
      "a subject is words with dots in between; * stands for one word, a last > for all that follow";
    context.report.error({ code: "bad-format", message, hint: "write it like events.>", at });
    return false;
  });
  return subjects.length === 0 ? undefined : subjects.map(({ text }) => text);
}

interface Login {
  readonly token?: Secret;
  readonly user?: string;
  readonly password?: Secret;
  readonly credentials?: Secret;
}

/** One way to log in, or none. */
function readLogin(node: MapNode, context: Context): Login {
  const given = ["token", "user", "credentials"].flatMap((name) => {
    const entry = node.entries.get(name);
    return entry === undefined ? [] : [{ name, entry }];
  });
  const [first, second] = given;
  if (first !== undefined && second !== undefined) {
    const message = `there is one way to log in, and this one is by ${first.name} already`;
    context.report.error({ code: "too-many", message, hint: "remove one of the two", at: second.entry.key });
  }
  checkPair(node, context);
  const user = node.entries.get("user")?.value;
  const name = user === undefined ? undefined : readKnownText(context, user, "user");
  const token = readSecret("token", node, context);
  const password = readSecret("password", node, context);
  const credentials = readCredentials(node, context);
  return {
    ...(token === undefined ? {} : { token }),
    ...(name === undefined ? {} : { user: name }),
    ...(password === undefined ? {} : { password }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

function checkPair(node: MapNode, context: Context): void {
  const user = node.entries.get("user");
  const password = node.entries.get("password");
  if (user !== undefined && password === undefined)
    missing(context, user.key, "password", "give both user and password");
  if (password !== undefined && user === undefined)
    missing(context, password.key, "user", "give both user and password");
}

function readSecret(name: string, node: MapNode, context: Context): Secret | undefined {
  const entry = node.entries.get(name);
  if (entry === undefined) return undefined;
  const text = readText(context, entry.value, name, { secret: true });
  return typeof text === "string" ? new Secret(text) : undefined;
}

/** The text itself, so that it comes from wherever a secret may: a path is most likely meant as `${file:…}`. */
function readCredentials(node: MapNode, context: Context): Secret | undefined {
  const entry = node.entries.get("credentials");
  if (entry === undefined) return undefined;
  const text = readText(context, entry.value, "credentials", { secret: true });
  if (typeof text !== "string") return undefined;
  if (text.includes("-----BEGIN NATS USER JWT-----")) return new Secret(text);
  const message = "credentials takes the text of a .creds file";
  context.report.error({ code: "bad-format", message, hint: "write ${file:nats.creds}", at: entry.value });
  return undefined;
}
