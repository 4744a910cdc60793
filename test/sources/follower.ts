import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { Json } from "../../src/model/value.ts";
import type { EventSource, Memory, Sink, SourceBatch, SourceItem } from "../../src/sources/contract.ts";
import { createFileSource, type FileSourceOptions } from "../../src/sources/file.ts";

/** A folder with a file source that can be stopped and started, and a memory of what its sink acknowledged. */
export interface Follower {
  readonly folder: string;
  path(name: string): string;
  readonly items: SourceItem[];
  readonly batches: SourceBatch[];
  /** Texts so far; what was rejected stands as `!reason`. */
  texts(): string[];
  readonly positions: Map<string, Json>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Waits until exactly these have come, in this order. */
  came(...texts: string[]): Promise<void>;
  /** Waits until exactly these have come, in any order. */
  cameSomehow(texts: readonly string[]): Promise<void>;
}

export interface FollowerOptions extends Partial<FileSourceOptions> {
  /** Called before a batch is acknowledged. */
  readonly before?: (batch: SourceBatch) => Promise<void> | void;
}

const textOf = ({ content }: SourceItem): string =>
  "text" in content ? content.text : `!${content.rejected}`;

export function createFollower({ before, ...options }: FollowerOptions = {}): Follower {
  const folder = mkdtempSync(join(tmpdir(), "bellhop-file-"));
  mkdirSync(join(folder, "events"));
  let source: EventSource | undefined;
  const positions = new Map<string, Json>();
  const [items, batches]: [SourceItem[], SourceBatch[]] = [[], []];
  const sink: Sink = async (batch) => {
    await before?.(batch);
    await new Promise((resolve) => setImmediate(resolve));
    batches.push(batch);
    items.push(...batch.items);
    for (const [key, value] of Object.entries(batch.positions)) {
      if (value === null) positions.delete(key);
      else positions.set(key, structuredClone(value));
    }
  };
  const memory: Memory = {
    load: async (prefix) => Object.fromEntries([...positions].filter(([key]) => key.startsWith(prefix))),
  };
  const follower: Follower = {
    folder,
    items,
    batches,
    positions,
    path: (name) => join(folder, "events", name),
    texts: () => items.map(textOf),
    start: async () => {
      const settings = {
        pattern: "events/*.ndjson",
        base: folder,
        pollMs: 20,
        settleMs: 40,
        releaseMs: 10_000,
      };
      source = createFileSource({ ...settings, ...options });
      await source.start(sink, memory);
    },
    stop: async () => {
      await source?.stop();
      source = undefined;
    },
    came: async (...texts) => {
      await expect.poll(() => follower.texts(), { timeout: 20_000, interval: 5 }).toEqual(texts);
    },
    cameSomehow: async (texts) => {
      await expect
        .poll(() => follower.texts().toSorted(), { timeout: 20_000, interval: 5 })
        .toEqual([...texts].toSorted());
    },
  };
  onTestFinished(async () => {
    await follower.stop();
    rmSync(folder, { recursive: true });
  });
  return follower;
}
