/** Talks to the daemon that serves this configuration, when one is running. */
import type { Config } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import { reveal } from "../model/secret.ts";
import type { Secret } from "../model/secret.ts";
import { probe, readDaemonFile } from "./daemon-file.ts";

/** What is needed of a configuration. */
interface Served {
  readonly dataDir: Config["dataDir"];
  readonly daemon: { readonly token?: Secret };
}

export interface DaemonClient {
  readonly url: string;
  readonly pid: number;
  /** The answer's JSON. An answer that is no success is an AppError with the daemon's message. */
  post(route: string, body: string, contentType?: string): Promise<unknown>;
  get(route: string): Promise<unknown>;
}

/** `database` is what daemon.json names: of a daemon that was killed, the one that it had. */
export type FoundDaemon = { readonly database?: string } & (
  | { readonly state: "none" }
  /** Its process lives, and says nothing. */
  | { readonly state: "silent"; readonly url: string; readonly pid: number }
  | { readonly state: "here"; readonly client: DaemonClient }
);

/**
 * None is running when there is no daemon.json, or whoever answers at its address does not know the key that stands there. Only a
 * daemon that does is told the token.
 */
export async function findDaemon(config: Served): Promise<FoundDaemon> {
  const entry = await readDaemonFile(config.dataDir);
  if (entry === undefined) return { state: "none" };
  const { url, pid } = entry;
  const database = entry.database === undefined ? {} : { database: entry.database };
  const state = await probe(entry);
  if (state === "none") return { state, ...database };
  if (state === "silent") return { state, url, pid, ...database };
  const client: DaemonClient = {
    url,
    pid,
    post: (route, body, contentType = "application/json") =>
      ask(config, url + route, { method: "POST", body, headers: { "content-type": contentType } }),
    get: (route) => ask(config, url + route, { method: "GET", headers: {} }),
  };
  return { state, client, ...database };
}

/** The daemon that is to do something; undefined when none is running. One that does not answer is an AppError `daemon-unreachable`. */
export function clientOf(found: FoundDaemon): DaemonClient | undefined {
  if (found.state === "here") return found.client;
  if (found.state === "none") return undefined;
  throw new AppError("daemon-unreachable", `the daemon with pid ${found.pid} does not answer`, {
    hint: `nothing was done; it may be stopped or overloaded: look at its log, and at its process with ps -p ${found.pid}`,
  });
}

interface Ask {
  readonly method: string;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function ask(config: Served, url: string, { headers, ...request }: Ask): Promise<unknown> {
  const { token } = config.daemon;
  let answer: Response;
  try {
    answer = await fetch(url, {
      ...request,
      redirect: "error",
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${reveal(token)}` }) },
    });
  } catch (error) {
    throw new AppError("daemon-unreachable", `the daemon at ${new URL(url).origin} does not answer`, {
      hint: "look at its log; if it is gone, remove .bellhop/daemon.json",
      cause: error,
    });
  }
  const reply: unknown = await answer.json().catch(() => undefined);
  if (answer.status === 401) throw notAccepted(token);
  if (!answer.ok) throw refusal(answer.status, readError(reply));
  return reply;
}

function refusal(status: number, { code, message }: { code: string; message: string }): AppError {
  if (status === 404) return new AppError("unknown-key", message, { hint: "bellhop status lists the keys" });
  if (code === "unsupported")
    return new AppError("unsupported", message, { hint: "name the webhook that it sends to" });
  return new AppError("daemon-unreachable", `the daemon answered ${status}: ${message}`);
}

function notAccepted(token: Secret | undefined): AppError {
  return token === undefined
    ? new AppError("daemon-unreachable", "the daemon needs its token, and this configuration gives none", {
        hint: "set the variable that daemon.token names, here or in a file for --vars; if the file cannot be read, mend it",
      })
    : new AppError("daemon-unreachable", "the daemon does not accept the token of this configuration", {
        hint: "daemon.token is read from the variables of this shell; use those of the daemon",
      });
}

function readError(reply: unknown): { code: string; message: string } {
  const error = typeof reply === "object" && reply !== null && "error" in reply ? reply.error : reply;
  const { code, message, reason } = {
    code: undefined,
    message: undefined,
    reason: undefined,
    ...(typeof error === "object" ? error : {}),
  };
  const rejected: unknown = /"reason":"([^"]*)"/.exec(JSON.stringify(reply) ?? "")?.[1];
  const text = [message, reason, rejected].find((one): one is string => typeof one === "string");
  return { code: typeof code === "string" ? code : "", message: text ?? "no reason given" };
}
