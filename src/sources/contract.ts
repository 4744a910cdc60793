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
  /** Such as `file:events/a.ndjson`, `http`, `ingest:northflank`, `nats:EVENTS`. */
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

/** Held to `test/conformance/source.ts`. What a sink refuses is handed over again, under the same seeds. */
export interface EventSource {
  /** The same for the same configuration. */
  readonly name: string;
  /**
   * Reads what is there first, then follows. Resolves soon, even while what it reads cannot be reached: that is tried again. Once
   * at most: what is to run again is made anew.
   */
  start(sink: Sink, memory: Memory): Promise<void>;
  /** Resolves when nothing will be handed over any more and the last batch has settled, or was given up because the sink refused it. */
  stop(): Promise<void>;
}
