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

/** Undefined when no daemon is running: there is no daemon.json, or its process is gone. */
export async function findDaemon(config: Config): Promise<DaemonClient | undefined> {
  const entry = await readDaemonFile(path.join(config.dataDir, "daemon.json"));
  if (entry === undefined || !isAlive(entry.pid)) return undefined;
  return { url: entry.url, post: (route, body, type) => post(config, entry.url + route, body, type) };
}

async function readDaemonFile(file: string): Promise<{ pid: number; url: string } | undefined> {
  try {
    const entry: unknown = JSON.parse(await readFile(file, "utf8"));
    if (typeof entry !== "object" || entry === null || !("pid" in entry) || !("url" in entry)) return undefined;
    const { pid, url } = entry;
    return typeof pid === "number" && typeof url === "string" ? { pid, url } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
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
  if (!answer.ok) throw new AppError("daemon-unreachable", `the daemon answered ${answer.status}: ${reasonOf(reply)}`);
  return reply;
}

function reasonOf(reply: unknown): string {
  return /"(?:message|reason)":"([^"]*)"/.exec(JSON.stringify(reply) ?? "")?.[1] ?? "no reason given";
}
