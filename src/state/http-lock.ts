/** The lock of a state URL: LOCK and UNLOCK with Terraform's lock information as JSON. */
import { isAlive } from "../lib/process-space.ts";
import { isObject } from "../model/value.ts";
import type { LockInfo, LockRequest, StateLock } from "./contract.ts";
import type { StateRequests } from "./http-requests.ts";
import { describeHolder, locked, newLockInfo, notLocked } from "./locked.ts";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;

/** `sleep` ends early when the signal is aborted. */
export async function lockAtUrl(
  requests: StateRequests,
  { operation, waitMs, onNote, signal }: LockRequest,
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>,
): Promise<StateLock> {
  const info = newLockInfo(operation);
  const deadline = Date.now() + waitMs;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    const holder = await tryLock(requests, info);
    if (holder === "ours") return { info, release: () => release(requests, info) };
    if (isDead(holder, info) && (await takeAway(requests, holder))) {
      onNote?.(`took over ${requests.where} from a dead process: ${describeHolder(holder)}`);
      continue;
    }
    if (Date.now() + wait > deadline || signal?.aborted === true) throw locked(requests.where, holder);
    if (wait === FIRST_WAIT_MS && holder !== undefined)
      onNote?.(`waiting for ${requests.where}: ${describeHolder(holder)}`);
    await sleep(wait, signal);
  }
}

/** Only where it ran is known whether it still does: on another machine, or in another container, nobody can tell. */
const isDead = (holder: LockInfo | undefined, own: LockInfo): holder is LockInfo =>
  holder?.pid !== undefined &&
  holder.space !== undefined &&
  holder.space === own.space &&
  !isAlive(holder.pid);

/** Whether the lock is free now. Where somebody else was faster it is theirs, and the server says so. */
async function takeAway(requests: StateRequests, dead: LockInfo): Promise<boolean> {
  const { status } = await requests.send("UNLOCK", { body: toTerraform(dead) });
  return status >= 200 && status < 300;
}

export async function unlockAtUrl(requests: StateRequests, id: string): Promise<LockInfo> {
  const own = newLockInfo("bellhop state unlock");
  const holder = await tryLock(requests, own);
  if (holder === "ours") {
    await release(requests, own);
    throw notLocked(requests.where);
  }
  if (holder !== undefined && holder.id !== id) throw locked(requests.where, holder);
  // Where the server does not say who has it, it is the one to compare the ids.
  const taken = holder ?? { ...own, id };
  await release(requests, taken);
  return taken;
}

/** "ours", or who else has it; undefined where the server does not say. */
async function tryLock(requests: StateRequests, info: LockInfo): Promise<"ours" | LockInfo | undefined> {
  const { status, body } = await requests.send("LOCK", { body: toTerraform(info) });
  if (status >= 200 && status < 300) return "ours";
  if (status !== 409 && status !== 423) throw requests.refused("LOCK", status);
  const holder = fromTerraform(body);
  // The answer to an earlier try may have been lost.
  return holder?.id === info.id ? "ours" : holder;
}

async function release(requests: StateRequests, info: LockInfo): Promise<void> {
  const { status } = await requests.send("UNLOCK", { body: toTerraform(info) });
  if (status >= 200 && status < 300) return;
  throw requests.refused("UNLOCK", status);
}

function toTerraform({ id, operation, who, created, pid, space }: LockInfo): string {
  const where = space === undefined ? "" : ` in ${space}`;
  const Info = pid === undefined ? "" : `process ${pid}${where}`;
  return JSON.stringify({
    ID: id,
    Operation: operation,
    Info,
    Who: who,
    Version: "",
    Created: created,
    Path: "",
  });
}

function fromTerraform(body: string): LockInfo | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (!isObject(value)) return undefined;
    const { ID, Operation, Who, Created, Info } = value;
    if (typeof ID !== "string" || ID === "") return undefined;
    const [, process, space] =
      /^process (\d+)(?: in (\S+))?$/.exec(typeof Info === "string" ? Info : "") ?? [];
    return {
      id: ID,
      operation: typeof Operation === "string" && Operation !== "" ? Operation : "something",
      who: typeof Who === "string" && Who !== "" ? Who : "somebody",
      created: typeof Created === "string" && Created !== "" ? Created : "an unknown time",
      ...(process === undefined ? {} : { pid: Number(process) }),
      ...(space === undefined ? {} : { space }),
    };
  } catch {
    return undefined;
  }
}
