/** The event sources that run, each started and stopped on its own. What arrives by HTTP is the server's. */
import type { Readable } from "node:stream";
import type { Log } from "../lib/log.ts";
import type { SourceConfig } from "../model/config.ts";
import type { EventSource, Memory, Sink } from "../sources/contract.ts";
import { createFileSource } from "../sources/file.ts";
import { createNatsSource } from "../sources/nats.ts";
import { createStdinSource } from "../sources/stdin.ts";
import { same } from "./difference.ts";

/** A source that is not a path of the HTTP server. */
export type PullSource = Exclude<SourceConfig, { readonly type: "http" | "ingest" }>;

export interface Sources {
  /** Starts what is new and stops what is gone; the others run on. */
  follow(wanted: readonly SourceConfig[]): Promise<void>;
  /** Resolves when nothing is handed over any more. */
  stop(): Promise<void>;
}

export interface SourcesOptions {
  readonly open: (config: PullSource) => EventSource;
  readonly sink: Sink;
  readonly memory: Memory;
  readonly log: Log;
}

export function createSources({ open, sink, memory, log }: SourcesOptions): Sources {
  let running: readonly { readonly config: PullSource; readonly source: EventSource }[] = [];
  const stopAll = async (sources: typeof running): Promise<void> => {
    await Promise.all(
      sources.map(async ({ source }) => {
        await source.stop();
        log.debug({ source: source.name }, "source stopped");
      }),
    );
  };
  return {
    follow: async (wanted) => {
      const pulled = wanted.filter(isPulled);
      const gone = running.filter(({ config }) => !pulled.some((one) => same(one, config)));
      running = running.filter((one) => !gone.includes(one));
      await stopAll(gone);
      for (const config of pulled) {
        if (running.some((one) => same(one.config, config))) continue;
        const source = open(config);
        await source.start(sink, memory);
        running = [...running, { config, source }];
        log.info({ source: source.name }, "source started");
      }
    },
    stop: async () => {
      const all = running;
      running = [];
      await stopAll(all);
    },
  };
}

const isPulled = (config: SourceConfig): config is PullSource =>
  config.type !== "http" && config.type !== "ingest";

/** What stands in a source's way is told once, and again when it is something else or has lasted for this long. */
const SAY_AGAIN_MS = 60_000;

export function openSource(
  config: PullSource,
  { log, stdin }: { readonly log: Log; readonly stdin: Readable },
): EventSource {
  let said = { reason: "", at: Number.NEGATIVE_INFINITY };
  const tell = (source: string) => (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    const at = performance.now();
    if (reason === said.reason && at - said.at < SAY_AGAIN_MS) return;
    said = { reason, at };
    log.error({ source, reason }, "cannot read on; will try again");
  };
  switch (config.type) {
    case "file":
      return createFileSource({
        ...config,
        onProblem: tell(config.pattern),
        onNothing: ({ waits, ...nothing }) =>
          waits
            ? log.info({ source: config.pattern, ...nothing }, "nothing to read yet")
            : log.warn({ source: config.pattern, ...nothing }, "cannot be read"),
      });
    case "nats":
      return createNatsSource({ ...config, onProblem: tell(`${config.stream}/${config.consumer}`) });
    case "stdin":
      return createStdinSource({ stream: stdin, onProblem: tell("stdin") });
  }
}
