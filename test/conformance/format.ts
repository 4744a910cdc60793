/** What every format promises, whatever the event and the message hold. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Format, FormatInput, Formatted } from "../../src/formats/contract.ts";
import type { Message } from "../../src/model/message.ts";

const HOSTILE = [
  "<!channel> <!here> <@U123|x> <https://evil.example|Click> &lt;!everyone&gt;",
  "@everyone @here @channel @all <@123456789012345678> <@&5> <#7> <t:0:R>",
  "<at>Ops</at> [pay](https://evil.example) ![x](https://evil.example/x.png)",
  "*bold* _italic_ ~gone~ `code` ```block``` ||spoiler|| > quote\n# heading\n- item",
  "👩‍👩‍👧‍👦👨🏽‍🚀🏴󠁧󠁢󠁥󠁮󠁧󠁿",
  "שלום עולם مرحبا بالعالم",
  "\u202Ereversed\u202C \u2066isolated\u2069",
  "\u0000\u0001\u0007\u001B[31mred\u001B[0m\r\n\t\u0085\u2028",
  "\uD800 alone \uDC00",
  "e" + "\u0301".repeat(500),
  "&".repeat(4000),
  "<".repeat(4000),
  '"\\'.repeat(3000),
  "*".repeat(4000),
  "\u4E2D".repeat(9000),
  "😀".repeat(5000),
  "https://evil.example/".repeat(300),
  "\n".repeat(5000),
  "",
  "   ",
  "\u200B\u3164\u2800",
];

const hostileText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.array(fc.constantFrom(...HOSTILE), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(" ")),
);

const link = fc.oneof(
  fc.record({ text: hostileText, url: fc.webUrl({ withQueryParameters: true, withFragments: true }) }),
  fc.record({
    text: hostileText,
    url: fc.constantFrom(
      "javascript:alert(1)",
      "not a url",
      "https://example.com/a|b>c(d)[e]*f*",
      `https://example.com/?q=${"&".repeat(1900)}`,
      `https://example.com/${"a".repeat(9000)}`,
      "http://[::1]:8080/x",
      "https://user:password@example.com/",
    ),
  }),
);

const message: fc.Arbitrary<Message> = fc.record(
  {
    title: hostileText,
    text: hostileText,
    level: fc.constantFrom("info" as const, "success" as const, "warning" as const, "error" as const),
    facts: fc.array(fc.record({ name: hostileText, value: hostileText }), { maxLength: 40 }),
    link,
    time: fc.oneof(
      fc.constant("2026-01-02T03:04:05Z"),
      fc.constant("no time"),
      fc.constant("+275760-09-13T00:00:00Z"),
    ),
  },
  { requiredKeys: ["title", "level", "facts", "time"] },
);

const inputs = (url: string): fc.Arbitrary<FormatInput> =>
  fc.record({
    message,
    url: fc.constant(url),
    event: fc.record({
      id: hostileText,
      type: hostileText,
      provider: fc.constantFrom("northflank", "cloudevents"),
      time: fc.constant("2026-01-02T03:04:05Z"),
      data: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
      body: fc.constant({}),
    }),
  });

export interface FormatExpectation {
  readonly name: string;
  readonly format: Format;
  readonly url: string;
  /** Throws when a limit of the destination is broken. */
  readonly check: (formatted: Formatted, input: FormatInput) => void;
}

/** Runs the promises that all formats share, and `check`, over hostile events and messages. */
export function testFormat({ name, format, url, check }: FormatExpectation): void {
  test(`${name}: every event and message is accepted and stays within every limit`, () => {
    fc.assert(
      fc.property(inputs(url), (input) => {
        const formatted = format.render(input);
        const body: unknown = JSON.parse(formatted.body);
        expect(formatted.contentType).toBe("application/json");
        expect(format.render(input)).toEqual(formatted);
        if (format.id !== "raw") for (const text of textsOf(body)) expectClean(text);
        check(formatted, input);
      }),
      { numRuns: 100 },
    );
  });
}

/** Every string in a JSON value, keys left out. */
export function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}

function expectClean(text: string): void {
  expect(text).not.toMatch(/\p{Surrogate}/u);
  expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(text).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
}
