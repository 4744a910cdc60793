/** When an answer says that the next attempt may be made. */
import type { PostResponse } from "../lib/http.ts";

/**
 * Milliseconds since the epoch, or undefined when the answer says nothing. Reads `Retry-After` as seconds or HTTP date, and
 * `retry_after` (seconds, may be a fraction) in a JSON body as Slack and Discord write it; the later of the two
 * counts, so that neither is undercut.
 */
export function retryAfter(response: PostResponse, now: number): number | undefined {
  const moments = [fromHeader(response, now), fromBody(response, now)].filter(
    (moment) => moment !== undefined,
  );
  return moments.length === 0 ? undefined : Math.max(...moments);
}

function fromHeader(response: PostResponse, now: number): number | undefined {
  const value = response.headers.find(([name]) => name === "retry-after")?.[1].trim();
  if (value === undefined || value === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return now + Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : date;
}

function fromBody(response: PostResponse, now: number): number | undefined {
  if (response.status !== 429 || response.body === "") return undefined;
  try {
    const body: unknown = JSON.parse(response.body);
    if (typeof body !== "object" || body === null || !("retry_after" in body)) return undefined;
    const seconds = body.retry_after;
    return typeof seconds === "number" && seconds >= 0 ? now + seconds * 1000 : undefined;
  } catch {
    return undefined;
  }
}
