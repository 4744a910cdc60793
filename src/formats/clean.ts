/**
 * What all formats do with a message before they shape it. A title of up to 2,000 characters and a link of up to 2,048 are
 * whole in every format; a longer title is cut with a visible mark, and a longer link is left out with a note, because
 * there are destinations that take neither.
 */
import { cleanLine, cleanText, isBlank } from "../lib/plain-text.ts";
import { truncate } from "../lib/truncate.ts";
import type { Message } from "../model/message.ts";
import type { FormatInput } from "./contract.ts";

interface Fact {
  readonly name: string;
  readonly value: string;
}

/** Without control characters, empty values and links that are not http or https. Still unescaped. */
export interface CleanMessage {
  readonly title: string;
  /** Empty when there is none. */
  readonly text: string;
  readonly level: Message["level"];
  readonly facts: readonly Fact[];
  readonly link?: { readonly text: string; readonly url: string };
  /** Undefined when the time makes no sense. */
  readonly time?: Date;
}

const LONGEST_TITLE = 2000;
const LONGEST_LINK = 2048;
const LONGEST_LABEL = 70;
const MARKUP_IN_URL = /[|<>"'`()[\]{}*\\^]/g;

export function cleanMessage({ message, event }: FormatInput): CleanMessage {
  const title = [message.title, event.type].map(cleanLine).find((line) => !isBlank(line)) ?? "Notification";
  const text = cleanText(message.text ?? "");
  const time = new Date(message.time);
  const url = message.link === undefined ? undefined : safeUrl(message.link.url);
  const tooLong = url !== undefined && url.length > LONGEST_LINK;
  const label = cleanLine(message.link?.text ?? "");
  return {
    title: truncate(title, LONGEST_TITLE),
    text: isBlank(text) ? "" : text,
    level: message.level,
    facts: [
      ...message.facts
        .map(({ name, value }) => ({ name: cleanLine(name), value: cleanText(value) }))
        .filter(({ name, value }) => !isBlank(name) && !isBlank(value)),
      ...(tooLong ? [{ name: "Link", value: `left out, ${url.length} characters` }] : []),
    ],
    ...(url !== undefined &&
      !tooLong && { link: { url, text: truncate(isBlank(label) ? "Open" : label, LONGEST_LABEL) } }),
    ...(isUsable(time) && { time }),
  };
}

/** The URL as it can stand in any destination's markup, without user and password; undefined unless http or https. */
function safeUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
  return url.origin + (url.pathname + url.search + url.hash).replace(MARKUP_IN_URL, percentEncode);
}

const percentEncode = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** From 1970 up to the year 9999. */
const isUsable = (time: Date): boolean => time.getTime() >= 0 && time.getTime() < 253_402_300_800_000;

/** The first candidate whose result fits; the last one when none does. Candidates go from generous to sparse. */
export function firstThatFits<C, R>(
  candidates: readonly C[],
  build: (candidate: C) => R,
  fits: (result: R) => boolean,
): R {
  const [first, ...rest] = candidates;
  if (first === undefined) throw new RangeError("no candidates");
  const result = build(first);
  return fits(result) || rest.length === 0 ? result : firstThatFits(rest, build, fits);
}
