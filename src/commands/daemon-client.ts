/** Talks to the daemon that serves this configuration, when one is running. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import { reveal } from "../model/secret.ts";
import type { Secret } from "../model/secret.ts";
import { isProof } from "../server/identity.ts";

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

/**
 * Undefined when no daemon is running: there is no daemon.json, or whoever answers at its address does not know the key that
 * stands there. Only a daemon that does is told the token.
 */
export async function findDaemon(config: Served): Promise<DaemonClient | undefined> {
  const entry = await readDaemonFile(path.join(config.dataDir, "daemon.json"));
  if (entry === undefined || !(await answers(entry))) return undefined;
  const { url, pid } = entry;
  return {
    url,
    pid,
    post: (route, body, contentType = "application/json") =>
      ask(config, url + route, { method: "POST", body, headers: { "content-type": contentType } }),
    get: (route) => ask(config, url + route, { method: "GET", headers: {} }),
  };
}

interface DaemonEntry {
  readonly url: string;
  readonly pid: number;
  readonly key: string;
}

async function readDaemonFile(file: string): Promise<DaemonEntry | undefined> {
  try {
    const entry: unknown = JSON.parse(await readFile(file, "utf8"));
    if (typeof entry !== "object" || entry === null) return undefined;
    const { url, pid, key } = { url: undefined, pid: undefined, key: undefined, ...entry };
    return typeof url === "string" && typeof key === "string" ? { url, pid: Number(pid), key } : undefined;
  } catch {
    return undefined;
  }
}

const PROBE_MS = 2000;

/** A daemon.json that a killed daemon left behind names a port where nobody answers, or somebody else. */
async function answers({ url, key }: DaemonEntry): Promise<boolean> {
  const nonce = randomBytes(16).toString("hex");
  try {
    const answer = await fetch(`${url}/healthz?nonce=${nonce}`, {
      signal: AbortSignal.timeout(PROBE_MS),
      redirect: "error",
    });
    const reply: unknown = await answer.json();
    const proof = typeof reply === "object" && reply !== null && "proof" in reply ? reply.proof : undefined;
    return answer.ok && isProof(proof, key, nonce);
  } catch {
    return false;
  }
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
  if (!answer.ok) throw refusal(answer.status, readError(reply));
  return reply;
}

function refusal(status: number, { code, message }: { code: string; message: string }): AppError {
  if (status === 404) return new AppError("unknown-key", message, { hint: "bellhop status lists the keys" });
  if (code === "unsupported")
    return new AppError("unsupported", message, { hint: "name the webhook that it sends to" });
  return status === 401
    ? new AppError("daemon-unreachable", "the daemon does not accept the token of this configuration", {
        hint: "daemon.token is read from the variables of this shell; use those of the daemon",
      })
    : new AppError("daemon-unreachable", `the daemon answered ${status}: ${message}`);
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
