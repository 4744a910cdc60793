import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { EventSource, SourceBatch } from "../../src/sources/contract.ts";
import { createFileSource, type FileSourceOptions } from "../../src/sources/file.ts";
import { type Collector, createCollector } from "../support/collector.ts";

/** A folder with a file source that can be stopped and started again. */
export interface Follower extends Collector {
  readonly folder: string;
  path(name: string): string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface FollowerOptions extends Partial<FileSourceOptions> {
  /** Called before a batch is acknowledged. */
  readonly before?: (batch: SourceBatch) => Promise<void> | void;
}

export function createFollower({ before, ...options }: FollowerOptions = {}): Follower {
  const folder = mkdtempSync(join(tmpdir(), "bellhop-file-"));
  mkdirSync(join(folder, "events"));
  let source: EventSource | undefined;
  const collector = createCollector(before);
  const follower: Follower = {
    ...collector,
    folder,
    path: (name) => join(folder, "events", name),
    start: async () => {
      const settings = {
        pattern: "events/*.ndjson",
        base: folder,
        pollMs: 20,
        settleMs: 40,
        releaseMs: 10_000,
      };
      source = createFileSource({ ...settings, ...options });
      await source.start(collector.sink, collector.memory);
    },
    stop: async () => {
      await source?.stop();
      source = undefined;
    },
  };
  onTestFinished(async () => {
    await follower.stop();
    rmSync(folder, { recursive: true });
  });
  return follower;
}
