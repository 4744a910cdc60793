/** The line of `bellhop status` about the daemon. */
import type { DaemonStatus } from "../server/status.ts";
import type { FoundDaemon } from "./daemon-client.ts";
import { askStatus } from "./records.ts";
import { printable, showTime } from "./table-text.ts";

export interface DaemonSeen {
  readonly url: string;
  readonly pid: number;
  readonly status?: DaemonStatus;
  /** Why it did not tell how it is; undefined when it does not answer at all. */
  readonly silent?: string;
}

/** Undefined when none is running. A daemon that does not answer is told of, and is no error: the rest is worth showing. */
export async function seeDaemon(found: FoundDaemon): Promise<DaemonSeen | undefined> {
  if (found.state === "none") return undefined;
  if (found.state === "silent") return { url: found.url, pid: found.pid };
  const { url, pid } = found.client;
  try {
    return { url, pid, status: await askStatus(found.client) };
  } catch (error) {
    return { url, pid, silent: error instanceof Error ? error.message : "no reason given" };
  }
}

export function daemonToJson(daemon: DaemonSeen | undefined): unknown {
  if (daemon === undefined) return null;
  const { url, pid, status, silent } = daemon;
  return {
    url,
    pid,
    answers: status !== undefined || silent !== undefined,
    startedAt: status?.startedAt ?? null,
    ready: status?.ready ?? null,
    config: status?.config ?? null,
  };
}

export function describeDaemon(daemon: DaemonSeen | undefined): string {
  if (daemon === undefined) return "No daemon is running: nothing is sent until one is.\n";
  const { url, pid, status, silent } = daemon;
  if (status === undefined) {
    return silent === undefined
      ? `The daemon with pid ${pid} does not answer at ${url}: nothing is sent until it goes on.\n`
      : `A daemon answers at ${url}, but: ${printable(silent)}\n`;
  }
  const since = showTime(Date.parse(status.startedAt));
  const state = status.ready ? "is running" : "is not ready yet";
  const line = `The daemon ${state} at ${url} since ${since} (pid ${status.pid}).\n`;
  return line + describeConfig(status.config);
}

function describeConfig({ error, loadedAt, restart }: DaemonStatus["config"]): string {
  const waiting =
    restart.length === 0 ? "" : `A restart of the daemon takes up: ${printable(restart.join(", "))}.\n`;
  if (error === null) return waiting;
  const loaded = showTime(Date.parse(loadedAt));
  const since = showTime(Date.parse(error.since));
  return `It goes by the configuration of ${loaded}; the files have been wrong since ${since}: ${printable(error.message)}\n${waiting}`;
}
