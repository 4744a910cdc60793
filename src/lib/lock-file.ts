/** One writer at a time among processes, by a file that exists while somebody writes. */
import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { kill, pid } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { isErrno } from "./atomic-file.ts";

/** Thrown when the lock could not be had in time. */
export class LockTimeout extends Error {
  readonly lockFile: string;
  /** Process id of whoever holds it, where the file says so. */
  readonly holder: number | undefined;

  constructor(lockFile: string, holder: number | undefined) {
    super(`${lockFile} is held by ${holder === undefined ? "somebody" : `process ${holder}`}`);
    this.name = "LockTimeout";
    this.lockFile = lockFile;
    this.holder = holder;
  }
}

export interface LockOptions {
  /** How long to wait for another holder, in milliseconds. */
  readonly waitMs?: number;
  /** Called when the last holder died while holding, before `action`. */
  readonly onStale?: () => Promise<void>;
}

/** Who holds a lock. `started` tells a process from an earlier one with the same id. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly started: number;
}

const POLL_MS = 15;
/** A holder on another machine cannot be asked whether it lives; locks are held for far less than this. */
const FOREIGN_STALE_MS = 30_000;
/** A lock file is empty only between its creation and its first write. */
const EMPTY_STALE_MS = 5_000;

/** Runs `action` while this process alone holds the lock. The lock of a holder that died is taken over. */
export async function withLockFile<T>(
  lockFile: string,
  action: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const deadline = Date.now() + (options.waitMs ?? 10_000);
  await mkdir(dirname(lockFile), { recursive: true });
  let tookOver = false;
  while (!(await tryCreate(lockFile))) {
    const seen = await inspectLock(lockFile);
    if (seen === "stale") tookOver = (await breakLock(lockFile)) || tookOver;
    else if (Date.now() > deadline) throw new LockTimeout(lockFile, seen === "gone" ? undefined : seen?.pid);
    else if (seen !== "gone") await sleep(POLL_MS + Math.random() * POLL_MS);
  }
  try {
    if (tookOver) await options.onStale?.();
    return await action();
  } finally {
    await rm(lockFile, { force: true });
  }
}

async function tryCreate(lockFile: string): Promise<boolean> {
  try {
    const file = await open(lockFile, "wx", 0o600);
    const holder: Holder = { pid, host: hostname(), started: performance.timeOrigin };
    try {
      await file.writeFile(JSON.stringify(holder));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

async function inspectLock(lockFile: string): Promise<Holder | "stale" | "gone" | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(lockFile, "utf8"), stat(lockFile)]);
    const ageMs = Date.now() - mtimeMs;
    const holder = parseHolder(text);
    if (holder === undefined) return ageMs > EMPTY_STALE_MS ? "stale" : undefined;
    if (holder.host !== hostname()) return ageMs > FOREIGN_STALE_MS ? "stale" : holder;
    if (holder.pid === pid) return holder.started === performance.timeOrigin ? holder : "stale";
    return isAlive(holder.pid) ? holder : "stale";
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "gone";
    throw error;
  }
}

/**
 * Removes a stale lock. Only who holds the second file may: otherwise two that both saw the dead holder's lock could each
 * remove one, and the second would be the lock that the first has just made.
 */
async function breakLock(lockFile: string): Promise<boolean> {
  const breaker = `${lockFile}.break`;
  if (!(await tryCreate(breaker))) {
    if ((await inspectLock(breaker)) === "stale") await rm(breaker, { force: true });
    await sleep(POLL_MS);
    return false;
  }
  try {
    if ((await inspectLock(lockFile)) !== "stale") return false;
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

function isAlive(id: number): boolean {
  try {
    return kill(id, 0);
  } catch (error) {
    return isErrno(error, "EPERM");
  }
}
