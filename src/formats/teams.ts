/**
 * Microsoft Teams. A Workflows URL gets an Adaptive Card 1.4 of rich text runs, which know no markup; only the legacy
 * connector's hosts get a MessageCard. Both hold title and link in full. Limits: learn.microsoft.com, "Format cards in
 * Teams" and the 28 KB that Teams counts once the card is encoded a second time.
 */
import { truncate } from "../lib/truncate.ts";
import type { Message } from "../model/message.ts";
import { cleanMessage, firstThatFits } from "./clean.ts";
import type { CleanMessage } from "./clean.ts";
import type { Format } from "./contract.ts";
import { messageCard } from "./teams-connector.ts";
import type { Budget } from "./teams-connector.ts";

const REQUEST_BYTES = 24_000;
const ENCODED_TWICE = 28_672;

const COLORS: Record<Message["level"], string> = {
  info: "accent",
  success: "good",
  warning: "warning",
  error: "attention",
};

const BUDGETS: readonly Budget[] = [
  { text: 6000, lines: 25, facts: 15, value: 400 },
  { text: 2000, lines: 15, facts: 12, value: 200 },
  { text: 500, lines: 8, facts: 5, value: 80 },
  { text: 0, lines: 0, facts: 0, value: 0 },
];

export const format: Format = {
  id: "teams",
  pace: { perSecond: 4 },
  render(input) {
    const message = cleanMessage(input);
    const connector = isConnector(input.url);
    const build = connector ? messageCard : workflowCard;
    return {
      url: input.url,
      contentType: "application/json",
      body: firstThatFits(BUDGETS, (budget) => JSON.stringify(build(message, budget)), fits),
      destination: connector ? "teams-connector" : "teams-workflow",
    };
  },
};

function isConnector(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === "outlook.office.com" || hostname.endsWith(".webhook.office.com");
}

function workflowCard(message: CleanMessage, budget: Budget): unknown {
  const title = { ...run(message.title), weight: "bolder", size: "large", color: COLORS[message.level] };
  const card = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    msteams: { width: "Full" },
    body: [
      richText([title], "none"),
      ...linesOf(message.text, budget).map((line) => richText([run(line)], "none")),
      ...factsOf(message, budget).map(({ name, value }) =>
        richText([{ ...run(`${name}: `), weight: "bolder" }, run(value)], "small"),
      ),
      ...(message.time === undefined
        ? []
        : [richText([{ ...run(message.time.toISOString()), isSubtle: true, size: "small" }], "small")]),
    ],
    ...(message.link !== undefined && {
      actions: [{ type: "Action.OpenUrl", title: message.link.text, url: message.link.url }],
    }),
  };
  const contentType = "application/vnd.microsoft.card.adaptive";
  return { type: "message", attachments: [{ contentType, contentUrl: null, content: card }] };
}

/** A zero-width space keeps `<at>` from being a mention whatever the client makes of it. */
const run = (text: string) => ({ type: "TextRun", text: text.replace(/<(?=\/?at\b)/gi, "<\u200B") });

const richText = (inlines: readonly unknown[], spacing: string) => ({
  type: "RichTextBlock",
  spacing,
  inlines,
});

/** A text run shows no line breaks, so every line is a block of its own. */
function linesOf(text: string, budget: Budget): string[] {
  if (text === "" || budget.lines === 0) return [];
  const lines = truncate(text, budget.text)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const left = lines.length - budget.lines;
  return left > 0 ? [...lines.slice(0, budget.lines), `… (${left} more lines)`] : lines;
}

function factsOf({ facts }: CleanMessage, budget: Budget): { name: string; value: string }[] {
  const shown = facts.slice(0, budget.facts).map(({ name, value }) => ({
    name: truncate(name, 100),
    value: truncate(value.replace(/\s*\n\s*/g, " "), budget.value),
  }));
  const left = facts.length - shown.length;
  return left > 0 && budget.facts > 0 ? [...shown, { name: "…", value: `… (${left} more)` }] : shown;
}

/** Counts every character beyond ASCII as an escape sequence, which is the most that encoding again can make of it. */
function fits(body: string): boolean {
  const again = JSON.stringify(body).replace(/[^\x20-\x7E]/g, "\\uFFFF");
  return Buffer.byteLength(body) <= REQUEST_BYTES && again.length <= ENCODED_TWICE;
}
