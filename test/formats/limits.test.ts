import { expect } from "vitest";
import type { FormatInput, Formatted } from "../../src/formats/contract.ts";
import { format as discord } from "../../src/formats/discord.ts";
import { format as raw } from "../../src/formats/raw.ts";
import { format as rocketChat } from "../../src/formats/rocket-chat.ts";
import { format as slack } from "../../src/formats/slack.ts";
import { format as teams } from "../../src/formats/teams.ts";
import { testFormat } from "../conformance/format.ts";

interface SlackText {
  type: string;
  text: string;
}

testFormat({
  name: "slack",
  format: slack,
  url: "https://hooks.slack.com/services/T0/B0/x",
  check: checkSlack,
});

function checkSlack({ body }: Formatted): void {
  const { text, blocks = [] } = JSON.parse(body) as {
    text: string;
    blocks?: { type: string; text?: SlackText; fields?: SlackText[]; elements?: SlackText[] }[];
  };
  expect(text.length).toBeLessThanOrEqual(blocks.length > 0 ? 4000 : 40_000);
  expect(text).not.toBe("");
  expect(blocks.length).toBeLessThanOrEqual(50);
  for (const block of blocks) {
    const limit = block.type === "header" ? 150 : 3000;
    if (block.text !== undefined) expectSlackText(block.text, limit);
    if (block.type === "header") expect(block.text?.type).toBe("plain_text");
    expect(block.fields?.length ?? 1).toBeGreaterThan(0);
    expect(block.fields?.length ?? 0).toBeLessThanOrEqual(10);
    for (const field of block.fields ?? []) expectSlackText(field, 2000);
  }
  const all = blocks.flatMap(({ text: own, fields = [], elements = [] }) => [
    ...(own === undefined ? [] : [own]),
    ...fields,
    ...elements,
  ]);
  expect(all.reduce((sum, one) => sum + one.text.length, 0)).toBeLessThanOrEqual(13_200);
  const open = JSON.stringify(all.filter(({ type }) => type === "plain_text"));
  expect(open).not.toMatch(/[<>]/);
  expect(open).not.toMatch(/&(?!amp;|lt;|gt;)/);
  expect(text).not.toMatch(/<[!@#]/);
}

function expectSlackText({ text }: SlackText, limit: number): void {
  expect(text.trim()).not.toBe("");
  expect(text.length).toBeLessThanOrEqual(limit);
}

testFormat({
  name: "discord",
  format: discord,
  url: "https://discord.com/api/webhooks/1/token?thread_id=5",
  check: checkDiscord,
});

function checkDiscord({ body, url }: Formatted): void {
  expect(new URL(url).searchParams.get("wait")).toBe("true");
  expect(new URL(url).searchParams.get("thread_id")).toBe("5");
  const { embeds, allowed_mentions } = JSON.parse(body) as {
    embeds: {
      title?: string;
      url?: string;
      description?: string;
      fields?: { name: string; value: string }[];
    }[];
    allowed_mentions: unknown;
  };
  expect(allowed_mentions).toEqual({ parse: [] });
  expect(embeds).toHaveLength(1);
  const { title, description, fields = [], url: link } = embeds[0]!;
  expect((title ?? description ?? "").trim()).not.toBe("");
  expect(title?.length ?? 0).toBeLessThanOrEqual(256);
  expect(description?.length ?? 0).toBeLessThanOrEqual(4096);
  expect(link?.length ?? 0).toBeLessThanOrEqual(2048);
  expect(fields.length).toBeLessThanOrEqual(25);
  for (const { name, value } of fields) {
    expect(name.trim()).not.toBe("");
    expect(value.trim()).not.toBe("");
    expect(name.length).toBeLessThanOrEqual(256);
    expect(value.length).toBeLessThanOrEqual(1024);
  }
  const shown = [title ?? "", description ?? "", ...fields.flatMap(({ name, value }) => [name, value])];
  expect(shown.join("").length).toBeLessThanOrEqual(6000);
  for (const text of shown) {
    expect(text).not.toMatch(/@(everyone|here)/i);
    expect(text).not.toMatch(/<[@#:/t]/);
    expect(text.replace(/\\\\/g, "")).not.toMatch(/(?<!\\)[[\]]/);
    expect(text).not.toContain("://");
  }
}

testFormat({
  name: "teams workflow",
  format: teams,
  url: "https://prod-01.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=x",
  check: checkWorkflow,
});

function checkWorkflow({ body, destination }: Formatted): void {
  expect(destination).toBe("teams-workflow");
  expectTeamsSize(body);
  const { attachments } = JSON.parse(body) as {
    attachments: { content: { body: { type: string; inlines: { type: string; text: string }[] }[] } }[];
  };
  for (const block of attachments[0]!.content.body) {
    expect(block.type).toBe("RichTextBlock");
    for (const { type, text } of block.inlines) {
      expect(type).toBe("TextRun");
      expect(text).not.toBe("");
      expect(text).not.toMatch(/<\/?at>/i);
    }
  }
}

testFormat({
  name: "teams connector",
  format: teams,
  url: "https://acme.webhook.office.com/webhookb2/1/IncomingWebhook/2/3",
  check: checkConnector,
});

function checkConnector({ body, destination }: Formatted): void {
  expect(destination).toBe("teams-connector");
  expectTeamsSize(body);
  const card = JSON.parse(body) as { "@type": string; title: string; summary: string };
  expect(card["@type"]).toBe("MessageCard");
  expect(card.summary).not.toBe("");
  expect(card.title).not.toMatch(/[<>]/);
  expect(card.title.replace(/\\\\/g, "")).not.toMatch(/(?<!\\)[[\]]/);
}

function expectTeamsSize(body: string): void {
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(24_000);
  expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThanOrEqual(28_672);
}

testFormat({
  name: "rocket-chat",
  format: rocketChat,
  url: "https://chat.example.com/hooks/1/2",
  check: checkRocketChat,
});

function checkRocketChat({ body, destination }: Formatted): void {
  expect(destination).toBe("raw");
  const { text } = JSON.parse(body) as { text: string };
  expect(text.trim()).not.toBe("");
  expect(text).not.toMatch(/@(all|here)/);
}

testFormat({
  name: "raw",
  format: raw,
  url: "https://example.com/hook",
  check: checkRaw,
});

function checkRaw({ body }: Formatted, { event }: FormatInput): void {
  expect(JSON.parse(body)).toEqual({
    id: event.id,
    type: event.type,
    timestamp: event.time,
    project: null,
    environment: null,
    data: event.data,
  });
}
