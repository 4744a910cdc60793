/**
 * The paths that take events. They come and go with the configuration while the server listens, so one route stands for all, and
 * a path is compared as it is: no character in it means anything.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Log } from "../lib/log.ts";
import { AppError } from "../model/errors.ts";
import { isReadable, MEDIA_TYPES } from "./body.ts";
import type { Headers } from "./body.ts";
import { errorBody } from "./error-body.ts";
import { answerEvents } from "./events.ts";
import type { EventsPort } from "./events.ts";
import { answerWebhook } from "./ingest.ts";
import type { IngestRoute } from "./ingest.ts";

export interface ReceiversOptions {
  readonly eventPaths: () => readonly string[];
  readonly ingest: () => readonly IngestRoute[];
  /** Whether a bearer token, or the lack of one, lets in. */
  readonly admits: (token: string | undefined) => boolean;
  readonly port: EventsPort;
  readonly log: Log;
}

type Receiver = { readonly type: "events" } | { readonly type: "ingest"; readonly route: IngestRoute };

/** When to come back after a failure to write. */
const RETRY_AFTER_SECONDS = 5;
/** Least time between two lines of the log about webhooks that one path refused. */
const REFUSED_MS = 60_000;

/** Takes a scope of its own: it changes how bodies are parsed and errors are answered. */
export function registerReceivers(scope: FastifyInstance, options: ReceiversOptions): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  answerProblems(scope, options.log);
  const onRefused = tellSometimes(options.log);
  const receiverOf = (request: FastifyRequest): Receiver | undefined => findReceiver(options, request);
  scope.addHook("onRequest", async (request, reply) => {
    const receiver = receiverOf(request);
    if (receiver === undefined) return reply.callNotFound();
    return request.method === "POST" ? refuseEarly(receiver, request, reply, options) : undefined;
  });
  scope.post<{ Body: Buffer | undefined }>("*", async (request, reply) => {
    const receiver = receiverOf(request);
    const headers = headersOf(request);
    const body = request.body ?? Buffer.alloc(0);
    if (receiver === undefined) return reply.callNotFound();
    if (receiver.type === "events") {
      return answerEvents({ path: pathOf(request), headers, body }, reply, options.port);
    }
    const webhook = { headers, query: queryOf(request), body };
    return answerWebhook(receiver.route, webhook, reply, { port: options.port, now: Date.now, onRefused });
  });
  scope.options("*", (request, reply) => shakeHands(request, reply));
}

function findReceiver(
  { eventPaths, ingest }: ReceiversOptions,
  request: FastifyRequest,
): Receiver | undefined {
  const path = pathOf(request);
  if (eventPaths().includes(path)) return { type: "events" };
  const route = ingest().find((one) => one.path === path);
  return route === undefined ? undefined : { type: "ingest", route };
}

/** What can be said before the body is read. */
function refuseEarly(
  receiver: Receiver,
  request: FastifyRequest,
  reply: FastifyReply,
  { admits }: ReceiversOptions,
): FastifyReply | undefined {
  const headers = headersOf(request);
  if (receiver.type === "events") {
    const inUrl = queryOf(request).get("access_token");
    if (!admits(/^Bearer (.+)$/i.exec(headers["authorization"] ?? "")?.[1] ?? inUrl ?? undefined)) {
      return reply.code(401).send(UNAUTHORISED);
    }
    if (inUrl !== null) reply.header("cache-control", "private");
    if (!isReadable(headers)) {
      const known = MEDIA_TYPES.join(", ");
      const message = `the content type must be one of ${known}; with CloudEvents headers it may be any`;
      return reply.code(415).send(errorBody(415, message));
    }
  }
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding === "identity") return undefined;
  return reply
    .code(415)
    .send(errorBody(415, `the content encoding ${encoding} is not understood; send it plain`));
}

const UNAUTHORISED = { error: { code: "unauthorised", message: "a valid bearer token is needed" } };

/**
 * The handshake of CloudEvents webhooks, by which a sender asks whether it may send here. It needs no token, as it gives no
 * access: the deliveries do.
 */
function shakeHands(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header("allow", "POST, OPTIONS");
  const origin = request.headers["webhook-request-origin"];
  if (typeof origin === "string" && origin !== "") {
    reply.header("webhook-allowed-origin", origin).header("webhook-allowed-rate", "*");
  }
  return reply.code(200).send();
}

/** What is ours to repair is a 503 that says when to come back: the sender still has what it sent. */
function answerProblems(scope: FastifyInstance, log: Log): void {
  scope.setErrorHandler((error, _request, reply) => {
    if (error instanceof AppError && error.code.startsWith("outbox-")) {
      // Whoever looks after the outbox says so once; this is one of many requests.
      log.debug({ reason: error.message }, "cannot keep events");
      reply.header("retry-after", String(RETRY_AFTER_SECONDS));
      return reply
        .code(503)
        .send(errorBody(503, "events cannot be kept now; nothing was lost, send them again"));
    }
    if (error instanceof Error && "code" in error && error.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
      const mebibytes = (scope.initialConfig.bodyLimit ?? 0) / 1024 / 1024;
      return reply
        .code(413)
        .send(errorBody(413, `the body is larger than ${mebibytes} MiB; send it in parts`));
    }
    throw error;
  });
}

function tellSometimes(log: Log): (route: IngestRoute) => void {
  const told = new Map<string, number>();
  return ({ path, provider }) => {
    if (Date.now() - (told.get(path) ?? Number.NEGATIVE_INFINITY) < REFUSED_MS) return;
    told.set(path, Date.now());
    log.warn({ path, provider }, "refused a webhook without the secret");
  };
}

/** Without the query, decoded where that can be. */
function pathOf({ url }: FastifyRequest): string {
  const path = url.split("?", 1)[0] ?? "";
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const queryOf = ({ url }: FastifyRequest): URLSearchParams =>
  new URLSearchParams(url.includes("?") ? url.slice(url.indexOf("?") + 1) : "");

const headersOf = (request: FastifyRequest): Headers =>
  Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : value,
    ]),
  );
