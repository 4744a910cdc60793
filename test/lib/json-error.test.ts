import fc from "fast-check";
import { expect, it } from "vitest";
import { jsonErrorPlace } from "../../src/lib/json-error.ts";

it.for([
  ["", "line 1, column 1"],
  ["{", "line 1, column 2"],
  ['{"a":1,}', "line 1, column 8"],
  ['{"a" 1}', "line 1, column 6"],
  ['{\n  "a": tru\n}', "line 2, column 8"],
  ["[1 2]", "line 1, column 4"],
  ["[1,]", "line 1, column 4"],
  ["[}", "line 1, column 2"],
  ["01", "line 1, column 2"],
  ["1 2", "line 1, column 3"],
  ['"a\tb"', "line 1, column 3"],
  ['"\\x"', "line 1, column 2"],
  ['"open', "line 1, column 6"],
  ["nope", "line 1, column 1"],
] as const)("%j goes wrong at %s", ([text, place]) => {
  expect(jsonErrorPlace(text)).toBe(place);
});

const fails = (text: string): boolean => {
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
};

it("finds a place in whatever the engine refuses, and in nothing else", () => {
  const almost = fc
    .tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom("", "{", "}", "]", '"', ",", ":", "0", "-", "e", "\\", "\n", "t"),
    )
    .map(([json, seed, char]) => {
      const at = seed % (json.length + 1);
      return json.slice(0, at) + char + json.slice(at + (seed % 2));
    });
  fc.assert(
    fc.property(fc.oneof(fc.json(), almost), (text) => {
      expect(jsonErrorPlace(text) !== undefined).toBe(fails(text));
    }),
    { numRuns: 3000 },
  );
});

it("is not stopped by depth", () => {
  expect(jsonErrorPlace("[".repeat(100_000))).toBe("line 1, column 100001");
});
