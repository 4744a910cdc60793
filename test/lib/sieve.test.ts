import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSieve } from "../../src/lib/sieve.ts";

describe("a sieve", () => {
  it("lets no text pass that shares a stretch with a word, wherever and in whatever case", () => {
    const text = fc.string({ unit: "binary", maxLength: 30 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.string({ minLength: 12, maxLength: 30 }), { minLength: 1, maxLength: 5 }),
        fc.nat(),
        fc.nat(18),
        text,
        text,
        (shortest, words, which, from, before, after) => {
          const word = words[which % words.length] ?? "";
          const piece = word.slice(Math.min(from, word.length - shortest)).slice(0, shortest);
          const sieve = createSieve(words, shortest);
          const upper = piece.replace(/[a-z]/g, (letter) => letter.toUpperCase());
          for (const found of [piece, upper]) {
            expect(sieve.mayShare(before + found + after)).toBe(true);
            expect(sieve.mayBegin(before + found + after, before.length)).toBe(true);
          }
        },
      ),
    );
  });

  it("lets other texts pass", () => {
    const sieve = createSieve(["T0000000/B00000000/abcdEFGH1234ijkl"], 8);
    expect(sieve.mayShare('{"status":"accepted","at":"2026-11-21T14:00:00Z"}')).toBe(false);
    expect(sieve.mayShare("")).toBe(false);
    expect(sieve.mayBegin("abcd", 0)).toBe(false);
    expect(createSieve([], 8).mayShare("anything at all")).toBe(false);
  });
});
