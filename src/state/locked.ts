/** Who holds a state, in words. */
import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { pid } from "node:process";
import { processSpace } from "../lib/process-space.ts";
import { AppError } from "../model/errors.ts";
import { isObject } from "../model/value.ts";
import type { LockInfo } from "./contract.ts";

/** A new lock of this process. */
export function newLockInfo(operation: string): LockInfo {
  const who = `${userName()}@${hostname()}`;
  const info = { id: randomUUID(), operation, who, created: new Date().toISOString(), pid };
  const space = processSpace();
  return space === undefined ? info : { ...info, space };
}

/** A process may run as a user that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "somebody";
  }
}

/** `bellhop apply by ana@build-7 (process 4711) since 2026-01-02T03:04:05.678Z`. */
export function describeHolder({ operation, who, created, pid: holder }: LockInfo): string {
  const process = holder === undefined ? "" : ` (process ${holder})`;
  return `${operation} by ${who}${process} since ${created}`;
}

/** `info` is undefined where the holder does not say who it is. */
export function locked(where: string, info: LockInfo | undefined): AppError {
  if (info === undefined) {
    return new AppError("state-locked", `${where} is locked by somebody who does not say who it is`, {
      hint: "try again, or wait longer with --lock-timeout",
    });
  }
  return new AppError("state-locked", `${where} is locked: ${describeHolder(info)}`, {
    hint: `wait for it (--lock-timeout); when it is certain that it no longer runs: bellhop state unlock ${info.id}`,
  });
}

export const notLocked = (where: string): AppError =>
  new AppError("not-found", `${where} is not locked`, { hint: "there is nothing to unlock" });

/** A lock as it is written down in a file; undefined for anything else. */
export function parseLockInfo(text: string): LockInfo | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return undefined;
    const { id, operation, who, created, pid: holder } = value;
    if (typeof id !== "string" || typeof who !== "string") return undefined;
    return {
      id,
      who,
      operation: typeof operation === "string" ? operation : "something",
      created: typeof created === "string" ? created : "an unknown time",
      ...(typeof holder === "number" ? { pid: holder } : {}),
    };
  } catch {
    return undefined;
  }
}
