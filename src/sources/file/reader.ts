/** Hands over what is new in a file, one batch at a time. */
import { relative } from "node:path";
import type { Sink } from "../contract.ts";
import { type Followed, type Read, readOn } from "./follow.ts";
import type { Tracker } from "./tracker.ts";

export interface ReaderOptions {
  readonly tracker: Tracker;
  readonly sink: Sink;
  readonly base: string;
  /** What seeds start with. */
  readonly prefix: string;
  readonly settleMs: number;
  readonly releaseMs: number;
  readonly now: () => number;
}

/** Reads one batch of a file into `buffer` and hands it over; says whether there is more to read now. */
export type Reader = (file: Followed, buffer: Buffer) => Promise<boolean>;

export function createReader(options: ReaderOptions): Reader {
  const { tracker, sink, prefix, now } = options;
  const nameOf = (file: Followed): string => relative(options.base, file.path);

  const handOver = async (
    file: Followed,
    { lines, next }: Extract<Read, { state: "lines" }>,
  ): Promise<void> => {
    const { offset } = file.progress;
    const positions = tracker.positions(file, next);
    const items = lines.map(({ start, content }) => ({
      seed: `${prefix}${file.generation}@${offset + start}`,
      position: `${nameOf(file)} byte ${offset + start}`,
      content,
    }));
    await sink({ source: `file:${nameOf(file)}`, items, positions: positions.values });
    positions.kept();
    file.progress = next;
  };
  const letGo = async (file: Followed): Promise<void> => {
    await tracker.drop(file);
    const positions = Object.fromEntries([...tracker.forgotten].map((key) => [key, null]));
    if (Object.keys(positions).length > 0)
      await sink({ source: `file:${nameOf(file)}`, items: [], positions });
  };

  return async (file, buffer) => {
    if (tracker.waits(file)) return false;
    const read = await readOn(file, buffer, { settleMs: options.settleMs, now: now() });
    switch (read.state) {
      case "lines":
        await handOver(file, read);
        return read.more;
      case "truncated":
        await tracker.truncated(file);
        return true;
      case "idle":
        if (file.gone && !read.partial && now() - file.changedAt >= options.releaseMs) await letGo(file);
        return false;
    }
  };
}
