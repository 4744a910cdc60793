import fc from "fast-check";
import { expect, test } from "vitest";
import { truncate } from "../../src/lib/truncate.ts";

const html = (piece: string): string =>
  piece.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);

test.for([
  { text: "short", limit: 5, expected: "short" },
  { text: "0123456789".repeat(3), limit: 20, expected: "012345678… (21 more)" },
  { text: "a <b> & c".repeat(3), limit: 30, expected: "a &#60;b&#62; &#38;… (20 more)", escape: html },
  { text: "👨‍👩‍👧‍👦".repeat(4), limit: 25, expected: "👨‍👩‍👧‍👦… (21 more)" },
  { text: "one two three four five", limit: 19, expected: "one two… (15 more)" },
  { text: "does not fit", limit: 3, expected: "" },
  { text: "", limit: 0, expected: "" },
])("$text within $limit", ({ text, limit, expected, escape }) => {
  expect(truncate(text, limit, escape === undefined ? {} : { escape })).toBe(expected);
});

test("never longer than the limit, whole pieces only, and the rest is counted", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 80 }),
      fc.integer({ min: 20, max: 60 }),
      (text, limit) => {
        const cut = truncate(text, limit, { escape: html });
        expect(cut.length).toBeLessThanOrEqual(limit);
        const [, kept = cut, left = "0"] = /^(.*)… \((\d+) more\)$/su.exec(cut) ?? [];
        const unescaped = kept.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
        expect(text.startsWith(unescaped)).toBe(true);
        const dropped = text.slice(unescaped.length);
        expect(Array.from(dropped.trimStart()).length).toBeLessThanOrEqual(Number(left));
        expect(Number(left)).toBeLessThanOrEqual(Array.from(dropped).length);
      },
    ),
  );
});

test("a letter under hundreds of marks is cut between its code points", () => {
  const cut = truncate(`e${"\u0301".repeat(500)}`, 40);
  expect(cut).toBe(`e${"\u0301".repeat(27)}… (473 more)`);
});
