import { expect, it } from "vitest";
import { printable } from "../../src/commands/table-text.ts";

it.for([
  ["an escape sequence", "\u001b[2Jx", "\\u001b[2Jx"],
  ["a line break that would forge a row", "a\nb\r\tc", "a\\u000ab\\u000d\\u0009c"],
  ["a text direction override", "a\u202eb", "a\\u202eb"],
  ["ordinary text", "déploiement ✓ 部署", "déploiement ✓ 部署"],
] as const)("%s is printed in one harmless line", ([, text, shown]) => {
  expect(printable(text)).toBe(shown);
});
