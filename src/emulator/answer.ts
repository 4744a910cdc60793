/** One request: faults, credential, budget, body, the provider's own handler, and the answer. */
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Json } from "../model/value.ts";
import type {
  BudgetState,
  Check,
  EmulatedRequest,
  Emulator,
  EmulatorRoute,
  Gate,
  Ids,
  Journal,
  RecordsPort,
  Reply,
} from "../providers/emulator-contract.ts";
import type { FaultPlan } from "./faults.ts";
import type { RateLimiter } from "./rate-limit.ts";

export interface Mounted {
  readonly emulator: Emulator;
  /** Undefined when nothing is counted. */
  readonly limiter: RateLimiter | undefined;
}

export interface Surroundings {
  readonly gate: Gate;
  readonly records: RecordsPort;
  readonly journal: Journal;
  readonly check: Check;
  readonly ids: Ids;
  readonly faults: FaultPlan;
  /** Ends waiting. */
  readonly stopping: AbortSignal;
  readonly onFailure: (what: string) => void;
}

/** The budget counts for one credential; requests without one share another. */
const ANONYMOUS = "";

export async function answer(
  { emulator, limiter }: Mounted,
  route: EmulatorRoute,
  raw: FastifyRequest,
  reply: FastifyReply,
  surroundings: Surroundings,
): Promise<FastifyReply> {
  const { gate, faults } = surroundings;
  const request = readRequest(raw);
  for (const effect of faults.before(request.method, request.path)) {
    if (effect.type === "latency") await sleep(effect.ms, undefined, { signal: surroundings.stopping });
    if (effect.type === "drop") return drop(raw, reply);
    if (effect.type !== "status") continue;
    const refusal = emulator.refuse(effect.status, `injected fault ${effect.status}`);
    const retryAfter = { "retry-after": String(effect.retryAfterS) };
    return send(raw, reply, refusal, isTemporary(effect.status) ? retryAfter : {});
  }
  const credential = route.open === true ? ANONYMOUS : emulator.authenticate(request, gate);
  if (credential === undefined) {
    return send(raw, reply, emulator.refuse(401, "a valid credential is needed"), {});
  }
  const taken = limiter?.take(credential);
  const headers = budgetHeaders(emulator, taken);
  if (taken?.refused === true) return send(raw, reply, emulator.refuse(429, "rate limit exceeded"), headers);
  const body = route.anyBody === true ? { value: undefined } : readBody(raw.body);
  if (body === undefined) return send(raw, reply, emulator.refuse(400, "the body is not JSON"), headers);
  const result = await route.handle({
    ...surroundings.gate,
    request: { ...request, body: body.value },
    records: surroundings.records,
    journal: surroundings.journal,
    check: surroundings.check,
    ids: surroundings.ids,
  });
  const isChange = request.method !== "GET" && result.status < 300;
  if (isChange && faults.losesAnswer(request.method, request.path)) return drop(raw, reply);
  return send(raw, reply, result, headers);
}

/** A path that nobody serves is answered in the form of the provider whose it would be. */
export function notFound(
  mounted: readonly Mounted[],
  raw: FastifyRequest,
  reply: FastifyReply,
  { gate }: Surroundings,
): FastifyReply {
  const request = readRequest(raw);
  const emulator = ownerOf(mounted, request.path);
  if (emulator === undefined) {
    const providers = mounted.map((entry) => entry.emulator.id).join(", ");
    return send(raw, reply, { status: 404, body: { error: `no path of ${providers}` } }, {});
  }
  const known = emulator.authenticate(request, gate) !== undefined;
  return send(
    raw,
    reply,
    known ? emulator.refuse(404, "no such route") : emulator.refuse(401, "unauthorized"),
    {},
  );
}

/** What fastify itself refuses (a body that is too large), and our own failures. */
export function failed(
  mounted: readonly Mounted[],
  error: unknown,
  raw: FastifyRequest,
  reply: FastifyReply,
  { onFailure, stopping }: Surroundings,
): FastifyReply {
  if (stopping.aborted) return drop(raw, reply);
  const given = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  const status = given >= 400 && given < 600 ? given : 500;
  const message = error instanceof Error ? error.message : String(error);
  if (status >= 500) onFailure(`${raw.method} ${pathOf(raw)}: ${message}`);
  const shown = status >= 500 ? "internal error" : message;
  const emulator = ownerOf(mounted, pathOf(raw));
  return send(raw, reply, emulator?.refuse(status, shown) ?? { status, body: { error: shown } }, {});
}

function ownerOf(mounted: readonly Mounted[], path: string): Emulator | undefined {
  const candidates = mounted.flatMap(({ emulator }) =>
    emulator.prefixes
      .filter((prefix) => path === prefix || path.startsWith(`${prefix}/`))
      .map((prefix) => ({ emulator, length: prefix.length })),
  );
  return candidates.toSorted((a, b) => b.length - a.length)[0]?.emulator;
}

function budgetHeaders(
  emulator: Emulator,
  taken: { readonly state: BudgetState; readonly refused: boolean } | undefined,
): Readonly<Record<string, string>> {
  return taken === undefined ? {} : emulator.budgetHeaders(taken.state, taken.refused);
}

const isTemporary = (status: number): boolean => status === 429 || status === 503;

const pathOf = (raw: FastifyRequest): string => raw.url.split("?")[0] ?? raw.url;

function readRequest(raw: FastifyRequest): EmulatedRequest {
  const headers = Object.fromEntries(
    Object.entries(raw.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
  const params: unknown = raw.params;
  const entries = typeof params === "object" && params !== null ? Object.entries(params) : [];
  return {
    method: raw.method,
    path: pathOf(raw),
    params: Object.fromEntries(entries.map(([name, value]) => [name, String(value)])),
    query: new URLSearchParams(raw.url.split("?").slice(1).join("?")),
    headers,
    body: undefined,
    origin: `http://${raw.host}`,
  };
}

/** Undefined when there is text and it is no JSON. */
function readBody(body: unknown): { readonly value: Json | undefined } | undefined {
  const text = typeof body === "string" ? body.trim() : "";
  if (text === "") return { value: undefined };
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON.parse gives is JSON
    return { value: JSON.parse(text) as Json };
  } catch {
    return undefined;
  }
}

function send(
  raw: FastifyRequest,
  reply: FastifyReply,
  result: Reply,
  headers: Readonly<Record<string, string>>,
): FastifyReply {
  reply.code(result.status).headers({ "x-request-id": raw.id, ...headers, ...result.headers });
  if (result.body === undefined) return reply.send();
  if (typeof result.body === "string") return reply.type("text/plain; charset=utf-8").send(result.body);
  return reply.type("application/json; charset=utf-8").send(JSON.stringify(result.body));
}

/** Ends the connection without an answer. */
function drop(raw: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  raw.raw.socket.destroy();
  return reply;
}
