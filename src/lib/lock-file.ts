/** One writer at a time among processes, by a file that exists while somebody writes. */
import { open, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { pid } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { isErrno, readTextIfExists } from "./atomic-file.ts";
import { makeFolder } from "./make-folder.ts";
import { isAlive } from "./process-space.ts";

/** Thrown when the lock could not be had in time. */
export class LockTimeout extends Error {
  readonly lockFile: string;
  /** Process id of whoever holds it, where the file says so. */
  readonly holder: number | undefined;
  /** What the holder wrote into the file. */
  readonly text: string;

  constructor(lockFile: string, holder: number | undefined, text = "") {
    super(`${lockFile} is held by ${holder === undefined ? "somebody" : `process ${holder}`}`);
    this.name = "LockTimeout";
    this.lockFile = lockFile;
    this.holder = holder;
    this.text = text;
  }
}

export interface LockOptions {
  /** How long to wait for another holder, in milliseconds. */
  readonly waitMs?: number;
  /** Called when the last holder died while holding, before `action`, with what it had written into the file. */
  readonly onStale?: (text: string) => Promise<void>;
}

export interface TakeOptions extends LockOptions {
  /** Written into the file too, for whoever looks. */
  readonly label?: Readonly<Record<string, string>>;
  /** How old the lock of another machine is when it counts as left behind, in milliseconds; Infinity for never. */
  readonly foreignStaleMs?: number;
  /** Called once when another holder must be waited for. */
  readonly onWait?: (text: string) => void;
  /** Ends the waiting, as if its time were over. */
  readonly signal?: AbortSignal;
}

/** Who holds a lock. `started` tells a process from an earlier one with the same id. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly started: number;
}

const POLL_MS = 15;
/** A holder on another machine cannot be asked whether it lives; a lock for one write is held for far less than this. */
const FOREIGN_STALE_MS = 30_000;
/** A lock file is empty only between its creation and its first write. */
const EMPTY_STALE_MS = 5_000;

/** Runs `action` while this process alone holds the lock. The lock of a holder that died is taken over. */
export async function withLockFile<T>(
  lockFile: string,
  action: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const release = await takeLockFile(lockFile, options);
  try {
    return await action();
  } finally {
    await release();
  }
}

/** The same for a lock that is held for long; answers with what releases it. A lock that was taken away meanwhile stays. */
export async function takeLockFile(
  lockFile: string,
  options: TakeOptions = {},
): Promise<() => Promise<void>> {
  const { waitMs = 10_000, foreignStaleMs = FOREIGN_STALE_MS, label = {} } = options;
  const deadline = Date.now() + waitMs;
  makeFolder(dirname(lockFile));
  const holder: Holder = { ...label, pid, host: hostname(), started: performance.timeOrigin };
  const text = JSON.stringify(holder);
  let stale: string | undefined;
  let told = false;
  while (!(await tryCreate(lockFile, text))) {
    const seen = await inspectLock(lockFile, foreignStaleMs);
    if (seen.status === "gone") continue;
    if (seen.status === "stale") {
      if (await breakLock(lockFile, foreignStaleMs)) stale = seen.text;
      continue;
    }
    if (Date.now() > deadline || options.signal?.aborted === true)
      throw new LockTimeout(lockFile, parseHolder(seen.text)?.pid, seen.text);
    if (!told && seen.text !== "") options.onWait?.(seen.text);
    told ||= seen.text !== "";
    await sleep(POLL_MS + Math.random() * POLL_MS);
  }
  const release = async (): Promise<void> => {
    if ((await readTextIfExists(lockFile)) === text) await rm(lockFile, { force: true });
  };
  try {
    if (stale !== undefined) await options.onStale?.(stale);
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}

async function tryCreate(lockFile: string, text: string): Promise<boolean> {
  try {
    const file = await open(lockFile, "wx", 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

type Seen =
  | { readonly status: "gone" }
  | { readonly status: "held"; readonly text: string }
  | { readonly status: "stale"; readonly text: string };

async function inspectLock(lockFile: string, foreignStaleMs: number): Promise<Seen> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(lockFile, "utf8"), stat(lockFile)]);
    return { status: isStale(text, Date.now() - mtimeMs, foreignStaleMs) ? "stale" : "held", text };
  } catch (error) {
    if (isErrno(error, "ENOENT")) return { status: "gone" };
    throw error;
  }
}

function isStale(text: string, ageMs: number, foreignStaleMs: number): boolean {
  const holder = parseHolder(text);
  if (holder === undefined) return ageMs > EMPTY_STALE_MS;
  if (holder.host !== hostname()) return ageMs > foreignStaleMs;
  if (holder.pid === pid) return holder.started !== performance.timeOrigin;
  return !isAlive(holder.pid);
}

/**
 * Removes a stale lock. Only who holds the second file may: otherwise two that both saw the dead holder's lock could each
 * remove one, and the second would be the lock that the first has just made.
 */
async function breakLock(lockFile: string, foreignStaleMs: number): Promise<boolean> {
  const breaker = `${lockFile}.break`;
  const holder: Holder = { pid, host: hostname(), started: performance.timeOrigin };
  if (!(await tryCreate(breaker, JSON.stringify(holder)))) {
    const seen = await inspectLock(breaker, FOREIGN_STALE_MS);
    if (seen.status === "stale") await rm(breaker, { force: true });
    await sleep(POLL_MS);
    return false;
  }
  try {
    if ((await inspectLock(lockFile, foreignStaleMs)).status !== "stale") return false;
    await rm(lockFile, { force: true });
    return true;
  } finally {
    await rm(breaker, { force: true });
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    if (!("pid" in value && "host" in value && "started" in value)) return undefined;
    const { pid: id, host, started } = value;
    return typeof id === "number" && typeof host === "string" && typeof started === "number"
      ? { pid: id, host, started }
      : undefined;
  } catch {
    return undefined;
  }
}
