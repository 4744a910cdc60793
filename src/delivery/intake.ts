/** From raw input to owed deliveries: parse, recognise, match, and accept all of it in one transaction. */
import { createHash } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { isDeeperThan } from "../lib/json-depth.ts";
import type { Event } from "../model/event.ts";
import type { Json } from "../model/value.ts";
import type { AcceptBatch, AcceptedEvent, AcceptResult, Outbox, RejectedInput } from "../outbox/contract.ts";
import type { Provider } from "../providers/contract.ts";
import { whyNoEvent } from "../routing/nearest-shape.ts";
import { recognise } from "../routing/recognise.ts";
import type { SourceBatch, SourceItem } from "../sources/contract.ts";
import type { HealthBook } from "./health.ts";
import { holdIfDisabled } from "./hold.ts";
import type { RouteTable } from "./routes.ts";

/** How much of a rejected input is kept. */
const HEAD = 4096;
/** How deeply an event may be nested. */
const DEEPEST = 500;

export interface Intake {
  /** Durable when it resolves. */
  accept(batch: SourceBatch): Promise<IntakeResult>;
}

export interface IntakeResult extends AcceptResult {
  readonly rejected: readonly RejectedInput[];
  /** Ids of the events that were recognised, duplicates included, in order. */
  readonly eventIds: readonly string[];
}

export interface IntakeOptions {
  readonly outbox: Pick<Outbox, "accept">;
  readonly providers: readonly Provider[];
  readonly routes: () => RouteTable;
  readonly health: HealthBook;
  readonly clock: Clock;
  /** Called once a batch with deliveries is durable. */
  readonly onAccepted: () => void;
}

export function createIntake(options: IntakeOptions): Intake {
  return {
    accept: async (batch) => {
      const prepared = prepare(batch, options);
      const result = await options.outbox.accept(prepared);
      if (result.deliveries > 0) options.onAccepted();
      return {
        ...result,
        rejected: prepared.rejected,
        eventIds: prepared.events.map(({ event }) => event.id),
      };
    },
  };
}

function prepare(batch: SourceBatch, options: IntakeOptions): AcceptBatch {
  const events: AcceptedEvent[] = [];
  const rejected: RejectedInput[] = [];
  const routes = options.routes();
  for (const item of batch.items) {
    const read = readItem(item, options);
    if ("rejected" in read) {
      rejected.push({
        source: batch.source,
        position: item.position,
        reason: read.rejected,
        head: read.head,
      });
    } else {
      const deliveries = routes.match(read.event).map((delivery) => holdIfDisabled(delivery, options.health));
      events.push({ event: read.event, source: batch.source, deliveries });
    }
  }
  return { events, rejected, positions: batch.positions };
}

function readItem(
  item: SourceItem,
  options: IntakeOptions,
): { readonly event: Event } | { readonly rejected: string; readonly head: string } {
  if ("rejected" in item.content) return item.content;
  const { text } = item.content;
  const head = text.slice(0, HEAD);
  let body: Json;
  try {
    body = parseJson(text);
  } catch {
    return { rejected: "not JSON", head };
  }
  if (isDeeperThan(DEEPEST, body, text.length))
    return { rejected: `nested deeper than ${DEEPEST} levels`, head };
  const event = recognise(body, options.providers);
  if (event === undefined) return { rejected: whyNoEvent(body, options.providers), head };
  return {
    event: {
      ...event,
      id: event.id ?? idFromSeed(item.seed),
      time: event.time ?? new Date(options.clock.now()).toISOString(),
    },
  };
}

function parseJson(text: string): Json {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse yields JSON
  return JSON.parse(text) as Json;
}

/** The id of an event that brings none: the same input has the same id, and two identical inputs have two. */
function idFromSeed(seed: string): string {
  return `evt_${createHash("sha256").update(seed).digest("hex").slice(0, 32)}`;
}
