/**
 * Requests to a provider's API: authorised, within the account's rate budget, under a deadline, repeated where that is
 * harmless. What differs between providers is a Dialect.
 */
import type { Clock } from "../lib/clock.ts";
import type { HttpRequest, PostResult } from "../lib/http.ts";
import type { RateBudget, RateLimit } from "../lib/rate-budget.ts";
import { readRateHeaders } from "../lib/rate-headers.ts";
import type { Fields, Json } from "../model/value.ts";
import type { ConnectOptions } from "./adapter-contract.ts";
import type { ApiFailure, Asked, Complaint } from "./api-failure.ts";
import { cleanMessage, networkFailure, statusFailure, strangeAnswer, toAppError } from "./api-failure.ts";
import { createOnce } from "./create-once.ts";
import type { Outcome } from "./create-once.ts";
import { revealOutgoing } from "./outgoing.ts";
import { parseJson } from "./read-json.ts";

export type Header = readonly [string, string];
export type Method = HttpRequest["method"];

/** How one provider's API speaks. */
export interface Dialect {
  readonly title: string;
  /** Origin and prefix of every path. */
  readonly base: string;
  /** Names the account whose budget is spent. */
  readonly account: string;
  readonly limit: RateLimit;
  /** The headers that say who asks. */
  readonly authorise: () => Promise<readonly Header[]>;
  /** Makes the next `authorise` start afresh; the request is repeated once after a 401. */
  readonly renew?: () => void;
  /** What an error body says. `body` is undefined where it is no JSON; `text` is as it came. */
  readonly explain: (status: number, body: Json | undefined, text: string) => Complaint | undefined;
  /** The status that an answer really has, where the body says otherwise. */
  readonly statusOf?: (status: number, body: Json | undefined) => number;
  /** Credentials in clear: never to be shown, wherever they turn up. */
  readonly secrets: readonly string[];
}

export interface Api {
  /** GET. */
  read(path: string): Promise<Json>;
  /** GET of what may be gone: undefined for a 404. */
  find(path: string): Promise<Json | undefined>;
  /** A mutation that is the same however often it is made. Undefined where the answer has no body. */
  write(method: "POST" | "PUT" | "PATCH", path: string, body: Fields): Promise<Json | undefined>;
  /** What is gone already counts as removed. */
  remove(path: string): Promise<void>;
  /**
   * A POST that makes something. Where it may have been carried out without an answer, `landed` looks; only when it finds
   * nothing is the request made again. One that may still be under way is looked for some times, and not made again.
   */
  create(path: string, body: Fields, landed: () => Promise<Json | undefined>): Promise<Json>;
}

/** Of one request, DNS to the last byte. */
const REQUEST_DEADLINE_MS = 30_000;
/** Of one operation with all its attempts: longer than the longest window of a documented limit. */
const OPERATION_DEADLINE_MS = 70 * 60_000;
const ATTEMPTS = 4;
const FIRST_BACKOFF_MS = 500;
const LONGEST_UNSTATED_PAUSE_MS = 60_000;
const LOOKED_FOR = "whether it made what it was asked for is looked up then";
/** Waits beyond this are told. */
const TOLD_WAIT_MS = 1000;

interface Request {
  readonly method: Method;
  readonly path: string;
  readonly body?: Fields;
}

interface Session {
  readonly dialect: Dialect;
  readonly options: ConnectOptions;
  readonly clock: Clock;
  readonly budget: RateBudget;
}

export function openApi(dialect: Dialect, options: ConnectOptions): Api {
  const budget = options.budgets.of(dialect.account, dialect.limit);
  const session: Session = { dialect, options, clock: options.clock, budget };
  return {
    read: async (path) => expectBody(session, path, await perform(session, { method: "GET", path })),
    find: async (path) => {
      const outcome = await attempt(session, { method: "GET", path });
      if (!outcome.ok && outcome.failure.kind === "not-found") return undefined;
      return expectBody(session, path, succeed(outcome));
    },
    write: (method, path, body) => perform(session, { method, path, body }),
    remove: async (path) => {
      const outcome = await attempt(session, { method: "DELETE", path });
      if (!outcome.ok && outcome.failure.kind !== "not-found") throw toAppError(outcome.failure);
    },
    create: (path, body, landed) => {
      const started = session.clock.now();
      return createOnce({
        send: () => exchange(session, { method: "POST", path, body }),
        pause: (failure, count) =>
          pause(session, failure, count, started, failure.mayHaveLanded ? LOOKED_FOR : undefined),
        landed,
      });
    },
  };
}

const perform = async (session: Session, request: Request): Promise<Json | undefined> =>
  succeed(await attempt(session, request));

function succeed(outcome: Outcome): Json | undefined {
  if (!outcome.ok) throw toAppError(outcome.failure);
  return outcome.body;
}

function expectBody({ dialect }: Session, path: string, body: Json | undefined): Json {
  if (body !== undefined) return body;
  throw toAppError(
    strangeAnswer({ title: dialect.title, method: "GET", path }, 200, "the answer is empty", false),
  );
}

/** Repeats a request that does no harm when it is carried out twice. */
async function attempt(session: Session, request: Request): Promise<Outcome> {
  const started = session.clock.now();
  for (let count = 1; ; count += 1) {
    const outcome = await exchange(session, request);
    if (outcome.ok) return outcome;
    const { failure } = outcome;
    const repeatable = failure.transient || (request.method === "GET" && failure.status === 500);
    if (!repeatable || !(await pause(session, failure, count, started))) return outcome;
  }
}

/** Waits before the next attempt; false where there is none. */
async function pause(
  session: Session,
  failure: ApiFailure,
  count: number,
  started: number,
  next = "it failed and is tried again",
): Promise<boolean> {
  const { clock, options } = session;
  if (count >= ATTEMPTS || options.signal?.aborted === true) return false;
  if (!failure.transient && !failure.mayHaveLanded) return false;
  const backoff = FIRST_BACKOFF_MS * 2 ** (count - 1) * (0.5 + options.random() / 2);
  const ms = Math.ceil(Math.max(backoff, failure.retryAfterMs ?? 0));
  if (clock.now() + ms - started > OPERATION_DEADLINE_MS) return false;
  tell(session, ms, failure.kind === "limited" ? "it asked for a pause" : next);
  return completes(clock.sleep(ms, options.signal));
}

/** Waiting rejects only when it is interrupted. */
const completes = (wait: Promise<void>): Promise<boolean> =>
  wait.then(
    () => true,
    () => false,
  );

function tell({ dialect, options }: Session, ms: number, why: string): void {
  if (ms <= TOLD_WAIT_MS) return;
  const message = `${options.target}: waiting ${Math.ceil(ms / 1000)} s for ${dialect.title}: ${why}`;
  options.onNotice?.({ level: "progress", message });
}

/** One request; a second one with fresh credentials where the first was not authorised. */
async function exchange(session: Session, request: Request): Promise<Outcome> {
  const outcome = await exchangeOnce(session, request);
  const { renew } = session.dialect;
  if (outcome.ok || outcome.failure.status !== 401 || renew === undefined) return outcome;
  renew();
  return exchangeOnce(session, request);
}

async function exchangeOnce(session: Session, request: Request): Promise<Outcome> {
  const { dialect, options, budget, clock } = session;
  const { method, path } = request;
  const outgoing = request.body === undefined ? undefined : revealOutgoing(request.body);
  const authorisation = await dialect.authorise();
  const asked: Asked = { title: dialect.title, method, path };
  if (
    !(await completes(budget.spend((ms) => tell(session, ms, "the rate budget is used up"), options.signal)))
  ) {
    const failure = networkFailure(asked, { class: "aborted", code: "aborted" });
    return { ok: false, failure: { ...failure, mayHaveLanded: false } };
  }
  const result = await options.http.request({
    url: `${dialect.base}${path}`,
    method,
    headers: [
      ...authorisation,
      ["accept", "application/json"],
      ...(outgoing === undefined ? [] : [["content-type", "application/json"] as const]),
    ],
    deadlineMs: REQUEST_DEADLINE_MS,
    ...(outgoing === undefined ? {} : { body: JSON.stringify(outgoing.body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return read(session, asked, result, [...dialect.secrets, ...(outgoing?.secrets ?? [])], clock.now());
}

function read(
  { dialect, budget }: Session,
  asked: Asked,
  { response, failure }: PostResult,
  secrets: readonly string[],
  now: number,
): Outcome {
  if (response === undefined) {
    budget.correct({});
    return { ok: false, failure: networkFailure(asked, failure ?? { class: "internal", code: "unknown" }) };
  }
  const report = readRateHeaders(response.headers, now);
  const limited = response.status === 429;
  const pause = report.retryAfterMs ?? (limited ? (report.resetMs ?? unstatedPause(dialect)) : undefined);
  budget.correct(limited && pause !== undefined ? { ...report, retryAfterMs: pause } : withoutPause(report));
  const strange = (why: string, transient: boolean): Outcome => ({
    ok: false,
    failure: strangeAnswer(asked, response.status, why, transient),
  });
  const body = response.body.trim() === "" ? undefined : parseJson(response.body);
  const status = dialect.statusOf?.(response.status, body) ?? response.status;
  if (status >= 200 && status < 300) {
    if (response.brokenOff !== undefined) return strange("the answer broke off", true);
    if (response.truncated) return strange("the answer is too long", false);
    if (body === undefined && response.body.trim() !== "") return strange("the answer is no JSON", false);
    return { ok: true, body };
  }
  const complaint = dialect.explain(status, body, response.body);
  const clean = complaint && { ...complaint, message: cleanMessage(complaint.message, secrets) };
  return { ok: false, failure: statusFailure(asked, status, clean, pause) };
}

/** After a refusal that names no time: a window of the documented limit, within reason. */
const unstatedPause = ({ limit }: Dialect): number => Math.min(limit.windowMs, LONGEST_UNSTATED_PAUSE_MS);

/** Retry-After of a 503 is about that request, not about the account's budget. */
function withoutPause(report: ReturnType<typeof readRateHeaders>): ReturnType<typeof readRateHeaders> {
  const { retryAfterMs: _, ...rest } = report;
  return rest;
}
