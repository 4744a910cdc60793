import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/lib/redact.ts";

const redact = createRedactor();
const SECRET = 'S3cret"/+value-Ω';
const b64 = (text: string): string => Buffer.from(text).toString("base64");

describe("a secret in somebody else's text", () => {
  test.for<[string, string]>([
    ["as it is", `bad value ${SECRET}!`],
    ["its first eight characters", `starts with ${SECRET.slice(0, 8)}`],
    ["a piece from its middle", `has ${SECRET.slice(4, 13)} inside`],
    ["in another case", SECRET.toUpperCase()],
    ["in JSON", JSON.stringify({ SECRET })],
    ["in a URL", encodeURIComponent(SECRET)],
    ["in hexadecimal digits", Buffer.from(SECRET).toString("hex")],
    ["as capital digits", Buffer.from(SECRET).toString("hex").toUpperCase()],
    ["as base64", b64(SECRET)],
    ["as base64 behind one byte", b64(`x${SECRET}`)],
    ["as base64 behind two", b64(`xy${SECRET}`)],
    ["as base64url", Buffer.from(SECRET).toString("base64url")],
    ["byte by byte", [...Buffer.from(SECRET)].map((byte) => `%${byte.toString(16)}`).join("")],
  ])("is taken out %s", ([, text]) => {
    const clean = redact(text, [SECRET]);
    expect(clean).toContain("(secret)");
    const inner = [
      SECRET.slice(0, 8),
      b64(SECRET).slice(0, 12),
      Buffer.from(SECRET).toString("hex").slice(0, 20),
    ];
    for (const piece of inner) expect(clean.toLowerCase()).not.toContain(piece.toLowerCase());
  });

  test("goes, and all else stays", () => {
    expect(redact(`a ${SECRET} b ${SECRET} c`, [SECRET])).toBe("a (secret) b (secret) c");
    expect(redact("nothing of it", [SECRET])).toBe("nothing of it");
    expect(redact("", [SECRET])).toBe("");
  });

  test("of four characters goes only as a whole, and a shorter one is not looked for", () => {
    expect(redact("abcd abc", ["abcd"])).toBe("(secret) abc");
    expect(redact("abc", ["abc"])).toBe("abc");
    expect(redact("x", ["x", ""])).toBe("x");
  });

  test("that is a URL is known by its tokens, not by its host or by plain words", () => {
    const url = "https://user:passw0rd1@hooks.example.com/services/T0000000/path?key=k3y-of-it";
    const said = "POST https://hooks.example.com/services/T0000000/x?k=k3y-of-it as user:passw0rd1";
    expect(redact(said, [url])).toBe(
      "POST https://hooks.example.com/services/(secret)/x?k=(secret) as user:(secret)",
    );
    expect(redact("services of hooks.example.com", [url])).toBe("services of hooks.example.com");
  });

  test("with half a character is looked for too", () => {
    expect(redact("got half\uD800-a-secret", ["half\uD800-a-secret"])).toBe("got (secret)");
  });

  test("is found again when the memory was full", () => {
    const small = createRedactor(1);
    for (const secret of ["first-secret", "second-secret", "first-secret"]) {
      expect(small(`is ${secret}.`, [secret])).toBe("is (secret).");
    }
  });

  test("leaves no eight characters of itself, wherever it stands", () => {
    const text = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{8,24}$/), text, text, (secret, before, after) => {
        const clean = redact(before + secret + after, [secret]);
        expect(clean.replaceAll("(secret)", "\n")).not.toContain(secret.slice(0, 8));
      }),
      { numRuns: 500 },
    );
  });
});
