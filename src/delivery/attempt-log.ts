/** What the log keeps of an attempt: the request and the answer, without secrets. */
import type { Attempt } from "../model/delivery.ts";
import type { OutgoingRequest } from "../model/request.ts";
import type { PostResult } from "../lib/http.ts";
import { maskEchoes } from "./mask.ts";

export type Exchange = Pick<Attempt, "durationMs" | "timings" | "request" | "response" | "remoteAddress">;

export function exchangeOf(request: OutgoingRequest, result: PostResult): Exchange {
  const { response } = result;
  return {
    durationMs: Math.round(result.totalMs),
    timings: {
      totalMs: result.totalMs,
      ...(result.firstByteMs === undefined ? {} : { firstByteMs: result.firstByteMs }),
    },
    request: {
      method: "POST",
      url: request.url.toString(),
      headers: request.headers.map(({ name, value }) => [name, value.toString()] as const),
      body: request.body,
    },
    ...(response === undefined
      ? {}
      : {
          response: {
            status: response.status,
            ...maskEchoes(request, response),
            truncated: response.truncated,
          },
        }),
    ...(result.remoteAddress === undefined ? {} : { remoteAddress: result.remoteAddress }),
  };
}
