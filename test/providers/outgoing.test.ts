/** What leaves for a provider, and what is shown of what comes back. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret, maskSecret } from "../../src/model/secret.ts";
import { Unresolved } from "../../src/model/value.ts";
import type { Fields, Value } from "../../src/model/value.ts";
import { cleanMessage } from "../../src/providers/api-failure.ts";
import { revealOutgoing } from "../../src/providers/outgoing.ts";

describe("what leaves", () => {
  it("is in clear, with its secrets named", () => {
    const spec: Fields = { a: new Secret("plain"), b: [{ c: new Secret("other") }], d: 1, e: null };
    expect(revealOutgoing(spec)).toEqual({
      body: { a: "plain", b: [{ c: "other" }], d: 1, e: null },
      secrets: ["plain", "other"],
    });
  });

  it.each<[string, Value]>([
    ["our mask", new Secret("(secret)")],
    ["our mask with a fingerprint", new Secret("(secret 1a2b3c4d)")],
    ["our masked URL", new Secret("https://hooks.slack.com/… (secret 1a2b3c4d)")],
    ["our mask in a plain field", "(secret 1a2b3c4d)"],
    ["a missing variable as printed", "(not yet known: ${env:X})"],
    ["a reference that was not resolved", new Secret("${env:TOKEN}")],
    ["stars", new Secret("********")],
    ["bullets", new Secret("••••••")],
    ["a word", new Secret("[REDACTED]")],
    ["Qovery's console", new Secret("SECRET_VALUE_UNCHANGED")],
  ])("is never %s", (_what, value) => {
    expect(() => revealOutgoing({ outer: { field: value } })).toThrow("outer.field holds a masked value");
  });

  it("is never a value that is missing", () => {
    expect(() => revealOutgoing({ list: [new Unresolved("${file:x.txt}", true)] })).toThrow(
      "list[0] has no value",
    );
  });

  it("is never what a secret prints as", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ minLength: 1 }), fc.webUrl()),
        fc.stringMatching(/^[0-9a-f]{8}$/),
        (plain, print) => {
          for (const masked of [maskSecret(plain), maskSecret(plain, print)]) {
            expect(() => revealOutgoing({ field: new Secret(masked) })).toThrow("masked");
          }
        },
      ),
    );
  });

  it("may be a description with stars in it", () => {
    expect(revealOutgoing({ description: "***" }).body).toEqual({ description: "***" });
  });
});

describe("a provider's words", () => {
  it("lose every secret, as it is and as it may be quoted", () => {
    const secret = 'pa"ss wörd1';
    const text = `bad ${secret}, ${encodeURIComponent(secret)}, ${JSON.stringify(secret)}`;
    expect(cleanMessage(text, [secret])).toBe('bad (secret), (secret), "(secret)"');
  });

  it("lose the telling parts of a URL and keep its host", () => {
    const url = "https://hooks.slack.com/services/T00000000/B00000000/abcdefgh1234";
    const text = `cannot post to ${url}; /services/T00000000/B00000000/abcdefgh1234 refused, token abcdefgh1234`;
    expect(cleanMessage(text, [url])).toBe(
      "cannot post to https://hooks.slack.com/… (secret); (secret) refused, token (secret)",
    );
  });

  it("never hold a secret, whatever they are", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.stringMatching(/^[A-Za-z0-9]{12,40}$/),
        fc.string(),
        (before, secret, after) => {
          expect(cleanMessage(`${before}${secret}${after}`, [secret])).not.toContain(secret);
        },
      ),
    );
  });

  it("are on one line and not too long", () => {
    expect(cleanMessage("a\n\u001b[31mb\u0000c", [])).toBe("a [31mb c");
    expect(cleanMessage("x".repeat(2000), []).length).toBeLessThan(510);
  });
});
