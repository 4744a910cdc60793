/** Keeps the targets equal to the file: plans, and in mode `correct` applies, at every interval and when the file changes. */
import { expectRecorded } from "../reconcile/apply.ts";
import type { Log } from "../lib/log.ts";
import type { Config } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import type { Applied } from "../reconcile/apply.ts";
import type { Session } from "../reconcile/session.ts";
import type { Configuration } from "./configuration.ts";

export interface Loop {
  /** The first run; never rejects. */
  readonly first: Promise<void>;
  /** Plans and applies as soon as what runs now is over, without waiting for the interval. */
  runNow(): void;
  /** Waits for a run that is under way. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  readonly configuration: Pick<Configuration, "current" | "reload">;
  readonly openSession: (config: Config) => Session;
  /** Something was applied: what is in a store may be another thing now. */
  readonly onApplied: () => void;
  readonly log: Log;
  /** In [0, 1). */
  readonly random: () => number;
}

/** An interval varies by this much either way, so that many daemons do not act at once. */
const JITTER = 0.05;
/** What failed is tried again this soon, unless the interval is shorter. */
const RETRY_MS = 30_000;

export function startLoop({ configuration, ...options }: LoopOptions): Loop {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let wanted = false;
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;

  const run = async (readFirst: boolean): Promise<void> => {
    isRunning = true;
    // What notices changes at once may miss some: a folder that nobody watches, a variable's file on a network.
    if (readFirst) await configuration.reload();
    let went = true;
    do {
      wanted = false;
      went = await runOnce(options, configuration.current());
    } while (wanted && !stopped);
    isRunning = false;
    schedule(went);
  };
  const schedule = (went: boolean): void => {
    if (stopped) return;
    const { intervalMs } = configuration.current().daemon.reconcile;
    const wait = went ? intervalMs : Math.min(intervalMs, RETRY_MS);
    timer = setTimeout(() => void (running = run(true)), wait * (1 + JITTER * (2 * options.random() - 1)));
  };
  const first = (running = run(false));
  return {
    first,
    runNow: () => {
      wanted = true;
      if (isRunning || stopped) return;
      clearTimeout(timer);
      running = run(false);
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** Only what is to be changed needs the lock, so that an idle daemon is in nobody's way. */
const LOCK = { operation: "bellhop daemon", waitMs: 10_000 };

/** Plans again, now that nobody else changes anything, and applies it. */
async function correct(session: Session): Promise<Applied["counts"] | undefined> {
  const plan = await session.plan();
  if (plan.plan.blocked.length > 0) return undefined;
  return expectRecorded(await session.apply(plan)).counts;
}

/** Whether it went well; a guard that holds is no failure. */
async function runOnce(
  { openSession, onApplied, log }: Omit<LoopOptions, "configuration">,
  config: Config,
): Promise<boolean> {
  let session: Session | undefined;
  try {
    session = openSession(config);
    const opened = session;
    const plan = await opened.plan();
    const { changes, blocked, digest } = plan.plan;
    const summary = { changes: changes.length, blocked: blocked.length, digest: digest.slice(0, 12) };
    // Nobody is there to acknowledge anything: a guard stops the loop until somebody applies, or the file is put right.
    if (blocked.length > 0) log.warn({ ...summary, why: blocked[0]?.why }, "reconcile is blocked");
    if (changes.length === 0) log.debug(summary, "nothing to reconcile");
    else if (config.daemon.reconcile.mode === "report") log.warn(summary, "targets differ from the file");
    else if (blocked.length === 0) {
      const counts = await opened.underLock(LOCK, () => correct(opened));
      if (counts !== undefined) log.info({ ...summary, ...counts }, "reconciled");
      onApplied();
    }
    return true;
  } catch (error) {
    log.error({ reason: reasonOf(error) }, "cannot reconcile; will try again");
    return false;
  } finally {
    await session
      ?.close()
      .catch((error: unknown) => log.warn({ reason: reasonOf(error) }, "cannot close what was reconciled"));
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof AppError || error instanceof Error ? error.message : String(error);
