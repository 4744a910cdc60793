/** Keeps the log within its limits: a little at a time, so that no delivery waits for it. */
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Outbox, TrimResult } from "../outbox/contract.ts";

export interface RetentionOptions {
  readonly outbox: Pick<Outbox, "trim">;
  readonly clock: Pick<Clock, "now" | "after">;
  readonly retention: { readonly ageMs?: number; readonly bytes?: number };
  readonly log: Log;
}

export interface Retention {
  /** Resolves when nothing is being removed. */
  stop(): Promise<void>;
}

/** How many events go at once. */
const SOME = 100;
/** How long until it is looked again once nothing is left to remove, or after a failure. */
const IDLE_MS = 60_000;
/** Pauses between two steps, as a multiple of what a step took; when the log is far beyond its size there is hardly any. */
const PAUSE = 24;
const HURRY = 2;
/** The part of its size by which the log is far beyond. */
const FAR = 1.25;
const SHORTEST_PAUSE_MS = 20;

/** Without a limit nothing is removed, and nothing is ever looked at. */
export function startRetention({ outbox, clock, retention, log }: RetentionOptions): Retention {
  const { ageMs, bytes } = retention;
  if (ageMs === undefined && bytes === undefined) return { stop: async () => undefined };
  let stopped = false;
  let cancel = (): void => undefined;
  let trimming: Promise<void> = Promise.resolve();

  const again = (ms: number): void => {
    if (stopped) return;
    cancel = clock.after(ms, () => {
      trimming = trim();
    });
  };
  const trim = async (): Promise<void> => {
    const started = clock.now();
    try {
      const result = await outbox.trim({
        ...(ageMs === undefined ? {} : { before: started - ageMs }),
        ...(bytes === undefined ? {} : { bytes }),
        limit: SOME,
      });
      if (result.removed > 0)
        log.debug({ removed: result.removed, bytes: result.bytes }, "removed old events");
      if (result.held > 0)
        log.warn({ held: result.held }, "removed held deliveries: they were older than daemon.retention.age");
      again(result.done ? IDLE_MS : pauseAfter(result, clock.now() - started));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error({ reason }, "cannot remove old events; will try again");
      again(IDLE_MS);
    }
  };
  const pauseAfter = (result: TrimResult, tookMs: number): number => {
    const far = bytes !== undefined && result.bytes > FAR * bytes;
    return Math.max(SHORTEST_PAUSE_MS, tookMs * (far ? HURRY : PAUSE));
  };

  again(SHORTEST_PAUSE_MS);
  return {
    stop: async () => {
      stopped = true;
      cancel();
      await trimming;
    },
  };
}
