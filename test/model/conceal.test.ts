import { expect, test } from "vitest";
import { concealWith } from "../../src/model/conceal.ts";
import { kinds } from "../support/acme.ts";

const conceal = concealWith(kinds);

test("a number where a secret belongs is a secret too", () => {
  const spec = conceal("acme/hook", { name: "a", token: 12345678, headers: { "X-A": 87654321 } });
  expect(JSON.stringify(spec)).toBe('{"name":"a","token":"(secret)","headers":{"X-A":"(secret)"}}');
});

test("nothing of a kind that is not known is shown", () => {
  expect(JSON.stringify(conceal("acme/other", { a: "plain", b: [1, "x"] }))).toBe(
    '{"a":"(secret)","b":["(secret)","(secret)"]}',
  );
});
