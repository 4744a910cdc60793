import { describe, expect, test } from "vitest";
import { isDeeperThan } from "../../src/lib/json-depth.ts";

const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

describe("isDeeperThan", () => {
  test.for([
    ["as deep as allowed", nested(500), false],
    ["one level more", nested(501), true],
    ["far more than the stack holds", nested(400_000), true],
    ["deep in the last member of objects", `{"a":1,"b":{"c":${nested(499)}}}`, true],
    ["long but flat", JSON.stringify(Array.from({ length: 5000 }, () => ({ a: 1 }))), false],
  ] as const)("%s", ([, text, deeper]) => {
    expect(isDeeperThan(500, JSON.parse(text), text.length)).toBe(deeper);
  });
});
