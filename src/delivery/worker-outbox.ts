/** The outbox as a worker sees it. */
import type { Outbox } from "../outbox/contract.ts";
import type { Engine } from "./engine.ts";

/** An attempt that ended before somebody changed the integration's health by request does not put back the health of before. */
export const forWorker = (outbox: Outbox, { health }: Engine): Outbox => ({
  ...outbox,
  record: (results) =>
    outbox.record(
      results.map((result) => {
        if (result.health === undefined || health.isCurrent(result.health)) return result;
        const { health: _replaced, ...rest } = result;
        return rest;
      }),
    ),
});
