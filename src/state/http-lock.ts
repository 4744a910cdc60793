/** The lock of a state URL: LOCK and UNLOCK with Terraform's lock information as JSON. */
import { isObject } from "../model/value.ts";
import type { LockInfo, LockRequest, StateLock } from "./contract.ts";
import type { StateRequests } from "./http-requests.ts";
import { describeHolder, locked, newLockInfo, notLocked } from "./locked.ts";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;

export async function lockAtUrl(
  requests: StateRequests,
  { operation, waitMs, onNote }: LockRequest,
  sleep: (ms: number) => Promise<void>,
): Promise<StateLock> {
  const info = newLockInfo(operation);
  const deadline = Date.now() + waitMs;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    const holder = await tryLock(requests, info);
    if (holder === "ours") return { info, release: () => release(requests, info) };
    if (Date.now() + wait > deadline) throw locked(requests.where, holder);
    if (wait === FIRST_WAIT_MS && holder !== undefined)
      onNote?.(`waiting for ${requests.where}: ${describeHolder(holder)}`);
    await sleep(wait);
  }
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

function toTerraform({ id, operation, who, created, pid }: LockInfo): string {
  const Info = pid === undefined ? "" : `process ${pid}`;
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
    const process = /^process (\d+)$/.exec(typeof Info === "string" ? Info : "")?.[1];
    return {
      id: ID,
      operation: typeof Operation === "string" && Operation !== "" ? Operation : "something",
      who: typeof Who === "string" && Who !== "" ? Who : "somebody",
      created: typeof Created === "string" && Created !== "" ? Created : "an unknown time",
      ...(process === undefined ? {} : { pid: Number(process) }),
    };
  } catch {
    return undefined;
  }
}
