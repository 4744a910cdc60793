import { expect, test } from "vitest";
import { emptyState } from "../../src/state/empty.ts";
import { fingerprintWith, shortFingerprint } from "../../src/state/fingerprint.ts";

test("a fingerprint depends on the key of the state, the integration, the field and the text", () => {
  const [one, other] = [
    fingerprintWith(emptyState().fingerprintKey),
    fingerprintWith(emptyState().fingerprintKey),
  ];
  const made = [
    one("a", "url", "x"),
    other("a", "url", "x"),
    one("b", "url", "x"),
    one("a", "secret", "x"),
    one("a", "url", "y"),
    one("a", "u", "rlx"),
  ];
  expect(new Set(made).size).toBe(made.length);
  expect(one("a", "url", "x")).toBe(made[0]);
});

test("eight digits are printed", () => {
  expect(shortFingerprint(fingerprintWith(emptyState().fingerprintKey)("a", "b", "c"))).toMatch(
    /^[0-9a-f]{8}$/,
  );
});
