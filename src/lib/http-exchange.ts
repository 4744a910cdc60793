/** One request and its answer over one connection, with an end in sight whatever the other side does. */
import type { Connection } from "./http-connections.ts";
import type { PostResponse, PostResult } from "./http.ts";
import { classify } from "./http-failure.ts";
import type { Failure } from "./http-failure.ts";
import type { PreparedRequest } from "./http-request.ts";

export interface ExchangeLimits {
  /** Over DNS, connect, TLS, headers and body. */
  readonly deadlineMs: number;
  /** What is read of the answer's body. */
  readonly maxBodyBytes: number;
  readonly signal?: AbortSignal;
}

/** Answers with a status below 200 that may come before the real one. */
const MOST_INTERIM = 10;

interface Head {
  readonly status: number;
  readonly headers: PostResponse["headers"];
  readonly atMs: number;
}

/** Never rejects. The connection is released after a whole answer and destroyed otherwise. */
export function exchange(
  connection: Connection,
  request: PreparedRequest,
  { deadlineMs, maxBodyBytes, signal }: ExchangeLimits,
): Promise<PostResult> {
  const started = performance.now();
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let interim = 0;
    let head: Head | undefined;
    let isOver = false;

    const end = (how: "whole" | "more" | Failure): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      const address = connection.remoteAddress();
      if (how === "whole") connection.release();
      else connection.destroy();
      const totalMs = performance.now() - started;
      const known = { totalMs, ...(address === undefined ? {} : { remoteAddress: address }) };
      if (head === undefined)
        return resolve({ ...known, ...(typeof how === "string" ? {} : { failure: how }) });
      const { status, headers, atMs } = head;
      const body = Buffer.concat(chunks).toString("utf8");
      const brokenOff = typeof how === "string" ? {} : { brokenOff: how.class };
      const response = { status, headers, body, truncated: how !== "whole", ...brokenOff };
      resolve({ ...known, response, firstByteMs: atMs });
    };
    // A name that does not resolve in time is no fault of the endpoint's.
    const onDeadline = (): void =>
      end({ class: connection.isResolving() ? "dns" : "timeout", code: "deadline" });
    const onAbort = (): void => end({ class: "aborted", code: "aborted" });
    const timer = setTimeout(onDeadline, deadlineMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted === true) return onAbort();

    connection.client.dispatch(
      {
        path: request.path,
        method: request.method,
        headers: request.headers,
        body: request.body,
      },
      {
        onRequestStart: () => undefined,
        onResponseStart: ({ rawHeaders }, status) => {
          if (status >= 200) {
            head = { status, headers: pairs(rawHeaders), atMs: performance.now() - started };
          } else if ((interim += 1) > MOST_INTERIM) {
            end({ class: "bad-response", code: "too many interim answers" });
          }
        },
        onResponseData: (_controller, chunk) => {
          if (size < maxBodyBytes) chunks.push(chunk.subarray(0, maxBodyBytes - size));
          size += chunk.length;
          if (size > maxBodyBytes) end("more");
        },
        onResponseEnd: () => end("whole"),
        onResponseError: (_controller, error) => end(classify(error)),
      },
    );
  });
}

/** undici gives a flat list of names and values by turns. */
function pairs(headers: unknown): (readonly [string, string])[] {
  const list: (readonly [string, string])[] = [];
  if (!Array.isArray(headers)) return list;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    list.push([String(headers[index]).toLowerCase(), String(headers[index + 1])]);
  }
  return list;
}
