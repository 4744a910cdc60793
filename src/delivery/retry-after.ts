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
  return /^\d+(\.\d+)?$/.test(value) ? now + Number(value) * 1000 : httpDate(value, now);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const TIME = "(\\d\\d):(\\d\\d):(\\d\\d)";
/** The form that is sent today: `Sun, 06 Nov 1994 08:49:37 GMT`. */
const TODAYS = new RegExp(`^[A-Z][a-z]{2}, (\\d\\d) ([A-Z][a-z]{2}) (\\d{4}) ${TIME} (?:GMT|UTC)$`);
/** Two that must still be read: `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. */
const OLD = new RegExp(`^[A-Z][a-z]+day, (\\d\\d)-([A-Z][a-z]{2})-(\\d\\d) ${TIME} (?:GMT|UTC)$`);
const OF_C = new RegExp(`^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \\d]\\d) ${TIME} (\\d{4})$`);

/** Milliseconds since the epoch; undefined for anything but the three forms of RFC 9110, which other parsers guess at. All are UTC. */
function httpDate(text: string, now: number): number | undefined {
  const dayFirst = TODAYS.exec(text) ?? OLD.exec(text);
  if (dayFirst !== null) {
    const [, day, month, year, ...time] = dayFirst;
    return moment(fullYear(Number(year), now), month, Number(day), time.map(Number));
  }
  const monthFirst = OF_C.exec(text);
  if (monthFirst === null) return undefined;
  const [, month, day, hours, minutes, seconds, year] = monthFirst;
  return moment(Number(year), month, Number(day), [hours, minutes, seconds].map(Number));
}

function moment(
  year: number,
  monthName: string | undefined,
  day: number,
  time: readonly number[],
): number | undefined {
  const month = MONTHS.indexOf(monthName ?? "");
  const [hours = 0, minutes = 0, seconds = 0] = time;
  // A leap second is one.
  if (month < 0 || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  return Date.UTC(year, month, day, hours, minutes, seconds);
}

/** Two digits are a year of this century, unless that is more than 50 years ahead. */
function fullYear(year: number, now: number): number {
  if (year >= 100) return year;
  const present = new Date(now).getUTCFullYear();
  const inThisCentury = present - (present % 100) + year;
  return inThisCentury > present + 50 ? inThisCentury - 100 : inThisCentury;
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
