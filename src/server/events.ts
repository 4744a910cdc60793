/** Events over HTTP: one as JSON, an array of them, NDJSON, or CloudEvents in structured, batch or binary mode. */
import { createHash, randomUUID } from "node:crypto";
import type { FastifyReply } from "fastify";
import type { SourceBatch } from "../sources/contract.ts";
import type { Headers, ReadBody } from "./body.ts";
import { readBody } from "./body.ts";
import { errorBody } from "./error-body.ts";

export interface EventsPort {
  accept(batch: SourceBatch): Promise<Accepted>;
}

export interface Accepted {
  readonly accepted: number;
  readonly duplicates: readonly string[];
  readonly deliveries: number;
  readonly eventIds: readonly string[];
  readonly rejected: readonly { readonly position: string; readonly reason: string }[];
}

export interface Received {
  /** The path that was asked for. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

/**
 * Answers 202 once everything is durable, what was no event among it included; 400 when the body as a whole cannot be read, and
 * 422 when nothing in it is an event. Whoever got no answer may send the same again: ids make it one, and an `Idempotency-Key`
 * does that for events without id.
 */
export async function answerEvents(
  received: Received,
  reply: FastifyReply,
  port: EventsPort,
): Promise<FastifyReply> {
  const read = readBody(received.headers, received.body);
  const result = await port.accept(toBatch(read, received));
  const answer = summaryOf(result);
  if (read.malformed !== undefined) {
    return reply.code(400).send({ ...errorBody(400, `the body ${read.malformed}`), ...answer });
  }
  const [first] = answer.rejected;
  if (first === undefined || answer.ids.length > 0) return reply.code(202).send(answer);
  const message = `nothing in the body is an event; ${first.position}: ${first.reason}`;
  return reply.code(422).send({ ...errorBody(422, message), ...answer });
}

/** What a sender is told of what became of its events. */
export const summaryOf = (result: Accepted) => ({
  accepted: result.accepted,
  duplicates: result.duplicates.length,
  deliveries: result.deliveries,
  ids: result.eventIds,
  rejected: result.rejected.map(({ position, reason }) => ({ position, reason })),
});

function toBatch({ candidates }: ReadBody, { path, headers }: Received): SourceBatch {
  const key = headers["idempotency-key"]?.trim() ?? "";
  const request = key === "" ? randomUUID() : `${path}#${key}`;
  const items = candidates.map(({ position, content }, index) => ({
    // A key that is used again for something else must not make that disappear.
    seed: `http:${request}:${index}${key === "" ? "" : `:${digestOf(content)}`}`,
    position,
    content,
  }));
  return { source: "http", items, positions: {} };
}

const digestOf = (content: SourceBatch["items"][number]["content"]): string =>
  createHash("sha256").update(JSON.stringify(content)).digest("base64url");
