/** A recovery that the daemon makes, watched from outside until it ends or waits for a later attempt. */
import { switchedOff } from "../delivery/off.ts";
import { whyNot } from "../delivery/recover-here.ts";
import type { Delivery } from "../model/delivery.ts";
import type { Outbox } from "../outbox/contract.ts";
import type { Io } from "./contract.ts";
import type { DaemonClient } from "./daemon-client.ts";
import type { Ground } from "./ground.ts";
import { withOutbox } from "./open-outbox.ts";
import { offOf } from "./records.ts";
import type { Recovered } from "./recover-report.ts";

const POLL_MS = 200;
/** How often progress is told of. */
const TELL_MS = 1000;
/** An attempt that comes sooner than this is waited for. */
const SOON_MS = 10_000;
const PAGE = 1000;

/** An integration by its key, or its `kind:id`. */
export interface Named {
  readonly key: string;
  readonly uid: string;
}

export async function watchRecovery(
  io: Io,
  ground: Ground,
  { key, uid }: Named,
  daemon: DaemonClient,
): Promise<Recovered> {
  return withOutbox(ground, "shared", async (outbox) => {
    const ids = await heldIds(outbox, uid);
    await daemon.post(`/api/integrations/${encodeURIComponent(key)}/recover`, "{}");
    let waiting: Delivery | undefined;
    const tell = tellProgress(io, ids.length);
    let told = 0;
    while (!io.stopping.aborted && waiting === undefined) {
      if ((await outbox.health(uid))?.recoverUntil === undefined) break;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      waiting = await waitingOne(outbox, uid);
      if (Date.now() - told < TELL_MS) continue;
      told = Date.now();
      tell(await countOf(outbox, ids, "delivered"));
    }
    if (io.stopping.aborted) io.err("the daemon goes on with it; bellhop status shows how far it is\n");
    return report(outbox, uid, ids, waiting ?? (await offOf(ground, uid)));
  });
}

/** A line when more is delivered than before, and none when it is not. */
export function tellProgress({ err }: Pick<Io, "err">, total: number): (delivered: number) => void {
  let most = -1;
  return (delivered) => {
    if (delivered <= most) return;
    most = delivered;
    err(`${delivered} of ${total} delivered\n`);
  };
}

async function heldIds(outbox: Outbox, uid: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await outbox.deliveries({
      integration: uid,
      status: ["held"],
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    ids.push(...page.deliveries.map(({ id }) => id));
    cursor = page.next;
  }
  return ids.toReversed();
}

/** The delivery that the recovery waits for, when its next attempt is not soon. */
async function waitingOne(outbox: Outbox, uid: string): Promise<Delivery | undefined> {
  const { deliveries } = await outbox.deliveries({ integration: uid, status: ["pending"], limit: PAGE });
  return deliveries.find(
    ({ trigger, attemptsInRound, nextAttemptAt = 0 }) =>
      trigger === "recover" && attemptsInRound > 0 && nextAttemptAt > Date.now() + SOON_MS,
  );
}

async function countOf(
  outbox: Outbox,
  ids: readonly string[],
  status: "delivered" | "discarded",
): Promise<number> {
  let count = 0;
  for (let at = 0; at < ids.length; at += PAGE)
    count += await outbox.count({ ids: ids.slice(at, at + PAGE), status: [status] });
  return count;
}

async function report(
  outbox: Outbox,
  uid: string,
  ids: readonly string[],
  /** The delivery that it waits for, or what has switched the integration off meanwhile. */
  waitingOrOff: Delivery | string | undefined,
): Promise<Recovered> {
  const counts = {
    held: ids.length,
    delivered: await countOf(outbox, ids, "delivered"),
    discarded: await countOf(outbox, ids, "discarded"),
    left: await outbox.count({ integration: uid, status: ["held"] }),
  };
  const off = typeof waitingOrOff === "string" ? switchedOff("it", waitingOrOff) : undefined;
  const waiting = typeof waitingOrOff === "string" ? undefined : waitingOrOff;
  const isStopped = off !== undefined || (await outbox.health(uid))?.disabled === true;
  const stopped = isStopped ? ids[counts.delivered + counts.discarded] : undefined;
  const id = waiting?.id ?? stopped;
  if (id === undefined) return counts;
  const last = off ?? whyNot(await outbox.delivery(id));
  const next = waiting?.nextAttemptAt;
  return { ...counts, failed: { id, reason: last, ...(next === undefined ? {} : { nextAttemptAt: next }) } };
}
