/**
 * Entry of the thread that owns a database. Requests that write are collected and share a transaction, so that one wait for the
 * disk serves all that arrived meanwhile; after a pause, or to a caller alone, it is served at once.
 */
import { statSync } from "node:fs";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { AppError } from "../../model/errors.ts";
import { type Database, failureOf } from "./driver.ts";
import { BUSY_TIMEOUT_MS, explain, openForReading, openForWriting } from "./open.ts";
import { lockOutbox } from "./lock.ts";
import type { FailureReply, Inbound, Outbound, Reply, Request, ThreadData } from "./protocol.ts";
import { createTextFeed } from "./text-feed.ts";
import { readTextFile, type TextFile } from "./text-file.ts";
import { createInFlight } from "./in-flight.ts";
import { createReader, createSession, isWrite, type Outcome, type Session } from "./session.ts";

/** Least time between two transactions under load. */
const GROUP_MS = 2;
const LONG_LOG_BYTES = 48 * 2 ** 20;
const CHECKPOINT_PATIENCE_MS = 50;

interface Opened extends Session {
  close(): void;
}

function open(data: ThreadData): Opened {
  if (data.role === "read") {
    const db = openForReading(data.path);
    const feed = createTextFeed(db, data.path);
    return {
      ...createReader(db, feed),
      commit: () => [],
      close: () => {
        feed.close();
        db.close();
      },
    };
  }
  const unlock = data.exclusive ? lockOutbox(data.path, data.now) : undefined;
  try {
    return openToWrite(data, unlock);
  } catch (error) {
    unlock?.();
    throw error;
  }
}

/** A connection that failed in a way that may have broken it is given up, and another opened when it is needed. */
function openToWrite(data: ThreadData, unlock: (() => void) | undefined): Opened {
  let texts: TextFile | undefined;
  const textFile = (): TextFile | undefined => (texts ??= readTextFile(data.path));
  const inFlight = createInFlight();
  const connect = (): { db: Database; session: Session } => {
    const db = openForWriting(data.path, { shrinks: data.exclusive && data.shrinks });
    const recover = data.exclusive ? inFlight.has : undefined;
    return { db, session: createSession(db, { recover, now: data.now, textFile }) };
  };
  let current: ReturnType<typeof connect> | undefined = connect();
  let failures = 0;
  const look = (outcomes: readonly Outcome[]): void => {
    const broken = outcomes.some((one) => "error" in one && failureOf(one.error) === "disk");
    failures = broken ? failures + 1 : 0;
    if (current === undefined || !(failures > 1 || current.db.inTransaction())) return;
    closeQuietly(current.db);
    current = undefined;
  };
  const use = (
    requests: readonly Request[],
    work: (session: Session) => readonly Outcome[],
  ): readonly Outcome[] => {
    try {
      current ??= connect();
      const outcomes = work(current.session);
      look(outcomes);
      return outcomes;
    } catch (error) {
      return requests.map(() => ({ error }));
    }
  };
  return {
    commit: (requests) => {
      const outcomes = use(requests, (session) => session.commit(requests));
      inFlight.note(requests, outcomes);
      if (current !== undefined && requests.some(({ operation }) => operation === "trim")) {
        shortenLog(current.db, data.path);
      }
      return outcomes;
    },
    look: (request) =>
      use([request], (session) => [session.look(request)])[0] ?? { error: new Error("no outcome") },
    close: () => {
      texts?.close();
      if (current !== undefined) closeQuietly(current.db);
      unlock?.();
    },
  };
}

/**
 * The write-ahead log begins anew when nobody reads it, which under load may be never: one that has become long is written
 * back, and those who read are waited for, but not for long.
 */
function shortenLog(db: Database, path: string): void {
  if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) < LONG_LOG_BYTES) return;
  db.exec(`PRAGMA busy_timeout = ${CHECKPOINT_PATIENCE_MS}`);
  try {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (error) {
    // It is tried again with the next trim; whether the disk works, a write will tell.
    if (failureOf(error) === "none") throw error;
  } finally {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }
}

/** What was promised is in the log; a file that cannot be tidied up now is tidied up when it is opened next. */
function closeQuietly(db: Database): void {
  try {
    db.close();
  } catch (error) {
    if (failureOf(error) === "none") throw error;
  }
}

function replyFor(path: string, cause: unknown): FailureReply {
  const error = explain(path, cause);
  if (error instanceof AppError) {
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return { message: error.message, code: error.code, exitCode: error.exitCode, ...hint };
  }
  if (!(error instanceof Error)) return { message: String(error) };
  return { message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}

function serve(port: MessagePort, data: ThreadData, session: Opened): void {
  const say = (message: Outbound): void => port.postMessage(message);
  const reply = ({ id }: Request, outcome: Outcome): Reply =>
    "value" in outcome ? { id, value: outcome.value } : { id, failure: replyFor(data.path, outcome.error) };
  let waiting: Request[] = [];
  let scheduled = false;
  let committedAt = 0;

  const flush = (): void => {
    scheduled = false;
    if (waiting.length === 0) return;
    const requests = waiting;
    waiting = [];
    const outcomes = session.commit(requests);
    committedAt = requests.length > 1 ? performance.now() : 0;
    say({ replies: requests.map((request, at) => reply(request, outcomes[at] ?? { error: "no outcome" })) });
  };
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    const rest = GROUP_MS - (performance.now() - committedAt);
    if (rest > 0) setTimeout(flush, rest);
    else setImmediate(flush);
  };
  const close = (): void => {
    flush();
    session.close();
    say({ closed: true });
    port.close();
  };
  port.on("message", (message: Inbound) => {
    if ("close" in message) return close();
    const looks = message.requests.filter((request) => !isWrite(request.operation));
    for (const request of message.requests) if (isWrite(request.operation)) waiting.push(request);
    if (waiting.length > 0) schedule();
    if (looks.length > 0) say({ replies: looks.map((request) => reply(request, session.look(request))) });
  });
  say({ ready: true });
}

function main(port: MessagePort, data: ThreadData): void {
  try {
    serve(port, data, open(data));
  } catch (error) {
    port.postMessage({ failed: replyFor(data.path, error) } satisfies Outbound);
    port.close();
  }
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- given by connection.ts
if (parentPort !== null) main(parentPort, workerData as ThreadData);
