/** The lock of a state file: `<file>.lock`, with who holds it. A dead holder on this machine is noticed. */
import { rm } from "node:fs/promises";
import { readTextIfExists } from "../lib/atomic-file.ts";
import { LockTimeout, takeLockFile } from "../lib/lock-file.ts";
import type { LockInfo, LockRequest, StateLock } from "./contract.ts";
import { describeHolder, locked, newLockInfo, notLocked, parseLockInfo } from "./locked.ts";

/** `where` names the state in messages; `cleanUp` puts in order what a dead holder left behind. */
export async function lockStateFile(
  lockFile: string,
  where: string,
  { operation, waitMs, onNote, signal }: LockRequest,
  cleanUp: () => Promise<void>,
): Promise<StateLock> {
  const info = newLockInfo(operation);
  const { id, who, created } = info;
  try {
    const release = await takeLockFile(lockFile, {
      waitMs,
      ...(signal === undefined ? {} : { signal }),
      label: { id, operation, who, created },
      // Nobody here can tell whether it still runs, and an apply may take long.
      foreignStaleMs: Number.POSITIVE_INFINITY,
      onWait: (text) => onNote?.(`waiting for ${where}: ${holderOf(text)}`),
      onStale: async (text) => {
        await cleanUp();
        onNote?.(`took over ${where} from a dead process: ${holderOf(text)}`);
      },
    });
    return { info, release };
  } catch (error) {
    throw error instanceof LockTimeout ? locked(where, parseLockInfo(error.text)) : error;
  }
}

export async function unlockStateFile(lockFile: string, where: string, id: string): Promise<LockInfo> {
  const text = await readTextIfExists(lockFile);
  if (text === undefined) throw notLocked(where);
  const info = parseLockInfo(text);
  if (info?.id !== id) throw locked(where, info);
  await rm(lockFile, { force: true });
  return info;
}

function holderOf(text: string): string {
  const info = parseLockInfo(text);
  return info === undefined ? "it does not say who it is" : describeHolder(info);
}
