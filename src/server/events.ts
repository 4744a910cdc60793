/** Events over HTTP: one as JSON, an array of them, or NDJSON. */
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { SourceBatch } from "../sources/contract.ts";

export interface EventsPort {
  accept(batch: SourceBatch): Promise<{
    readonly accepted: number;
    readonly duplicates: readonly string[];
    readonly deliveries: number;
    readonly eventIds: readonly string[];
    readonly rejected: readonly { readonly position: string; readonly reason: string }[];
  }>;
}

/** Answers 202 once everything is durable, 422 when nothing in the body was an event. */
export function registerEvents(api: FastifyInstance, paths: readonly string[], port: EventsPort): void {
  api.addContentTypeParser(
    [
      "application/json",
      "application/cloudevents+json",
      "application/cloudevents-batch+json",
      "application/x-ndjson",
    ],
    { parseAs: "string" },
    (_request, body, done) => done(null, body),
  );
  for (const path of new Set(paths)) {
    api.post<{ Body: string }>(path, async (request, reply) => {
      const texts = split(request.body ?? "", request.headers["content-type"] ?? "");
      const result = await port.accept(toBatch(texts, randomUUID()));
      return reply.code(result.eventIds.length === 0 ? 422 : 202).send({
        accepted: result.accepted,
        duplicates: result.duplicates.length,
        deliveries: result.deliveries,
        ids: result.eventIds,
        rejected: result.rejected.map(({ position, reason }) => ({ position, reason })),
      });
    });
  }
}

function toBatch(texts: readonly string[], requestId: string): SourceBatch {
  const items = texts.map((text, index) => ({
    seed: `http:${requestId}:${index}`,
    position: `item ${index}`,
    content: { text },
  }));
  return { source: "http", items, positions: {} };
}

function split(body: string, contentType: string): readonly string[] {
  if (contentType.startsWith("application/x-ndjson"))
    return body.split("\n").filter((line) => line.trim() !== "");
  if (!body.trimStart().startsWith("[")) return [body];
  try {
    const items: unknown = JSON.parse(body);
    return Array.isArray(items) ? items.map((item) => JSON.stringify(item)) : [body];
  } catch {
    return [body];
  }
}
