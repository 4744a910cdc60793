/**
 * Lines from a stream that nobody can rewind, such as standard input. It is read no faster than the sink takes what comes, so that
 * whoever writes has to wait. What was not handed over when it stops is put back.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { createBell } from "./bell.ts";
import type { EventSource, Sink } from "./contract.ts";
import { type Cut, cutLines } from "./lines.ts";

export interface StdinSourceOptions {
  /** Of bytes: it has no encoding set. */
  readonly stream: Readable;
  /** Told what kept a batch from being handed over, or the stream from being read on. */
  readonly onProblem?: (error: unknown) => void;
  /** How long to wait before a batch is handed over again. 1 second by default. */
  readonly retryMs?: number;
}

export function createStdinSource(options: StdinSourceOptions): EventSource {
  const { stream, onProblem = () => {}, retryMs = 1000 } = options;
  const bell = createBell();
  let running: Promise<void> = Promise.resolve();

  /** Says whether it was. */
  const handOver = async (sink: Sink, lines: Cut["lines"], offset: number, run: string): Promise<boolean> => {
    const items = lines.map(({ start, content }) => ({
      seed: `stdin:${run}@${offset + start}`,
      position: `byte ${offset + start}`,
      content,
    }));
    while (items.length > 0) {
      try {
        await sink({ source: "stdin", items, positions: {} });
        return true;
      } catch (error) {
        onProblem(error);
        if (bell.stopped()) return false;
        await bell.pause(retryMs);
        if (bell.stopped()) return false;
      }
    }
    return true;
  };

  const run = async (sink: Sink): Promise<void> => {
    const id = randomUUID();
    let rest: Buffer = Buffer.alloc(0);
    let [offset, skipping] = [0, false];
    for (let ended = false; !bell.stopped();) {
      const cut = cutLines(rest, { atStart: offset === 0, skipping, final: ended });
      if (!(await handOver(sink, cut.lines, offset, id))) break;
      rest = rest.subarray(cut.consumed);
      offset += cut.consumed;
      skipping = cut.skipping;
      if (cut.consumed > 0 && rest.length > 0) continue;
      if (ended) return;
      const chunk = await next(stream, bell.whenStopped);
      if (chunk === "end") ended = true;
      else if (chunk !== undefined) rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    }
    if (rest.length > 0 && !stream.readableEnded) stream.unshift(rest);
  };

  return {
    name: "stdin",
    start: async (sink) => {
      stream.once("error", onProblem);
      hold(stream, true);
      running = run(sink);
    },
    stop: async () => {
      bell.stop();
      await running;
      stream.off("error", onProblem);
      hold(stream, false);
    },
  };
}

/** What is there, as soon as something is; undefined when it was stopped before. A stream that fails has ended. */
async function next(stream: Readable, whenStopped: Promise<unknown>): Promise<Buffer | "end" | undefined> {
  for (let stopped = false; !stopped;) {
    const here: unknown = stream.read();
    if (Buffer.isBuffer(here)) return here;
    if (stream.readableEnded || stream.destroyed) return "end";
    const heard = new AbortController();
    const { signal } = heard;
    const events = ["readable", "end", "close"].map((name) => once(stream, name, { signal }));
    const ring = Promise.race(events).catch(() => undefined);
    stopped = await Promise.race([ring.then(() => false), whenStopped.then(() => true)]);
    heard.abort();
    await Promise.allSettled(events);
  }
  return undefined;
}

/** A stream that is open does not keep the process from ending while nobody reads it. */
function hold(stream: Readable, held: boolean): void {
  const method: unknown = Reflect.get(stream, held ? "ref" : "unref");
  if (typeof method === "function") Reflect.apply(method, stream, []);
}
