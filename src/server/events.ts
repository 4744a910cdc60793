/** Events over HTTP: one as JSON, an array of them, or NDJSON. */
import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { SourceBatch, SourceItem } from "../sources/contract.ts";

export interface EventsPort {
  accept(batch: SourceBatch): Promise<{
    readonly accepted: number;
    readonly duplicates: readonly string[];
    readonly deliveries: number;
    readonly eventIds: readonly string[];
    readonly rejected: readonly { readonly position: string; readonly reason: string }[];
  }>;
}

/** How much of a body that is no text is kept. */
const HEAD_BYTES = 4096;

/** Answers 202 once everything is durable, 422 when nothing in the body was an event. */
export function registerEvents(api: FastifyInstance, paths: readonly string[], port: EventsPort): void {
  // Text is what a page in a browser may send to this machine without asking.
  api.removeContentTypeParser("text/plain");
  api.addContentTypeParser(
    [
      "application/json",
      "application/cloudevents+json",
      "application/cloudevents-batch+json",
      "application/x-ndjson",
    ],
    { parseAs: "buffer" },
    (_request, body, done) => done(null, body),
  );
  for (const path of new Set(paths)) {
    api.post<{ Body: Buffer | undefined }>(path, async (request, reply) => {
      const contents = contentsOf(request.body ?? Buffer.alloc(0), request.headers["content-type"] ?? "");
      const result = await port.accept(toBatch(contents, randomUUID()));
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

function toBatch(contents: readonly SourceItem["content"][], requestId: string): SourceBatch {
  const items = contents.map((content, index) => ({
    seed: `http:${requestId}:${index}`,
    position: `item ${index}`,
    content,
  }));
  return { source: "http", items, positions: {} };
}

function contentsOf(body: Buffer, contentType: string): readonly SourceItem["content"][] {
  if (!isUtf8(body)) return [{ rejected: "is not UTF-8", head: body.toString("utf8", 0, HEAD_BYTES) }];
  return split(body.toString("utf8"), contentType).map((text) => ({ text }));
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
