/** What an answer says about when the next request may be made, of this integration and of others at the same service. Pure. */
import type { PostResponse } from "../lib/http.ts";
import type { Destination } from "../model/request.ts";
import { retryAfter } from "./retry-after.ts";

export interface Pauses {
  /** Milliseconds since the epoch: nothing may be sent to the integration before. */
  readonly pauseUntil?: number;
  /** Nothing may be sent before to any integration at the same service (Discord's `global`). */
  readonly pauseAllUntil?: number;
}

/**
 * A refusal's Retry-After holds for the whole integration, not for one message alone. Discord also says how many requests are left
 * for how long; those headers are read on every answer of Discord's, and on no other's, where nobody knows what they count.
 */
export function pausesOf(destination: Destination, response: PostResponse | undefined, now: number): Pauses {
  if (response === undefined) return {};
  const refused = response.status >= 400 ? (retryAfter(response, now) ?? 0) : 0;
  const spent = destination === "discord" ? spentUntil(response, now) : 0;
  const until = Math.ceil(Math.max(refused, spent));
  if (until <= now) return {};
  const everywhere = destination === "discord" && response.status === 429 && isGlobal(response);
  return { pauseUntil: until, ...(everywhere ? { pauseAllUntil: until } : {}) };
}

/** A bucket of Discord's is never longer than this; beyond it the header is a mistake. */
const LONGEST_BUCKET_S = 3600;

function spentUntil(response: PostResponse, now: number): number {
  if (header(response, "x-ratelimit-remaining") !== "0") return 0;
  const seconds = Number(header(response, "x-ratelimit-reset-after") ?? 0);
  return seconds > 0 && seconds <= LONGEST_BUCKET_S ? now + seconds * 1000 : 0;
}

function isGlobal(response: PostResponse): boolean {
  return (
    header(response, "x-ratelimit-global") === "true" ||
    header(response, "x-ratelimit-scope") === "global" ||
    /"global"\s*:\s*true/.test(response.body)
  );
}

const header = (response: PostResponse, name: string): string | undefined =>
  response.headers.find(([known]) => known === name)?.[1].trim();
