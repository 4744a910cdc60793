/**
 * Discord webhooks: one embed. The title is the embed's; one longer than that takes is the head of the description, in full,
 * and the link then is the embed's title. Nothing in the data is a mention (none is allowed to be parsed either), a link
 * or formatting. Limits: discord.com/developers/docs/resources/message; measured after escaping.
 */
import { escapeAll, truncate } from "../lib/truncate.ts";
import type { Escape } from "../lib/truncate.ts";
import type { Message } from "../model/message.ts";
import { cleanMessage, firstThatFits } from "./clean.ts";
import type { CleanMessage } from "./clean.ts";
import type { Format } from "./contract.ts";

const TITLE = 256;
const DESCRIPTION = 4096;
const FIELD_NAME = 256;
const FIELD_VALUE = 1024;
const MOST_FIELDS = 25;
const TOTAL = 6000;

const COLORS: Record<Message["level"], number> = {
  info: 0x3b7dd8,
  success: 0x2e9e5b,
  warning: 0xd9a514,
  error: 0xcf3a3a,
};

const ALWAYS = /[\\*_~|`<>[\]]/g;
const AT_LINE_START = /^[#+-]/;

/** Backslashes before formatting characters, before a list or heading mark at a line's start, and inside `://`. */
const escape: Escape = (piece, before) => {
  const first =
    (AT_LINE_START.test(piece) && /(^|\s)$/.test(before)) || (piece === "/" && before.endsWith(":"));
  return first ? `\\${piece}` : piece.replace(ALWAYS, "\\$&");
};

/** A zero-width space inside what looks like a mention. */
const disarm = (text: string): string =>
  text.replace(/@(?=everyone|here)/gi, "@\u200B").replace(/<(?=[@#:/!&]|a:|t:|id:)/gi, "<\u200B");

interface Field {
  readonly name: string;
  readonly value: string;
  readonly inline: boolean;
}

interface Embed {
  readonly title?: string;
  readonly url?: string;
  readonly description?: string;
  readonly color: number;
  readonly fields?: readonly Field[];
  readonly timestamp?: string;
}

interface Budget {
  readonly text: number;
  readonly fields: number;
  readonly value: number;
}

const BUDGETS: readonly Budget[] = [
  { text: DESCRIPTION, fields: MOST_FIELDS, value: FIELD_VALUE },
  { text: 2500, fields: 12, value: 200 },
  { text: 1000, fields: 5, value: 100 },
  { text: 0, fields: 0, value: 0 },
];

export const format: Format = {
  id: "discord",
  // An address is banned for a while after 10,000 refused requests within ten minutes.
  pace: { service: { name: "discord", refusals: 5000, refusalsMs: 600_000 } },
  render(input) {
    const message = cleanMessage(input);
    const embed = firstThatFits(
      BUDGETS,
      (budget) => embedOf(message, budget),
      (built) => sizeOf(built) <= TOTAL,
    );
    return {
      url: withWait(input.url),
      contentType: "application/json",
      body: JSON.stringify({ embeds: [embed], allowed_mentions: { parse: [] } }),
      destination: "discord",
    };
  },
};

function embedOf(message: CleanMessage, budget: Budget): Embed {
  const full = escapeAll(disarm(message.title), escape);
  const fitsAsTitle = full.length <= TITLE;
  const head = fitsAsTitle ? "" : `**${full}**\n`;
  const room = Math.min(budget.text, DESCRIPTION - head.length);
  const description = (head + truncate(disarm(message.text), room, { escape })).trim();
  const label =
    message.link === undefined ? undefined : truncate(disarm(message.link.text), TITLE, { escape });
  const title = fitsAsTitle ? full : label;
  const fields = fieldsOf(message, budget);
  return {
    ...(title !== undefined && { title }),
    ...(message.link !== undefined && { url: message.link.url }),
    ...(description !== "" && { description }),
    color: COLORS[message.level],
    ...(fields.length > 0 && { fields }),
    ...(message.time !== undefined && { timestamp: message.time.toISOString() }),
  };
}

function fieldsOf({ facts }: CleanMessage, budget: Budget): Field[] {
  const shown = facts.length > budget.fields ? facts.slice(0, Math.max(0, budget.fields - 1)) : facts;
  const left = facts.length - shown.length;
  const name = Math.min(FIELD_NAME, budget.value);
  return [
    ...shown.map((fact) => ({
      name: truncate(disarm(fact.name), name, { escape }),
      value: truncate(disarm(fact.value), budget.value, { escape }),
      inline: fact.value.length < 40,
    })),
    ...(left > 0 && budget.fields > 0 ? [{ name: "…", value: `… (${left} more)`, inline: true }] : []),
  ];
}

/** What Discord counts towards the total of a message's embeds. */
function sizeOf({ title = "", description = "", fields = [] }: Embed): number {
  return fields.reduce(
    (sum, { name, value }) => sum + name.length + value.length,
    title.length + description.length,
  );
}

/** Without `wait` Discord answers 204 even when it keeps no message. */
function withWait(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  url.searchParams.set("wait", "true");
  return url.href;
}
