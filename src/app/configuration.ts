/**
 * The configuration in force. Whenever its files may have changed they are read again; what is good is taken up at once, and what is
 * broken is told once while the last good one stays in force.
 */
import type { LoadResult } from "../config/load.ts";
import type { Watch } from "../config/watch.ts";
import { watchFiles } from "../config/watch.ts";
import type { Log } from "../lib/log.ts";
import type { Config } from "../model/config.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { difference, inFull, isNothing } from "./difference.ts";
import type { Difference } from "./difference.ts";

/** What is known of the file. Times are milliseconds since the epoch. */
export interface ConfigurationStatus {
  /** The main file, absolute. */
  readonly file: string;
  /** When what is in force was read. */
  readonly loadedAt: number;
  /** Of what is in force; see Config. */
  readonly digest: string;
  /** What is wrong with the files as they are now. */
  readonly error?: {
    /** With file, line and column where there are any. */
    readonly message: string;
    /** When the files were last found so. */
    readonly at: number;
    /** When they first were. */
    readonly since: number;
  };
  /** What has changed in the file, and takes effect only when the daemon starts again. */
  readonly restart: readonly string[];
}

export interface Configuration {
  readonly current: () => Config;
  readonly status: () => ConfigurationStatus;
  /** Begins to watch the files. */
  watch(): void;
  /** Reads the files again now; never rejects. */
  reload(): Promise<void>;
  /** Waits for a reload that is under way. */
  stop(): Promise<void>;
}

export interface ConfigurationOptions {
  readonly first: Loaded;
  /** Reads the files. */
  readonly load: () => Promise<LoadResult>;
  /** Makes everything follow; when it rejects, what was in force before stays so, and is followed in full the next time. */
  readonly apply: (change: { readonly after: Config; readonly difference: Difference }) => Promise<void>;
  /** Called once it is in force. */
  readonly inForce: (difference: Difference) => void;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface Loaded {
  readonly config: Config;
  /** See LoadResult. */
  readonly inputs: readonly string[];
  /** When reading began, in milliseconds since the epoch. */
  readonly readAt: number;
}

export function openConfiguration(options: ConfigurationOptions): Configuration {
  const { first, log, now } = options;
  let current = first.config;
  let loadedAt = first.readAt;
  let inputs = first.inputs;
  let readAt = first.readAt;
  let failure: ConfigurationStatus["error"];
  let restart: readonly string[] = [];
  let watch: Watch | undefined;
  const follow = followInFull(options.apply);

  const fail = (message: string, more: object): void => {
    const at = now();
    if (failure?.message !== message)
      log.error({ ...more, reason: message }, "the configuration is wrong; the last good one stays in force");
    failure = { message, at, since: failure?.message === message ? failure.since : at };
  };

  const takeUp = async (after: Config, began: number): Promise<void> => {
    const found = difference(current, after);
    // Against what it started with: what needs a restart may be taken back.
    const sinceStart = difference(first.config, after).restart;
    await follow(after, found);
    if (sinceStart.join() !== restart.join() && sinceStart.length > 0)
      log.warn({ changed: sinceStart }, "what has changed takes effect when the daemon is restarted");
    restart = sinceStart;
    const mended = failure !== undefined;
    failure = undefined;
    if (!isNothing(found) || mended || after.digest !== current.digest) {
      loadedAt = began;
      log.info(summaryOf(after, found), mended ? "the configuration is right again" : "configuration loaded");
    }
    current = after;
    if (!isNothing(found)) options.inForce(found);
  };

  const read = async (): Promise<void> => {
    readAt = now();
    try {
      const result = await options.load();
      inputs = result.config === undefined ? [...new Set([...inputs, ...result.inputs])] : result.inputs;
      if (result.config === undefined) {
        const errors = result.diagnostics.filter(({ severity }) => severity === "error");
        const [worst] = errors;
        fail(describe(worst, errors.length), worst === undefined ? {} : placeOf(worst));
      } else await takeUp(result.config, readAt);
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error), {});
    }
    watch?.follow(inputs, readAt);
  };

  const turns = oneAtATime(read);
  return {
    current: () => current,
    status: () => ({
      file: current.file,
      loadedAt,
      digest: current.digest,
      ...(failure === undefined ? {} : { error: failure }),
      restart,
    }),
    watch: () => {
      watch = watchFiles({
        onChange: () => void turns.run(),
        onProblem: (error) =>
          log.warn(
            { reason: error instanceof Error ? error.message : String(error) },
            "cannot watch the configuration; it is read again at every interval and on SIGHUP",
          ),
      });
      watch.follow(inputs, readAt);
    },
    reload: () => turns.run(),
    stop: async () => {
      await watch?.close();
      await turns.stop();
    },
  };
}

/** What fails may have failed in the middle: then whatever comes next, what is in force included, is followed in full. */
function followInFull(
  apply: ConfigurationOptions["apply"],
): (after: Config, found: Difference) => Promise<void> {
  let halfway = false;
  return async (after, found) => {
    if (!halfway && isNothing(found)) return;
    const wanted = halfway ? inFull(found) : found;
    halfway = true;
    await apply({ after, difference: wanted });
    halfway = false;
  };
}

/** A call during a run leads to one more run; each call resolves when a run has ended that began after it. */
function oneAtATime(work: () => Promise<void>): { run(): Promise<void>; stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let stopped = false;
  const run = (): Promise<void> => {
    if (stopped) return Promise.resolve();
    if (running === undefined) {
      running = work().finally(() => (running = undefined));
      return running;
    }
    next ??= running.then(() => {
      next = undefined;
      return run();
    });
    return next;
  };
  return {
    run,
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

const placeOf = ({ file, line, column, code, hint }: Diagnostic): object => ({
  at: `${file}:${line}:${column}`,
  code,
  hint,
});

function describe(worst: Diagnostic | undefined, count: number): string {
  if (worst === undefined) return "the configuration cannot be read";
  const more = count > 1 ? ` (and ${count - 1} more)` : "";
  return `${worst.file}:${worst.line}:${worst.column}: ${worst.message}${more}`;
}

const summaryOf = ({ integrations, digest }: Config, { sources, settings, restart }: Difference): object => ({
  integrations: integrations.length,
  digest: digest.slice(0, 12),
  ...(settings.length === 0 ? {} : { settings }),
  ...(sources.added.length === 0 ? {} : { sourcesAdded: sources.added.length }),
  ...(sources.removed.length === 0 ? {} : { sourcesRemoved: sources.removed.length }),
  ...(restart.length === 0 ? {} : { restart }),
});
