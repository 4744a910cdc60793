/** Talks to the daemon that serves this configuration, when one is running. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import { reveal } from "../model/secret.ts";

export interface DaemonClient {
  readonly url: string;
  /** The answer's JSON. An answer that is no success is an AppError with the daemon's message. */
  post(route: string, body: string, contentType: string): Promise<unknown>;
}

/** Undefined when no daemon is running: there is no daemon.json, or nobody answers. */
export async function findDaemon(config: Config): Promise<DaemonClient | undefined> {
  const url = await readDaemonFile(path.join(config.dataDir, "daemon.json"));
  if (url === undefined || !(await answers(url))) return undefined;
  return { url, post: (route, body, type) => post(config, url + route, body, type) };
}

async function readDaemonFile(file: string): Promise<string | undefined> {
  try {
    const entry: unknown = JSON.parse(await readFile(file, "utf8"));
    const named = typeof entry === "object" && entry !== null && "url" in entry;
    return named && typeof entry.url === "string" ? entry.url : undefined;
  } catch {
    return undefined;
  }
}

const PROBE_MS = 2000;

/** A daemon.json that a killed daemon left behind names a port that nobody answers on. */
async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PROBE_MS) })).ok;
  } catch {
    return false;
  }
}

async function post(config: Config, url: string, body: string, contentType: string): Promise<unknown> {
  const { token } = config.daemon;
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      body,
      headers: {
        "content-type": contentType,
        ...(token === undefined ? {} : { authorization: `Bearer ${reveal(token)}` }),
      },
    });
  } catch (error) {
    throw new AppError("daemon-unreachable", `the daemon at ${new URL(url).origin} does not answer`, {
      hint: "look at its log; if it is gone, remove .bellhop/daemon.json",
      cause: error,
    });
  }
  const reply: unknown = await answer.json().catch(() => undefined);
  if (answer.status === 404) {
    throw new AppError("unknown-key", reasonOf(reply), { hint: "bellhop status lists the keys" });
  }
  if (!answer.ok)
    throw new AppError("daemon-unreachable", `the daemon answered ${answer.status}: ${reasonOf(reply)}`);
  return reply;
}

function reasonOf(reply: unknown): string {
  return /"(?:message|reason)":"([^"]*)"/.exec(JSON.stringify(reply) ?? "")?.[1] ?? "no reason given";
}
