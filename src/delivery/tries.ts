/** Everything that sends held deliveries by itself, beside a worker: probes and recoveries. */
import { startProbes } from "./probes.ts";
import type { ProbesOptions } from "./probes.ts";
import { startRecovery } from "./recovery.ts";
import type { Settled } from "./report.ts";

export interface Tries {
  /** Something was accepted, or an integration's health was changed by request. Cheap. */
  wake(): void;
  /** A recovery was asked for. */
  begin(integrationUid: string): Promise<void>;
  /** To be told what has become of every claimed delivery, once that is durable. */
  onSettled(settled: Settled): void;
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
    onSettled: (settled) => {
      recovery.onSettled(settled);
      if (settled.health?.disabled === true) probes.wake();
    },
    stop: async () => {
      await Promise.all([probes.stop(), recovery.stop()]);
    },
  };
}
