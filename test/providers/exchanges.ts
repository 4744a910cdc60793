/** A real HTTP server that answers as it was told to, and what every adapter is connected with in its tests. */
import { createServer } from "node:http";
import { createHttpClient } from "../../src/lib/http.ts";
import { createRateBudgets } from "../../src/lib/rate-budget.ts";
import type { ApiConfig } from "../../src/model/config.ts";
import { AppError } from "../../src/model/errors.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Json } from "../../src/model/value.ts";
import type { Connect, ConnectOptions, Notice } from "../../src/providers/adapter-contract.ts";

export interface Recorded {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Json | undefined;
}

export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Closes the connection without an answer. */
  readonly drop?: boolean;
}

type Reply = Answer | ((request: Recorded) => Answer);
/** By `METHOD path`, the query left out; of several answers each is given once, the last from then on. */
export type Routes = Readonly<Record<string, Reply | readonly Reply[]>>;

export interface Exchanges {
  readonly url: string;
  readonly requests: Recorded[];
  /** `METHOD path` of every request, in order. */
  readonly log: () => readonly string[];
  readonly close: () => Promise<void>;
}

async function serveExchanges(routes: Routes): Promise<Exchanges> {
  const requests: Recorded[] = [];
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const { method = "", url = "", headers } = request;
      const recorded: Recorded = {
        method,
        path: url,
        headers,
        body: text === "" ? undefined : JSON.parse(text),
      };
      requests.push(recorded);
      const route = `${method} ${url.replace(/\?.*$/, "")}`;
      const replies = [
        routes[route] ?? { status: 599, text: `nothing is scripted for ${route}` },
      ].flat() as Reply[];
      const count = counts.get(route) ?? 0;
      counts.set(route, count + 1);
      const reply = replies[Math.min(count, replies.length - 1)] ?? {};
      const answer = typeof reply === "function" ? reply(recorded) : reply;
      if (answer.drop === true) return void response.socket?.destroy();
      response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
      response.end(answer.text ?? (answer.json === undefined ? "" : JSON.stringify(answer.json)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    log: () => requests.map(({ method, path }) => `${method} ${path}`),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface FakeClock {
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** Runs in the next turn; takes no time, and moves the clock. */
  after: (ms: number, run: () => void) => () => void;
  /** Every sleep, in milliseconds. */
  readonly slept: number[];
  readonly advance: (ms: number) => void;
}

/** Sleeping takes no time, and moves the clock. */
export function fakeClock(start = Date.parse("2026-11-20T12:00:00Z")): FakeClock {
  let time = start;
  const slept: number[] = [];
  return {
    now: () => time,
    sleep: (ms) => {
      slept.push(ms);
      time += ms;
      return Promise.resolve();
    },
    after: (ms, run) => {
      const soon = setImmediate(() => {
        time += ms;
        run();
      });
      return () => clearImmediate(soon);
    },
    slept,
    advance: (ms) => void (time += ms),
  };
}

export interface Bench extends Exchanges {
  readonly clock: FakeClock;
  readonly notices: Notice[];
  readonly target: ReturnType<Connect>;
}

export type BenchOptions = Partial<Omit<ConnectOptions, "api" | "clock">> & {
  readonly credentials?: ApiConfig["credentials"];
  readonly region?: string;
};

export const TOKEN = "tk-us-0123456789abcdef";

/** The adapter over a server that answers so. */
export async function bench(connect: Connect, routes: Routes, options: BenchOptions = {}): Promise<Bench> {
  const exchanges = await serveExchanges(routes);
  const clock = fakeClock();
  const notices: Notice[] = [];
  const http = createHttpClient({ maxBodyBytes: 8 * 1024 * 1024, userAgent: "bellhop-test" });
  const { credentials = { token: new Secret(TOKEN) }, region, ...rest } = options;
  const target = connect({
    target: "live",
    api: {
      url: exchanges.url,
      authUrl: exchanges.url,
      credentials,
      ...(region === undefined ? {} : { region }),
    },
    http,
    clock,
    budgets: createRateBudgets(clock),
    random: () => 0,
    onNotice: (notice) => notices.push(notice),
    ...rest,
  });
  const close = async (): Promise<void> => {
    await http.close();
    await exchanges.close();
  };
  return { ...exchanges, clock, notices, target, close };
}

/** What an AppError says, as data. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<{ code: string; message: string; hint?: string }> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw new Error(`not an AppError: ${String(error)}`);
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
}
