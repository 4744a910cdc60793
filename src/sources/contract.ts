/**
 * A source brings raw input; it knows neither events nor integrations. What it hands over together with its new positions
 * becomes durable in one transaction, so nothing is lost or read twice. One file each.
 */
import type { Json } from "../model/value.ts";

export interface SourceItem {
  /**
   * Names this input for ever, among all inputs of all sources: an event without an id gets one made from it. The same input
   * read again after a crash has the same seed.
   */
  readonly seed: string;
  /** For people, such as `events/a.ndjson byte 1024`. */
  readonly position: string;
  /** The text of one candidate event, or why there is none with the first bytes of what came. */
  readonly content: { readonly text: string } | { readonly rejected: string; readonly head: string };
}

export interface SourceBatch {
  /** Such as `file:events/a.ndjson`, `http`. */
  readonly source: string;
  readonly items: readonly SourceItem[];
  /** Positions to remember with these items, by key; `null` forgets one. */
  readonly positions: Readonly<Record<string, Json>>;
}

/** Resolves once everything in the batch is durable; a source waits for it before it hands over more. */
export type Sink = (batch: SourceBatch) => Promise<void>;

export interface Memory {
  /** Positions remembered so far, by key, whose key starts with `prefix`. */
  load(prefix: string): Promise<Readonly<Record<string, Json>>>;
}

export interface EventSource {
  readonly name: string;
  /** Resolves when it is watching. Reads what is there first, then follows. */
  start(sink: Sink, memory: Memory): Promise<void>;
  /** Resolves when nothing will be handed over any more and the last batch has settled. */
  stop(): Promise<void>;
}
