/** The daemon's HTTP surface. */
import fastify from "fastify";
import type { FastifyError, FastifyInstance, FastifyRequest } from "fastify";
import { isLoopback, parseListenAddress } from "../lib/listen-address.ts";
import type { ListenAddress } from "../lib/listen-address.ts";
import type { Log } from "../lib/log.ts";
import { sameText } from "../lib/same-text.ts";
import { AppError } from "../model/errors.ts";
import { reveal } from "../model/secret.ts";
import type { Secret } from "../model/secret.ts";
import { AJV_OPTIONS, takeJson } from "./api-body.ts";
import { registerDeliveries } from "./deliveries.ts";
import type { DeliveriesPort } from "./deliveries.ts";
import { errorBody } from "./error-body.ts";
import type { EventsPort } from "./events.ts";
import { proofOf } from "./identity.ts";
import { refuseOtherHosts } from "./hosts.ts";
import type { IngestRoute } from "./ingest.ts";
import { registerIntegrations } from "./integrations.ts";
import type { IntegrationsPort } from "./integrations.ts";
import { registerReceivers } from "./receivers.ts";
import { registerStatus } from "./status.ts";
import type { StatusPort } from "./status.ts";

/** What the server asks of the rest of the daemon. */
export interface ServerPort extends EventsPort, IntegrationsPort, DeliveriesPort, StatusPort {}

export interface ServerOptions {
  /** `host:port`; port 0 lets the system pick. */
  readonly listen: string;
  /** The bearer token of now. */
  readonly token: () => Secret | undefined;
  /** Paths that take events now, besides `/api/events`, which `bellhop emit` uses. */
  readonly eventPaths: () => readonly string[];
  /** Paths that take the platforms' own webhooks now. */
  readonly ingest: () => readonly IngestRoute[];
  readonly port: ServerPort;
  /** What daemon.json says too: knowing it proves to the command line that this is that daemon. */
  readonly key: string;
  readonly log: Log;
}

export interface Server {
  /** Such as `http://127.0.0.1:8420`. */
  readonly url: string;
  close(): Promise<void>;
}

const BODY_LIMIT = 8 * 1024 * 1024;

/** Listening beyond this machine without a token is an AppError. */
export function refuseOpen({ listen: at, token }: { listen: string; token: Secret | undefined }): void {
  if (token !== undefined || isLoopback(parseListen(at).host)) return;
  throw new AppError("listen-refused", `${at} is reachable from outside, and there is no token`, {
    hint: "set daemon.token, or listen on 127.0.0.1",
  });
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const { host, port } = parseListen(options.listen);
  refuseOpen({ listen: options.listen, token: options.token() });
  const server = fastify({ bodyLimit: BODY_LIMIT, forceCloseConnections: true, ajv: AJV_OPTIONS });
  answerErrors(server, options.log);
  server.addHook("onRequest", (request, reply) =>
    refuseOtherHosts(options.token() !== undefined, request, reply),
  );
  refuseWhileStopping(server, options.port);
  registerHealth(server, options);
  await server.register(async (api: FastifyInstance) => {
    api.addHook("onRequest", async (request, reply) => {
      if (!admits(options.token(), bearerOf(request))) {
        await reply
          .code(401)
          .send({ error: { code: "unauthorised", message: "a valid bearer token is needed" } });
      }
    });
    takeJson(api);
    registerIntegrations(api, options.port);
    registerDeliveries(api, options.port);
    registerStatus(api, options.port);
  });
  await server.register(async (scope: FastifyInstance) => {
    registerReceivers(scope, {
      ...options,
      eventPaths: () => ["/api/events", ...options.eventPaths()],
      admits: (token) => admits(options.token(), token),
    });
  });
  await listen(server, host, port, options.listen);
  const address = server.server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  const shown = host.includes(":") ? `[${host}]` : host;
  return { url: `http://${shown}:${bound}`, close: () => server.close() };
}

/** When to come back to a daemon that stops: it is hoped to be another one by then. */
const RETRY_AFTER_SECONDS = 5;

/** What is there may still be looked at; whoever has something to hand over keeps it, and comes again. */
function refuseWhileStopping(server: FastifyInstance, port: ServerPort): void {
  server.addHook("onRequest", async (request, reply) => {
    if (request.method !== "POST" || !port.stopping()) return;
    const message = "the daemon is stopping; send it again";
    await reply
      .header("retry-after", String(RETRY_AFTER_SECONDS))
      .header("connection", "close")
      .code(503)
      .send(errorBody(503, message));
  });
}

/** Every error has the same form; what is our own fault goes to the log, and says nothing to whoever asked. A query may hold a token. */
function answerErrors(server: FastifyInstance, log: Log): void {
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send(errorBody(404, `there is no ${request.method} ${withoutQuery(request)}`)),
  );
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return reply.code(status).send(errorBody(status, error.message));
    log.error({ method: request.method, url: withoutQuery(request), reason: error.message }, "cannot answer");
    return reply.code(status).send(errorBody(status, "this is not your fault; look at the daemon's log"));
  });
}

const withoutQuery = ({ url }: FastifyRequest): string => url.split("?", 1)[0] ?? "";

const LONGEST_NONCE = 128;

function registerHealth(server: FastifyInstance, { port, key }: ServerOptions): void {
  server.get<{ Querystring: { nonce?: string } }>("/healthz", ({ query: { nonce } }) => ({
    status: "ok",
    ...(typeof nonce === "string" && nonce.length <= LONGEST_NONCE ? { proof: proofOf(key, nonce) } : {}),
  }));
  server.get("/readyz", (_request, reply) =>
    port.ready()
      ? { status: "ready" }
      : reply.code(503).send({ status: "not ready", reason: port.trouble() }),
  );
}

async function listen(server: FastifyInstance, host: string, port: number, shown: string): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new AppError("listen-refused", `cannot listen on ${shown} (${code})`, {
      hint:
        code === "EADDRINUSE"
          ? "another process uses the port; change daemon.listen"
          : "change daemon.listen",
      cause: error,
    });
  }
}

function parseListen(listenOn: string): ListenAddress {
  const address = parseListenAddress(listenOn);
  if (address !== undefined) return address;
  throw new AppError("listen-refused", `${listenOn} is not host:port`, {
    hint: "write it like 127.0.0.1:8420",
  });
}

const admits = (token: Secret | undefined, given: string | undefined): boolean =>
  token === undefined || sameText(given ?? "", reveal(token));

const bearerOf = (request: FastifyRequest): string | undefined =>
  /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
