import { describe, expect, it } from "vitest";
import { pausesOf } from "../../src/delivery/pause.ts";
import type { Pauses } from "../../src/delivery/pause.ts";
import type { PostResponse } from "../../src/lib/http.ts";
import type { Destination } from "../../src/model/request.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");

function after(
  destination: Destination,
  status: number,
  headers: Readonly<Record<string, string>>,
  body = "",
): Pauses {
  const response: PostResponse = { status, headers: Object.entries(headers), body, truncated: false };
  return pausesOf(destination, response, NOW);
}

describe("an answer pauses its whole integration", () => {
  it.each<[string, Pauses, Pauses]>([
    ["429 with seconds", after("raw", 429, { "retry-after": "30" }), { pauseUntil: NOW + 30_000 }],
    [
      "429 with a date",
      after("raw", 429, { "retry-after": "Fri, 20 Nov 2026 12:05:00 GMT" }),
      { pauseUntil: NOW + 300_000 },
    ],
    ["503 with seconds", after("raw", 503, { "retry-after": "2" }), { pauseUntil: NOW + 2000 }],
    ["Slack's body", after("slack", 429, {}, '{"retry_after":7}'), { pauseUntil: NOW + 7000 }],
    ["Discord's fraction", after("discord", 429, {}, '{"retry_after":0.64}'), { pauseUntil: NOW + 640 }],
    [
      "a success that used up Discord's bucket",
      after("discord", 204, { "x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "1.5" }),
      { pauseUntil: NOW + 1500 },
    ],
    [
      "a refusal of all of Discord",
      after("discord", 429, { "retry-after": "3" }, '{"retry_after": 3.0, "global": true}'),
      { pauseUntil: NOW + 3000, pauseAllUntil: NOW + 3000 },
    ],
    [
      "a refusal of all of Discord, by its header",
      after("discord", 429, { "retry-after": "3", "x-ratelimit-scope": "global" }),
      { pauseUntil: NOW + 3000, pauseAllUntil: NOW + 3000 },
    ],
  ])("%s", (_name, found, expected) => expect(found).toEqual(expected));
});

describe("an answer pauses nothing", () => {
  it.each<[string, Pauses]>([
    ["a success with Retry-After", after("raw", 202, { "retry-after": "30" })],
    ["a moment that has passed", after("raw", 429, { "retry-after": "Fri, 20 Nov 2026 11:00:00 GMT" })],
    [
      "a bucket that has some left",
      after("discord", 204, { "x-ratelimit-remaining": "3", "x-ratelimit-reset-after": "1" }),
    ],
    [
      "the same headers of another receiver",
      after("raw", 200, { "x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "1" }),
    ],
    [
      "a bucket of days, which Discord has not",
      after("discord", 204, { "x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "99999" }),
    ],
    ["no answer at all", pausesOf("raw", undefined, NOW)],
  ])("%s", (_name, found) => expect(found).toEqual({}));
});
