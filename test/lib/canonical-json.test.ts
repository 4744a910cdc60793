import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, digestJson } from "../../src/lib/canonical-json.ts";

test("members are sorted at every depth, and what is undefined is left out", () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }], a: undefined, A: "é\n" })).toBe(
    '{"A":"é\\n","b":[{"c":null,"d":1}]}',
  );
});

test("it is JSON of the same value, and has one spelling", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      const parsed: unknown = JSON.parse(text);
      expect(parsed).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(parsed)).toBe(text);
    }),
  );
});

test("the digest is SHA-256 in hex", () => {
  expect(digestJson({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
});
