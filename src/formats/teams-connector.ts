/** The MessageCard of the legacy Teams connector: its text is Markdown and a little HTML, so both are escaped. */
import { escapeAll, truncate } from "../lib/truncate.ts";
import type { Escape } from "../lib/truncate.ts";
import type { Message } from "../model/message.ts";
import type { CleanMessage } from "./clean.ts";

/** How much of a message stands in a card; tried from generous to sparse. */
export interface Budget {
  readonly text: number;
  readonly lines: number;
  readonly facts: number;
  readonly value: number;
}

const COLORS: Record<Message["level"], string> = {
  info: "3B7DD8",
  success: "2E9E5B",
  warning: "D9A514",
  error: "CF3A3A",
};
const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

const escape: Escape = (piece, before) => {
  if (piece === "/" && before.endsWith(":")) return "&#47;";
  const first = /^[#+-]/.test(piece) && /(^|\s)$/.test(before);
  const escaped = piece
    .replace(/[\\*_~`[\]|]/g, "\\$&")
    .replace(/[&<>]/g, (character) => ENTITIES[character] ?? "");
  return first ? `\\${escaped}` : escaped;
};

export function messageCard(message: CleanMessage, budget: Budget): unknown {
  const text = truncate(message.text, budget.text, { escape });
  const facts = message.facts.slice(0, budget.facts).map(({ name, value }) => ({
    name: truncate(name, 100, { escape }),
    value: truncate(value, budget.value, { escape }),
  }));
  const left = message.facts.length - facts.length;
  if (left > 0 && budget.facts > 0) facts.push({ name: "…", value: `… (${left} more)` });
  const title = escapeAll(message.title, escape);
  return {
    "@type": "MessageCard",
    "@context": "https://schema.org/extensions",
    themeColor: COLORS[message.level],
    summary: title,
    title,
    ...((text !== "" || facts.length > 0) && {
      sections: [
        { ...(text !== "" && { text: text.replaceAll("\n", "\n\n") }), ...(facts.length > 0 && { facts }) },
      ],
    }),
    ...(message.link !== undefined && {
      potentialAction: [
        { "@type": "OpenUri", name: message.link.text, targets: [{ os: "default", uri: message.link.url }] },
      ],
    }),
  };
}
