/** Keeps the targets equal to the file: reads it again, plans, and in mode `correct` applies, at every interval. */
import type { Log } from "../lib/log.ts";
import type { Config } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import type { Applied } from "../reconcile/apply.ts";
import type { Session } from "../reconcile/session.ts";

export interface Loop {
  /** The first run; never rejects. */
  readonly first: Promise<void>;
  /** Waits for a run that is under way. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  readonly config: Config;
  /** Reads the file again; rejects when it is wrong, and then the last good one stays in force. */
  readonly load: () => Promise<Config>;
  readonly openSession: (config: Config) => Session;
  readonly log: Log;
  /** In [0, 1). */
  readonly random: () => number;
}

/** An interval varies by this much either way, so that many daemons do not act at once. */
const JITTER = 0.05;

export function startLoop(options: LoopOptions): Loop {
  let config = options.config;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const schedule = (): void => {
    if (stopped) return;
    const interval = config.daemon.reconcile.intervalMs * (1 + JITTER * (2 * options.random() - 1));
    timer = setTimeout(() => {
      running = again();
    }, interval);
  };
  const again = async (): Promise<void> => {
    config = await reload(options, config);
    await runOnce(options, config);
    schedule();
  };
  const begin = async (): Promise<void> => {
    await runOnce(options, config);
    schedule();
  };
  const first = begin();
  let running = first;
  return {
    first,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

async function reload({ load, log }: LoopOptions, last: Config): Promise<Config> {
  try {
    const config = await load();
    if (fixedOf(config) !== fixedOf(last)) {
      log.warn({}, "the stores, or the daemon block, have changed; restart the daemon to take that up");
    }
    return config;
  } catch (error) {
    log.error({ reason: reasonOf(error) }, "the configuration is wrong; the last good one stays in force");
    return last;
  }
}

/** Only what is to be changed needs the lock, so that an idle daemon is in nobody's way. */
const LOCK = { operation: "bellhop daemon", waitMs: 10_000 };

/** Plans again, now that nobody else changes anything, and applies it. */
async function correct(session: Session): Promise<Applied["counts"] | undefined> {
  const plan = await session.plan();
  if (plan.plan.blocked.length > 0) return undefined;
  return (await session.apply(plan)).counts;
}

/** What a daemon takes up only when it starts; `listen` may be another by the command line. */
function fixedOf({ targets, daemon }: Config): string {
  const stores = [...targets.values()].map(({ store, provider, scope }) => [store, provider, scope]);
  const { reconcile: _reconcile, listen: _listen, ...fixed } = daemon;
  return JSON.stringify([stores, fixed]);
}

async function runOnce({ openSession, log }: LoopOptions, config: Config): Promise<void> {
  const session = openSession(config);
  try {
    const plan = await session.plan();
    const { changes, blocked, digest } = plan.plan;
    const summary = { changes: changes.length, blocked: blocked.length, digest: digest.slice(0, 12) };
    // Nobody is there to acknowledge anything: a guard stops the loop until somebody applies, or the file is put right.
    if (blocked.length > 0) log.warn({ ...summary, why: blocked[0]?.why }, "reconcile is blocked");
    if (changes.length === 0) return log.debug(summary, "nothing to reconcile");
    if (config.daemon.reconcile.mode === "report") return log.warn(summary, "targets differ from the file");
    if (blocked.length > 0) return undefined;
    const counts = await session.underLock(LOCK, () => correct(session));
    if (counts !== undefined) log.info({ ...summary, ...counts }, "reconciled");
  } catch (error) {
    log.error({ reason: reasonOf(error) }, "cannot reconcile; will try again");
  } finally {
    await session.close();
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof AppError || error instanceof Error ? error.message : String(error);
