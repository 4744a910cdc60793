/**
 * Slack incoming webhooks: Block Kit with plain text, so that nothing in the data is markup, and `text` for notifications.
 * The title stands in the header; one longer than a header takes is a section; one (or a link) longer than a section takes
 * makes the message plain text without blocks, where it fits in full.
 * Limits: docs.slack.dev/reference/block-kit; measured after escaping.
 */
import { isBlank } from "../lib/plain-text.ts";
import { escapeAll, truncate } from "../lib/truncate.ts";
import type { Message } from "../model/message.ts";
import { cleanMessage, firstThatFits } from "./clean.ts";
import type { CleanMessage } from "./clean.ts";
import type { Format } from "./contract.ts";

const HEADER = 150;
const SECTION = 3000;
/** All text in all blocks; Slack does not document it and refuses about 13,200. */
const BLOCKS_TOTAL = 12_000;
/** Slack cuts `text` at 40,000. */
const TEXT_TOTAL = 39_000;
const MOST_FIELDS = 10;

const ICONS: Record<Message["level"], string> = { info: "ℹ️", success: "✅", warning: "⚠️", error: "❌" };
const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

const escape = (piece: string): string => piece.replace(/[&<>]/g, (character) => ENTITIES[character] ?? "");

interface Budget {
  readonly text: number;
  readonly fields: number;
  readonly field: number;
}

const BUDGETS: readonly Budget[] = [
  { text: SECTION, fields: MOST_FIELDS, field: 600 },
  { text: 1500, fields: MOST_FIELDS, field: 300 },
  { text: 500, fields: 5, field: 150 },
  { text: 0, fields: 0, field: 0 },
];

type Block = Readonly<Record<string, unknown>>;

export const format: Format = {
  id: "slack",
  pace: { perSecond: 1, burst: 3 },
  render(input) {
    const message = cleanMessage(input);
    const title = `${ICONS[message.level]} ${escapeAll(message.title, escape)}`;
    const link = message.link === undefined ? undefined : linkOf(message.link);
    const content =
      title.length > SECTION || (link?.length ?? 0) > SECTION
        ? { text: plainMessage(message, title, link) }
        : {
            text: title,
            blocks: firstThatFits(BUDGETS, (budget) => blocksOf(message, title, link, budget), fits),
          };
    return {
      url: input.url,
      contentType: "application/json",
      body: JSON.stringify({ ...content, mrkdwn: false, unfurl_links: false, unfurl_media: false }),
      destination: "slack",
    };
  },
};

function blocksOf(message: CleanMessage, title: string, link: string | undefined, budget: Budget): Block[] {
  const text = truncate(message.text, budget.text, { escape });
  const fields = fieldsOf(message, budget);
  return [
    title.length <= HEADER ? { type: "header", text: plain(title) } : { type: "section", text: plain(title) },
    ...(text === "" ? [] : [{ type: "section", text: plain(text) }]),
    ...(fields.length === 0 ? [] : [{ type: "section", fields }]),
    ...(link === undefined
      ? []
      : [{ type: "section", text: { type: "mrkdwn", text: link, verbatim: true } }]),
    ...(message.time === undefined ? [] : [{ type: "context", elements: [dateOf(message.time)] }]),
  ];
}

function fieldsOf({ facts }: CleanMessage, budget: Budget): Block[] {
  const shown = facts.length > budget.fields ? facts.slice(0, Math.max(0, budget.fields - 1)) : facts;
  const left = facts.length - shown.length;
  return [
    ...shown.map(({ name, value }) => {
      const room = Math.floor(budget.field / 3);
      return plain(`${truncate(name, room, { escape })}\n${truncate(value, 2 * room, { escape })}`);
    }),
    ...(left > 0 && budget.fields > 0 ? [plain(`… (${left} more)`)] : []),
  ];
}

/** `mrkdwn: false` at the top keeps formatting characters as they are; entities and links still work. */
function plainMessage(message: CleanMessage, title: string, link: string | undefined): string {
  const head = link === undefined ? title : `${title}\n${link}`;
  const facts = message.facts.map(({ name, value }) => `${name}: ${value}`).join("\n");
  const rest = [message.text, facts].filter((part) => part !== "").join("\n");
  return rest === "" ? head : `${head}\n${truncate(rest, TEXT_TOTAL - head.length - 1, { escape })}`;
}

/** The label is decoration: characters that mean formatting there are left out. */
function linkOf({ text, url }: { text: string; url: string }): string {
  const label = escapeAll(text.replace(/[*_~`|]/g, ""), escape);
  return `<${escapeAll(url, escape)}|${isBlank(label) ? "Open" : label}>`;
}

function dateOf(time: Date): Block {
  const seconds = Math.floor(time.getTime() / 1000);
  return { type: "mrkdwn", text: `<!date^${seconds}^{date_short_pretty} {time}|${time.toISOString()}>` };
}

const plain = (text: string): Block => ({ type: "plain_text", text, emoji: false });

/** Counts the text in the blocks, their own characters included, which is more than Slack counts. */
const fits = (blocks: readonly Block[]): boolean => JSON.stringify(blocks).length <= BLOCKS_TOTAL;
