/** A recovery in the foreground, where no daemon runs: stops at the first delivery that does not get through. */
import type { Clock } from "../lib/clock.ts";
import type { Delivery } from "../model/delivery.ts";
import type { Outbox } from "../outbox/contract.ts";
import type { Engine } from "./engine.ts";
import { withoutRecovery } from "./health.ts";
import { moveOldest, RECOVERY_PACE_MS } from "./recovery.ts";

export interface RecoverHereOptions {
  readonly engine: Engine;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Makes an attempt now; answers with the delivery as it then is. */
  readonly send: (deliveryId: string) => Promise<Delivery>;
  /** At most so many a second. */
  readonly perSecond?: number | undefined;
  /** Told of each one once its attempt is over. */
  readonly onProgress: (delivery: Delivery) => void;
  /** Ends it after the delivery that is being sent. */
  readonly stopping: AbortSignal;
}

export interface RecoveredHere {
  readonly delivered: number;
  /** Those that the destination calls invalid; there is no use in trying them again. */
  readonly discarded: number;
  /** The one at which it stopped, which is held again. */
  readonly failed?: { readonly id: string; readonly note: string };
}

/** Why a delivery that a recovery took up has not arrived, in words. */
export function whyNot(detail: Awaited<ReturnType<Outbox["delivery"]>>): string {
  const { delivery, attempts } = detail ?? {};
  const wasSent = delivery === undefined || delivery.attemptsInRound > 0;
  return (wasSent ? attempts?.at(-1)?.note : delivery.reason) ?? "no answer";
}

export async function recoverHere(uid: string, options: RecoverHereOptions): Promise<RecoveredHere> {
  const { engine, outbox, clock, send, onProgress, stopping } = options;
  const pace = Math.max(RECOVERY_PACE_MS, 1000 / (options.perSecond ?? Infinity));
  let [delivered, discarded] = [0, 0];
  const end = async (failed?: RecoveredHere["failed"]): Promise<RecoveredHere> => {
    await engine.change(uid, withoutRecovery);
    return { delivered, discarded, ...(failed === undefined ? {} : { failed }) };
  };
  await engine.change(uid, (health) => ({ ...health, recoverUntil: clock.now() }));
  while (!stopping.aborted) {
    const began = clock.now();
    const id = await moveOldest(outbox, engine.health.of(uid), engine.routes(), began);
    if (id === undefined) break;
    const sent = await send(id);
    onProgress(sent);
    if (sent.status === "delivered") delivered += 1;
    else if (sent.status === "discarded") discarded += 1;
    else {
      const note = whyNot(await outbox.delivery(id));
      const to = { status: "held", reason: `not delivered when it was recovered: ${note}` } as const;
      await outbox.move({ filter: { ids: [id] }, from: ["pending", "exhausted"], limit: 1, to });
      return end({ id, note });
    }
    await clock.sleep(Math.max(0, began + pace - clock.now()), stopping).catch(() => undefined);
  }
  return end();
}
