import { describe, expect, test } from "vitest";
import type { Event } from "../../src/model/event.ts";
import type { Message } from "../../src/model/message.ts";
import { formats } from "../../src/generated/registry.ts";
import type { Formatted } from "../../src/formats/contract.ts";
import { textsOf } from "../conformance/format.ts";

const event: Event = {
  id: "ev-1",
  type: "build:failure",
  provider: "northflank",
  time: "2026-03-04T05:06:07Z",
  data: {},
  body: {},
};
const message: Message = {
  title: "Build failed: Website",
  text: "First line\nSecond line",
  level: "error",
  facts: [{ name: "Branch", value: "main" }],
  link: { text: "Open", url: "https://ci.example.com/builds/1?a=b&c=d" },
  time: event.time,
};

const URLS: Readonly<Record<string, string>> = {
  slack: "https://hooks.slack.com/services/T/B/x",
  discord: "https://discord.com/api/webhooks/1/x",
  teams: "https://prod-01.westeurope.logic.azure.com/workflows/1",
  connector: "https://acme.webhook.office.com/webhookb2/1",
  "rocket-chat": "https://chat.example.com/hooks/1",
};

function formatted(name: string, more: Partial<Message> = {}): Formatted & { json: unknown } {
  const format = formats.find(({ id }) => id === (name === "connector" ? "teams" : name));
  if (format === undefined) throw new Error(`no format ${name}`);
  const result = format.render({ event, message: { ...message, ...more }, url: URLS[name] ?? "" });
  return { ...result, json: JSON.parse(result.body) };
}

test("Slack", () => {
  expect(formatted("slack").json).toEqual({
    text: "❌ Build failed: Website",
    blocks: [
      { type: "header", text: { type: "plain_text", text: "❌ Build failed: Website", emoji: false } },
      { type: "section", text: { type: "plain_text", text: "First line\nSecond line", emoji: false } },
      { type: "section", fields: [{ type: "plain_text", text: "Branch\nmain", emoji: false }] },
      {
        type: "section",
        text: { type: "mrkdwn", text: "<https://ci.example.com/builds/1?a=b&amp;c=d|Open>", verbatim: true },
      },
      {
        type: "context",
        elements: [
          { type: "mrkdwn", text: "<!date^1772600767^{date_short_pretty} {time}|2026-03-04T05:06:07.000Z>" },
        ],
      },
    ],
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
  });
});

test("Discord", () => {
  const { json, url, destination } = formatted("discord");
  expect({ url, destination }).toEqual({ url: `${URLS["discord"]}?wait=true`, destination: "discord" });
  expect(json).toEqual({
    embeds: [
      {
        title: "Build failed: Website",
        url: "https://ci.example.com/builds/1?a=b&c=d",
        description: "First line\nSecond line",
        color: 0xcf3a3a,
        fields: [{ name: "Branch", value: "main", inline: true }],
        timestamp: "2026-03-04T05:06:07.000Z",
      },
    ],
    allowed_mentions: { parse: [] },
  });
});

test("Teams workflow", () => {
  const { json, destination } = formatted("teams");
  expect(destination).toBe("teams-workflow");
  expect(json).toMatchObject({
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          type: "AdaptiveCard",
          version: "1.4",
          actions: [
            { type: "Action.OpenUrl", title: "Open", url: "https://ci.example.com/builds/1?a=b&c=d" },
          ],
        },
      },
    ],
  });
  expect(textsOf(json)).toEqual(
    expect.arrayContaining(["Build failed: Website", "First line", "Second line", "Branch: ", "main"]),
  );
});

test("Teams connector", () => {
  expect(formatted("connector").json).toEqual({
    "@type": "MessageCard",
    "@context": "https://schema.org/extensions",
    themeColor: "CF3A3A",
    summary: "Build failed: Website",
    title: "Build failed: Website",
    sections: [{ text: "First line\n\nSecond line", facts: [{ name: "Branch", value: "main" }] }],
    potentialAction: [
      {
        "@type": "OpenUri",
        name: "Open",
        targets: [{ os: "default", uri: "https://ci.example.com/builds/1?a=b&c=d" }],
      },
    ],
  });
});

test.for([
  ["https://outlook.office.com/webhook/1", "teams-connector"],
  ["https://a.webhook.office.com/1", "teams-connector"],
  ["https://webhook.office.com.evil.example/1", "teams-workflow"],
  ["https://outlook.office.com.evil.example/1", "teams-workflow"],
  ["https://x.api.powerplatform.com/1", "teams-workflow"],
  ["http://127.0.0.1:1/teams", "teams-workflow"],
] as const)("%s takes the card of a %s", ([url, destination]) => {
  const teams = formats.find(({ id }) => id === "teams");
  expect(teams?.render({ event, message, url }).destination).toBe(destination);
});

const CHATS = ["slack", "discord", "teams", "connector", "rocket-chat"];

describe.for(CHATS)("%s", (name) => {
  test.for([10, 100, 200, 300, 1500, 2000])("a title of %i characters is whole", (length) => {
    const title = "x".repeat(length);
    expect(textsOf(formatted(name, { title, text: "y".repeat(30_000) }).json).join("\n")).toContain(title);
  });

  test.for([100, 1000, 2000])("a link of %i characters is whole", (length) => {
    const url = `https://example.com/?a=1&b=${"c".repeat(length - 27)}`;
    const texts = textsOf(formatted(name, { link: { text: "Open", url }, text: "y".repeat(30_000) }).json);
    expect(texts.join("\n").replaceAll("&amp;", "&")).toContain(url);
  });

  test("a long title and a long link stand together", () => {
    const title = "t".repeat(2000);
    const url = `https://example.com/${"&".repeat(2000)}`;
    const facts = Array.from({ length: 30 }, (_, index) => ({ name: `n${index}`, value: "v".repeat(2000) }));
    const texts = textsOf(formatted(name, { title, facts, link: { text: "Open", url } }).json).join("\n");
    expect(texts).toContain(title);
    expect(texts.replaceAll("&amp;", "&")).toContain(url);
  });

  test("what is cut is counted", () => {
    expect(formatted(name, { text: "y".repeat(30_000) }).body).toMatch(/… \(\d+ more\)/);
    const facts = Array.from({ length: 60 }, (_, index) => ({ name: `n${index}`, value: "v" }));
    expect(formatted(name, { facts }).body).toMatch(/… \(\d+ more\)/);
  });

  test.for(["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "not a url"])(
    "%s is no link",
    (url) => {
      expect(formatted(name, { link: { text: "Open", url } }).body).not.toContain(url);
    },
  );

  test("a link keeps neither user nor password, and says when it is too long", () => {
    expect(
      formatted(name, { link: { text: "x", url: "https://bank.example:pw@evil.example/" } }).body,
    ).not.toContain("bank");
    const endless = formatted(name, { link: { text: "x", url: `https://example.com/${"a".repeat(9000)}` } });
    expect(endless.body).toContain("left out, 9020 characters");
  });

  test("nothing is empty when the message is", () => {
    const { json } = formatted(name, { title: "\u200B", text: " ", facts: [{ name: "", value: "x" }] });
    const texts = textsOf(json);
    expect(texts.filter((text) => text.trim() === "")).toEqual([]);
    expect(texts.join("\n")).toMatch(/build/);
  });
});

test.for<[string, string, string]>([
  ["slack", "<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"],
  ["discord", "[a](http://b) *c* @everyone", "\\[a\\](http:\\//b) \\*c\\* @\u200Beveryone"],
  ["discord", "<@1> ||s||\n# h\n- i", "\\<\u200B@1\\> \\|\\|s\\|\\|\n\\# h\n\\- i"],
  ["teams", "**b** <at>Ops</at>", "**b** <\u200Bat>Ops<\u200B/at>"],
  ["connector", "<b> [a](http://b) _c_", "&lt;b&gt; \\[a\\](http:&#47;/b) \\_c\\_"],
])("%s: %j is plain text", ([name, text, expected]) => {
  expect(textsOf(formatted(name, { text }).json)).toContain(expected);
});
