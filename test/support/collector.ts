/** What stands in for the outbox: a memory of what a sink acknowledged, and of all that it was handed. */
import { expect } from "vitest";
import type { Json } from "../../src/model/value.ts";
import type { Memory, Sink, SourceBatch, SourceItem } from "../../src/sources/contract.ts";

export interface Collector {
  readonly sink: Sink;
  readonly memory: Memory;
  readonly items: SourceItem[];
  readonly batches: SourceBatch[];
  readonly positions: Map<string, Json>;
  /** Texts so far; what was rejected stands as `!reason`. */
  texts(): string[];
  /** Waits until exactly these have come, in this order. */
  came(...texts: string[]): Promise<void>;
  /** Waits until exactly these have come, in any order. */
  cameSomehow(texts: readonly string[]): Promise<void>;
}

const textOf = ({ content }: SourceItem): string =>
  "text" in content ? content.text : `!${content.rejected}`;

const patience = { timeout: 20_000, interval: 5 };

/** `before` is called before a batch is acknowledged; what it throws is the sink's failure. */
export function createCollector(before?: (batch: SourceBatch) => Promise<void> | void): Collector {
  const positions = new Map<string, Json>();
  const [items, batches]: [SourceItem[], SourceBatch[]] = [[], []];
  const collector: Collector = {
    items,
    batches,
    positions,
    sink: async (batch) => {
      await before?.(batch);
      await new Promise((resolve) => setImmediate(resolve));
      batches.push(batch);
      items.push(...batch.items);
      for (const [key, value] of Object.entries(batch.positions)) {
        if (value === null) positions.delete(key);
        else positions.set(key, structuredClone(value));
      }
    },
    memory: {
      load: async (prefix) => Object.fromEntries([...positions].filter(([key]) => key.startsWith(prefix))),
    },
    texts: () => items.map(textOf),
    came: async (...texts) => {
      await expect.poll(() => collector.texts(), patience).toEqual(texts);
    },
    cameSomehow: async (texts) => {
      await expect.poll(() => collector.texts().toSorted(), patience).toEqual([...texts].toSorted());
    },
  };
  return collector;
}
