import { expect, test } from "vitest";
import { headerValue, isHeaderName } from "../../src/lib/http-header.ts";
import { cleanLine, cleanText, isBlank } from "../../src/lib/plain-text.ts";

test.for([
  ["a\r\nb\rc\u2028d", "a\nb\nc\nd", "a b c d"],
  ["\u0000a\u0007\u001B[31mb", "a[31mb", "a[31mb"],
  ["\uD800x", "\uFFFDx", "\uFFFDx"],
  ["\u202Eevil\u202C\u2066x\u2069\u200F", "evilx", "evilx"],
  ["a\tb", "a b", "a b"],
  ["  x  ", "x", "x"],
  ["👨‍👩‍👧", "👨‍👩‍👧", "👨‍👩‍👧"],
] as const)("%j", ([given, text, line]) => {
  expect(cleanText(given)).toBe(text);
  expect(cleanLine(given)).toBe(line);
});

test.for(["", "  \n", "\u200B", "\u3164", "\u2800", "\u200D"])("%j is blank", (text) => {
  expect(isBlank(text)).toBe(true);
});

test.for(["x", "。", "👍", "-"])("%j is not blank", (text) => {
  expect(isBlank(text)).toBe(false);
});

test.for([
  ["plain", "plain"],
  ["a\r\nb", "a%0D%0Ab"],
  ["中é", "%E4%B8%ADé"],
  ["\uD800", "%EF%BF%BD"],
  [" padded ", "padded"],
] as const)("header value %j", ([given, expected]) => {
  expect(headerValue(given)).toBe(expected);
});

test("header names", () => {
  expect(["X-A", "a_b", "x!"].every(isHeaderName)).toBe(true);
  expect(["", "a b", "a:b", "é", "a\n"].some(isHeaderName)).toBe(false);
});
