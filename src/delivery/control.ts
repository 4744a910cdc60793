/** What operators ask for of one integration, in the daemon. */
import type { Clock } from "../lib/clock.ts";
import type { Health } from "../model/delivery.ts";
import { recordName } from "../model/record.ts";
import type { Outbox } from "../outbox/contract.ts";
import type { Engine } from "./engine.ts";
import { disable, enabled } from "./health.ts";
import { heldReason } from "./hold.ts";
import { offError } from "./off.ts";
import type { Endpoint } from "./routes.ts";

const BATCH = 1000;

export interface ControlOptions {
  readonly outbox: Outbox;
  readonly engine: Engine;
  readonly clock: Clock;
}

/** Takes messages again, with clean status fields. What was held stays so until it is recovered. */
export const enableByRequest = ({ engine }: ControlOptions, { record }: Endpoint): Promise<Health> =>
  engine.change(record.uid, enabled);

/** Holds everything that it is owed and what comes, whatever it was pending for; `reason` is in the status. */
export async function disableByRequest(
  { outbox, engine, clock }: ControlOptions,
  { record }: Endpoint,
  reason: string,
): Promise<Health> {
  const disabled = await engine.change(record.uid, (health) =>
    disable(health, "request", reason, clock.now()),
  );
  for (;;) {
    const held = await outbox.move({
      filter: { integration: record.uid },
      from: ["pending"],
      limit: BATCH,
      to: { status: "held", reason: heldReason(reason) },
    });
    if (held.length < BATCH) return disabled;
  }
}

/**
 * Asks for everything to be sent that is held now, and came through nothing that is switched off; how many that is. One that is
 * switched off itself is an AppError `switched-off`. The recovery itself is recovery.ts's.
 */
export async function askToRecover(
  { outbox, engine, clock }: ControlOptions,
  { record }: Endpoint,
): Promise<number> {
  const { off } = engine.routes();
  const own = off.get(record.uid);
  if (own !== undefined) throw offError(recordName(record), own);
  const held = await outbox.count({ integration: record.uid, status: ["held"], notOf: [...off.keys()] });
  if (held > 0) await engine.change(record.uid, (health) => ({ ...health, recoverUntil: clock.now() }));
  return held;
}
