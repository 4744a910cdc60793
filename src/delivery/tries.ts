/** Everything that sends held deliveries by itself, beside a worker: probes and recoveries. */
import type { AttemptResult, Outbox } from "../outbox/contract.ts";
import type { Engine } from "./engine.ts";
import { startProbes } from "./probes.ts";
import type { ProbesOptions } from "./probes.ts";
import { startRecovery } from "./recovery.ts";

export interface Tries {
  /** Something was accepted, or an integration's health was changed by request. Cheap. */
  wake(): void;
  /** A recovery was asked for. */
  begin(integrationUid: string): Promise<void>;
  /** To be told of every result once it is durable. */
  onResult(result: AttemptResult): void;
  /** Stops moving; what is under way goes on at the next start. Before the worker is stopped. */
  stop(): Promise<void>;
}

export function startTries(options: ProbesOptions): Tries {
  const probes = startProbes(options);
  const recovery = startRecovery(options);
  const wake = (): void => {
    probes.wake();
    recovery.wake();
  };
  wake();
  return {
    wake,
    begin: (uid) => recovery.begin(uid),
    onResult: (result) => {
      recovery.onResult(result);
      if (result.health?.disabled === true) probes.wake();
    },
    stop: async () => {
      await Promise.all([probes.stop(), recovery.stop()]);
    },
  };
}

/**
 * The outbox as a worker sees it: an attempt that ended before somebody changed the integration's health by request does not
 * put back the health of before.
 */
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
