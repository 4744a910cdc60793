import { expect, it } from "vitest";
import { alignColumns, printable, tableOrParagraphs } from "../../src/commands/table-text.ts";

it.for([
  ["an escape sequence", "\u001b[2Jx", "\\u001b[2Jx"],
  ["a line break that would forge a row", "a\nb\r\tc", "a\\u000ab\\u000d\\u0009c"],
  ["a text direction override", "a\u202eb", "a\\u202eb"],
  ["ordinary text", "déploiement ✓ 部署", "déploiement ✓ 部署"],
] as const)("%s is printed in one harmless line", ([, text, shown]) => {
  expect(printable(text)).toBe(shown);
});

it("a table gives way where the terminal is narrow, its widest columns first, and is whole elsewhere", () => {
  const rows = [
    ["KEY", "KIND", "ID"],
    ["builds", "northflank/notification", "no-bf710608-8f03-4d89-accc-36ba998637c8"],
  ];
  expect(alignColumns(rows)).toContain("no-bf710608-8f03-4d89-accc-36ba998637c8\n");
  const narrow = alignColumns(rows, { columns: 40 }).split("\n");
  expect(narrow[1]).toBe("builds  northflank/not…  no-bf710608-8f…");
  expect(Math.max(...narrow.map(({ length }) => length))).toBe(40);
  expect(alignColumns(rows, { columns: 5 })).toContain("builds  northfl…  no-bf71…");
});

it("a column that must be read whole is not cut, and nor is the first", () => {
  const rows = [["a-long-name-that-stays", "cut where needed", "whole-id-that-stays"]];
  expect(alignColumns(rows, { columns: 20, whole: [2] })).toBe(
    "a-long-name-that-stays  cut whe…  whole-id-that-stays\n",
  );
});

it("a table of many columns becomes paragraphs where it does not fit", () => {
  const rows = [
    ["KIND", "TARGETS", "UPDATE"],
    ["qovery/webhook", "store, api", "PUT"],
    ["scalingo/notifier", "store, api", "PATCH"],
  ];
  expect(tableOrParagraphs(rows)).toBe(alignColumns(rows));
  expect(tableOrParagraphs(rows, 30)).toBe(
    "qovery/webhook\n  TARGETS  store, api\n  UPDATE   PUT\n\nscalingo/notifier\n  TARGETS  store, api\n  UPDATE   PATCH\n",
  );
});
