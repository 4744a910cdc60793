/** When an answer says that the next attempt may be made. */
import type { PostResponse } from "../lib/http.ts";

/** A moment beyond this is a mistake or an attack; nobody who waits for it would still be owed the message. */
const LONGEST_MS = 365 * 24 * 60 * 60 * 1000;

/**
 * Milliseconds since the epoch, or undefined when the answer says nothing about the future: then the schedule holds, so that
 * "at once" does not use up all attempts at once. Reads `Retry-After` as seconds or HTTP date, and
 * `retry_after` (seconds, may be a fraction) in a JSON body as Slack and Discord write it; the later of the two
 * counts, so that neither is undercut.
 */
export function retryAfter(response: PostResponse, now: number): number | undefined {
  const moments = [fromHeader(response, now) ?? 0, fromBody(response, now) ?? 0].filter(
    (moment) => moment > now && moment <= now + LONGEST_MS,
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
