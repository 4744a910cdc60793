import { describe, expect, it } from "vitest";
import { classify } from "../../src/lib/http-failure.ts";

const failing = (code: string, message = "x"): Error => Object.assign(new Error(message), { code });

describe("what went wrong", () => {
  it.for<readonly [string, unknown, string]>([
    ["a code", failing("ECONNREFUSED"), "connection-refused"],
    ["a code nobody knows", failing("EWHATEVER"), "internal"],
    ["no code", new Error("x"), "internal"],
    ["no error", "x", "internal"],
    ["an answer that nobody asked for", failing("UND_ERR_SOCKET", "bad response"), "bad-response"],
    ["a connection that closed", failing("UND_ERR_SOCKET", "other side closed"), "connection-reset"],
    ["nothing, several times", new AggregateError([]), "internal"],
    [
      "no way to one address, and a refusal of the other",
      new AggregateError([failing("ENETUNREACH"), failing("ECONNREFUSED")]),
      "connection-refused",
    ],
    ["no way to any", new AggregateError([failing("ENETUNREACH"), failing("EHOSTUNREACH")]), "no-route"],
    [
      "several within several",
      new AggregateError([new AggregateError([failing("ENETUNREACH"), failing("ETIMEDOUT")])]),
      "timeout",
    ],
  ])("is told from %s", ([, error, expected]) => {
    expect(classify(error).class).toBe(expected);
  });
});
