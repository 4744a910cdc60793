/** The shell that mounts every provider's emulator, each at its real paths, on one port. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import fastify from "fastify";
import type { FastifyInstance } from "fastify";
import { httpUrl, parseListenAddress } from "../lib/listen-address.ts";
import { concealWith } from "../model/conceal.ts";
import { AppError } from "../model/errors.ts";
import type { KindSpec } from "../model/field.ts";
import type { Emulator, Gate } from "../providers/emulator-contract.ts";
import type { Store } from "../store/contract.ts";
import { answer, failed, notFound } from "./answer.ts";
import type { Mounted, Surroundings } from "./answer.ts";
import { createFaultPlan } from "./faults.ts";
import type { Fault } from "./faults.ts";
import { openJournal } from "./journal.ts";
import { createIds, createRandom } from "./random.ts";
import { createRateLimiter } from "./rate-limit.ts";
import type { RateLimits } from "./rate-limit.ts";
import { openRecords } from "./records.ts";
import { applySeed } from "./seed.ts";
import type { Seed } from "./seed.ts";
import { createCheck } from "./validate.ts";

export interface EmulatorOptions {
  /** `host:port`; port 0 lets the system pick. */
  readonly listen: string;
  readonly emulators: readonly Emulator[];
  readonly kinds: readonly KindSpec[];
  /** Not closed with the emulator. */
  readonly store: Store;
  /** The only credential that is accepted; without it every one that is not empty. */
  readonly token?: string;
  /** Where events, deliveries and sent alerts are kept; without it they are gone with the process. */
  readonly journalFile?: string;
  readonly seed?: Seed;
  readonly faults?: readonly Fault[];
  /** Left out, each provider's documented budget holds. */
  readonly rateLimits?: RateLimits;
  /** Makes ids and chances the same from run to run. */
  readonly randomSeed?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Told of every request that failed on our side. */
  readonly onFailure?: (what: string) => void;
}

export interface RunningEmulator {
  /** Such as `http://127.0.0.1:4010`. */
  readonly url: string;
  close(): Promise<void>;
}

const BODY_LIMIT = 1024 * 1024;

/** Throws AppError `listen-refused`, and `config-invalid` for a seed that does not fit. */
export async function startEmulator(options: EmulatorOptions): Promise<RunningEmulator> {
  const address = parseListenAddress(options.listen);
  if (address === undefined) {
    throw new AppError("listen-refused", `${options.listen} is not host:port`, {
      hint: "write it like 127.0.0.1:4010",
    });
  }
  const now = options.now ?? Date.now;
  const random = createRandom(options.randomSeed);
  const ids = createIds(random);
  const conceal = concealWith(Object.fromEntries(options.kinds.map((kind) => [kind.kind, kind])));
  const check = createCheck(options.kinds, conceal);
  const onFailure = options.onFailure ?? (() => undefined);
  const journal = await openJournal(options.journalFile, onFailure);
  if (options.seed !== undefined) {
    await applySeed(options.seed, { ...options, journal, check, conceal, ids, now });
  }
  const stopping = new AbortController();
  const surroundings: Surroundings = {
    gate: createGate(options.token, now),
    records: openRecords(options.store, ids, now),
    journal,
    check,
    ids,
    faults: createFaultPlan(options.faults ?? [], random),
    stopping: stopping.signal,
    onFailure,
  };
  const server = await mount(options, surroundings, now);
  await listen(server, address, options.listen);
  const bound = server.server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : address.port;
  return {
    url: httpUrl({ host: address.host, port }),
    close: async () => {
      stopping.abort();
      await server.close();
      await journal.settled();
    },
  };
}

async function mount(
  options: EmulatorOptions,
  surroundings: Surroundings,
  now: () => number,
): Promise<FastifyInstance> {
  const mounted = options.emulators.map((emulator): Mounted => {
    const limits = options.rateLimits;
    const budget = limits === "off" ? undefined : (limits?.get(emulator.id) ?? emulator.budget);
    return { emulator, limiter: budget === undefined ? undefined : createRateLimiter(budget, now) };
  });
  const server = fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1000 },
    genReqId: () => surroundings.ids.uuid(),
    frameworkErrors: (error, request, reply) => void failed(mounted, error, request, reply, surroundings),
  });
  // Whatever a client says its body is, and even when it is empty, the text is handed on.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "string" }, (_request, text, done) => done(null, text));
  for (const { emulator, limiter } of mounted) {
    for (const route of emulator.routes) {
      server.route({
        method: route.method,
        url: route.path,
        handler: (request, reply) => answer({ emulator, limiter }, route, request, reply, surroundings),
      });
    }
  }
  server.setNotFoundHandler((request, reply) => notFound(mounted, request, reply, surroundings));
  server.setErrorHandler((error, request, reply) => failed(mounted, error, request, reply, surroundings));
  await server.ready();
  return server;
}

function createGate(token: string | undefined, now: () => number): Gate {
  return {
    accepts: (credential) => credential !== "" && (token === undefined || isSame(credential, token)),
    signingKey: randomBytes(32).toString("hex"),
    now,
  };
}

/** In constant time. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

async function listen(
  server: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
  shown: string,
): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new AppError("listen-refused", `cannot listen on ${shown} (${code})`, {
      hint: code === "EADDRINUSE" ? "another process uses the port; change --listen" : "change --listen",
      cause: error,
    });
  }
}
