import { expect, it } from "vitest";
import { sameText } from "../../src/lib/same-text.ts";

it.for([
  ["", "", true],
  ["clé-漢", "clé-漢", true],
  ["secret", "Secret", false],
  ["secret", "secret ", false],
  ["secret", "", false],
] as const)("%j and %j", ([one, other, same]) => {
  expect(sameText(one, other)).toBe(same);
});
