/** The line of `bellhop status` about the daemon. */
import type { Config } from "../model/config.ts";
import type { DaemonStatus } from "../server/status.ts";
import { findDaemon } from "./daemon-client.ts";
import { printable, showTime } from "./table-text.ts";

export interface DaemonSeen {
  readonly url: string;
  readonly status?: DaemonStatus;
  /** Why it did not tell how it is. */
  readonly silent?: string;
}

/** Undefined when none is running. A daemon that does not answer is told of, and is no error: the rest is worth showing. */
export async function seeDaemon(config: Config): Promise<DaemonSeen | undefined> {
  const daemon = await findDaemon(config);
  if (daemon === undefined) return undefined;
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- server/status.ts answers with it
    const status = (await daemon.get("/api/status")) as DaemonStatus;
    return { url: daemon.url, status };
  } catch (error) {
    return { url: daemon.url, silent: error instanceof Error ? error.message : "no reason given" };
  }
}

export function daemonToJson(daemon: DaemonSeen | undefined): unknown {
  if (daemon === undefined) return null;
  const { url, status } = daemon;
  return {
    url,
    pid: status?.pid ?? null,
    startedAt: status?.startedAt ?? null,
    ready: status?.ready ?? null,
    config: status?.config ?? null,
  };
}

export function describeDaemon(daemon: DaemonSeen | undefined): string {
  if (daemon === undefined) return "No daemon is running: nothing is sent until one is.\n";
  const { url, status, silent } = daemon;
  if (status === undefined) return `A daemon answers at ${url}, but: ${printable(silent ?? "nothing")}\n`;
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
