/** Probes: from time to time one held delivery of an integration that failed too often is sent, to see whether it works again. */
import type { DisableConfig } from "../model/config.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Health } from "../model/delivery.ts";
import type { Outbox } from "../outbox/contract.ts";
import type { Engine } from "./engine.ts";
import { isOn } from "./off.ts";

export interface Probes {
  /** An integration may have been disabled, or something may be held for one. Cheap. */
  wake(): void;
  /** Resolves when nothing is being moved. */
  stop(): Promise<void>;
}

export interface ProbesOptions {
  readonly outbox: Outbox;
  readonly engine: Engine;
  readonly rules: DisableConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** Something is due. */
  readonly onMoved: () => void;
}

const OUTBOX_RETRY_MS = 1000;

export function startProbes(options: ProbesOptions): Probes {
  const { engine, clock, log } = options;
  let stopped = false;
  let again = false;
  let running: Promise<void> | undefined;
  let cancelTimer = (): void => undefined;

  const wakeAt = (moment: number): void => {
    cancelTimer();
    if (!stopped) cancelTimer = clock.after(Math.max(1, moment - clock.now()), wake);
  };
  const candidates = (): readonly Health[] =>
    engine.health
      .special()
      .filter(
        ({ integrationUid, probeAt, recoverUntil }) =>
          probeAt !== undefined && recoverUntil === undefined && isOn(engine.routes(), integrationUid),
      );
  const run = async (): Promise<void> => {
    do {
      again = false;
      for (const health of candidates())
        if ((health.probeAt ?? Infinity) <= clock.now()) await probe(health, options);
    } while (again && !stopped);
    // One that is overdue has nothing to be tried with; what is held next wakes this.
    const future = candidates().flatMap(({ probeAt }) =>
      probeAt !== undefined && probeAt > clock.now() ? [probeAt] : [],
    );
    if (future.length > 0) wakeAt(Math.min(...future));
  };
  const wake = (): void => {
    again = true;
    if (stopped || candidates().length === 0) return;
    running ??= run()
      .catch((error: unknown) => {
        log.error({ reason: String(error) }, "cannot probe; will try again");
        wakeAt(clock.now() + OUTBOX_RETRY_MS);
      })
      .finally(() => {
        running = undefined;
        // Woken after it had looked for the last time.
        if (again) wake();
      });
  };
  return {
    wake,
    stop: async () => {
      stopped = true;
      cancelTimer();
      await running;
    },
  };
}

/** The next probe is put off first: what becomes of this one says when that is really due. */
async function probe(
  health: Health,
  { outbox, engine, rules, clock, onMoved }: ProbesOptions,
): Promise<void> {
  const moved = await outbox.move({
    filter: { integration: health.integrationUid, notOf: [...engine.routes().off.keys()] },
    from: ["held"],
    limit: 1,
    to: { status: "pending", dueAt: clock.now(), trigger: "probe" },
  });
  if (moved.length === 0) return;
  await engine.change(health.integrationUid, (current) =>
    current.probeAt === health.probeAt ? { ...current, probeAt: clock.now() + rules.probeMs } : current,
  );
  onMoved();
}
