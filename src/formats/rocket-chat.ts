/**
 * Rocket.Chat incoming webhooks: Slack's older form, text with attachments, because Rocket.Chat shows no Block Kit. Any 2xx
 * answer is success. Limit of a message: 5,000 characters as Rocket.Chat is installed.
 */
import { escapeAll, truncate } from "../lib/truncate.ts";
import type { Escape } from "../lib/truncate.ts";
import type { Message } from "../model/message.ts";
import { cleanMessage } from "./clean.ts";
import type { Format } from "./contract.ts";

const TEXT = 1500;
const VALUE = 200;
const MOST_FIELDS = 8;

const COLORS: Record<Message["level"], string> = {
  info: "#3b7dd8",
  success: "#2e9e5b",
  warning: "#d9a514",
  error: "#cf3a3a",
};

/** A word joiner after the character: formatting and mentions need both ends to be bare. */
const escape: Escape = (piece, before) =>
  piece === "/" && before.endsWith(":") ? `${piece}\u2060` : piece.replace(/[*_~`[\]<>@#!:|\\]/g, "$&\u2060");

export const format: Format = {
  id: "rocket-chat",
  render(input) {
    const message = cleanMessage(input);
    const title = escapeAll(message.title, escape);
    const text = truncate(message.text, TEXT, { escape });
    const left = message.facts.length - MOST_FIELDS;
    const fields = message.facts.slice(0, MOST_FIELDS).map(({ name, value }) => ({
      short: value.length < 40,
      title: truncate(name, VALUE, { escape }),
      value: truncate(value, VALUE, { escape }),
    }));
    const attachment = {
      color: COLORS[message.level],
      ...(message.link !== undefined && {
        title: escapeAll(message.link.text, escape),
        title_link: message.link.url,
      }),
      ...(text !== "" && { text }),
      fields: [...fields, ...(left > 0 ? [{ short: true, title: "…", value: `… (${left} more)` }] : [])],
      ...(message.time !== undefined && { ts: message.time.toISOString() }),
    };
    return {
      url: input.url,
      contentType: "application/json",
      body: JSON.stringify({ text: title, attachments: [attachment] }),
      destination: "raw",
    };
  },
};
