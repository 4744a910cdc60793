/** The demo's receiver: a real HTTP server that answers as each destination does, and checks what it is given. */
import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server } from "node:http";
import { Webhook } from "standardwebhooks";

export interface Received {
  readonly path: string;
  /** What the notification is about, read from the body. */
  readonly title: string;
  /** How the receiver knows that it is genuine. */
  readonly checked: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  close(): Promise<void>;
}

export interface ReceiverSecrets {
  readonly audit: string;
  readonly northflank: string;
  readonly qovery: string;
  readonly cloudflare: string;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

export async function startReceiver(secrets: ReceiverSecrets): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = new URL(request.url ?? "/", "http://receiver").pathname;
      const body = Buffer.concat(chunks).toString("utf8");
      const checked = check(path, request.headers, body, secrets);
      if (checked === undefined) {
        response.writeHead(401).end("who are you?");
        return;
      }
      received.push({ path, title: titleOf(body), checked });
      const answer = answerOf(path);
      response.writeHead(answer.status).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${portOf(server)}`, received, close: () => close(server) };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** In words how the request proved itself; undefined when it failed to. */
function check(
  path: string,
  headers: IncomingHttpHeaders,
  body: string,
  secrets: ReceiverSecrets,
): string | undefined {
  const equals = (header: string, secret: string): string | undefined =>
    headers[header] === secret ? "its secret" : undefined;
  switch (path) {
    case "/audit":
      return signed(headers, body, secrets.audit) ? "its signature" : undefined;
    case "/northflank":
      return equals("x-northflank-notification-integration-token", secrets.northflank);
    case "/qovery":
      return equals("qovery-secret", secrets.qovery);
    case "/cloudflare":
      return equals("cf-webhook-auth", secrets.cloudflare);
    default:
      return "its URL";
  }
}

function signed(headers: IncomingHttpHeaders, body: string, secret: string): boolean {
  const flat = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
  try {
    new Webhook(secret).verify(body, flat);
    return true;
  } catch {
    return false;
  }
}

/** Slack says `ok`, a Teams workflow only accepts, Discord and the rest answer with an empty success. */
function answerOf(path: string): Answer {
  if (path.startsWith("/services/")) return { status: 200, body: "ok" };
  if (path.startsWith("/workflows/")) return { status: 202, body: "" };
  return path.startsWith("/api/webhooks/") ? { status: 200, body: "{}" } : { status: 204, body: "" };
}

/** The first thing in the body that names the event, whatever the destination's form. */
function titleOf(body: string): string {
  const found = /"(?:event_type|event|alert_type|type)":"([a-zA-Z0-9_.:-]+)"/.exec(body)?.[1];
  const title = /"(?:title|text)":"((?:[^"\\]|\\.)*)"/.exec(body)?.[1];
  const known = found !== undefined && !["message", "header", "AdaptiveCard", "section"].includes(found);
  return known ? found : (title ?? "").slice(0, 60);
}
