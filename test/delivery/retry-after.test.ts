/** When an answer lets the next attempt be made, over real HTTP. */
import { describe, expect, it } from "vitest";
import { retryAfter } from "../../src/delivery/retry-after.ts";
import { createHttpClient } from "../../src/lib/http.ts";
import { listen } from "../support/receiver.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");
const YEAR = 365 * 24 * 60 * 60 * 1000;

async function moment(status: number, header: string | undefined, body: string): Promise<number | undefined> {
  const url = await listen((_request, response) =>
    response.writeHead(status, header === undefined ? {} : { "Retry-After": header }).end(body),
  );
  const http = createHttpClient({ maxBodyBytes: 64 * 1024, userAgent: "bellhop-test" });
  const { response } = await http.post({ url, headers: [], body: "{}", deadlineMs: 20_000 });
  await http.close();
  expect(response?.status).toBe(status);
  return response === undefined ? undefined : retryAfter(response, NOW);
}

/** Status, header, body, milliseconds from now; undefined where the schedule holds. */
type Row = readonly [string, number, string | undefined, string, number | undefined];

const HEADER: readonly Row[] = [
  ["seconds", 429, "30", "", 30_000],
  ["seconds of any other status", 503, "1", "", 1000],
  ["seconds with spaces around", 503, "  7  ", "", 7000],
  ["a fraction of seconds", 429, "0.25", "", 250],
  ["almost a year", 429, String(YEAR / 1000), "", YEAR],
  ["today's date", 503, "Fri, 20 Nov 2026 12:00:10 GMT", "", 10_000],
  ["today's date of a redirect", 302, "Fri, 20 Nov 2026 12:00:10 GMT", "", 10_000],
  ["RFC 850's date", 503, "Friday, 20-Nov-26 12:00:10 GMT", "", 10_000],
  ["C's date, which is UTC", 503, "Fri Nov 20 12:00:10 2026", "", 10_000],
  ["C's date with a day of one digit", 503, "Tue Dec  1 12:00:00 2026", "", 11 * 86_400_000],
  ["a leap second", 503, "Thu, 31 Dec 2026 23:59:60 GMT", "", Date.UTC(2027, 0, 1) - NOW],
];

const NOTHING: readonly Row[] = [
  ["no header", 500, undefined, "", undefined],
  ["no seconds, so that attempts are not all made at once", 503, "0", "", undefined],
  ["an empty header", 503, "", "", undefined],
  ["less than nothing", 429, "-5", "", undefined],
  ["words", 429, "soon", "", undefined],
  ["words with a number", 429, "in 5 seconds", "", undefined],
  ["a number with its unit", 429, "5s", "", undefined],
  ["an exponent", 429, "1e3", "", undefined],
  ["a sign", 429, "+5", "", undefined],
  ["digits of another base", 429, "0x10", "", undefined],
  ["a number that goes on for ever", 429, "9".repeat(400), "", undefined],
  ["more than a year", 503, "99999999999999999999", "", undefined],
  ["a date in the past", 503, "Wed, 21 Oct 2015 07:28:00 GMT", "", undefined],
  ["RFC 850's date in the past", 503, "Sunday, 06-Nov-94 08:49:37 GMT", "", undefined],
  ["a date beyond a year", 503, "Fri, 20 Nov 2099 12:00:10 GMT", "", undefined],
  ["a date in another time zone", 503, "Fri, 20 Nov 2026 12:00:10 CEST", "", undefined],
  ["a date of no month", 503, "Fri, 20 Foo 2026 12:00:10 GMT", "", undefined],
  ["a time of no day", 503, "Fri, 20 Nov 2026 25:00:10 GMT", "", undefined],
  ["an ISO date", 503, "2026-11-20T12:00:10Z", "", undefined],
  ["moments since the epoch", 503, String(NOW + 10_000), "", undefined],
];

const BODY: readonly Row[] = [
  ["Slack's body", 429, undefined, '{"retry_after":1,"ok":false,"error":"rate_limited"}', 1000],
  ["Discord's fraction", 429, undefined, '{"message":"limited","retry_after":0.35,"global":false}', 350],
  ["Discord's many digits", 429, "1", '{"message":"limited","retry_after":64.57,"global":true}', 64_570],
  ["the later of header and body", 429, "2", '{"retry_after":2.5}', 2500],
  ["the later of body and header", 429, "3", '{"retry_after":2.5}', 3000],
  ["the header where the body makes no sense", 429, "3", "{", 3000],
  ["the header where the body has no number", 429, "3", '{"retry_after":"9"}', 3000],
  ["the header where the body is a list", 429, "3", "[9]", 3000],
  ["the header where the body is null", 429, "3", "null", 3000],
  ["a body that is no 429's", 500, undefined, '{"retry_after":9}', undefined],
  ["less than nothing in the body", 429, undefined, '{"retry_after":-9}', undefined],
  ["nothing in the body", 429, undefined, '{"retry_after":0}', undefined],
  ["more than any number in the body", 429, undefined, '{"retry_after":1e400}', undefined],
  ["more than a year in the body", 429, undefined, '{"retry_after":1e300}', undefined],
  ["a web page", 429, undefined, "<html>error 1015</html>", undefined],
];

const GROUPS: readonly (readonly [string, readonly Row[]])[] = [
  ["reads", HEADER],
  ["takes for nothing", NOTHING],
  ["reads in or beside a body", BODY],
];

describe.for(GROUPS)("%s", ([, rows]) => {
  it.for(rows)("%s", async ([, status, header, body, expected]) => {
    expect(await moment(status, header, body)).toBe(expected === undefined ? undefined : NOW + expected);
  });
});
