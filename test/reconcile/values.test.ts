import { describe, expect, test } from "vitest";
import type { FieldSpec } from "../../src/model/field.ts";
import { Secret } from "../../src/model/secret.ts";
import { Unresolved } from "../../src/model/value.ts";
import type { Value } from "../../src/model/value.ts";
import { hasSecret, isEmpty, plainText, printable, sameValue } from "../../src/reconcile/values.ts";

const text: FieldSpec = { type: "string", description: "" };
const folded: FieldSpec = { ...text, ignoreCase: true };
const list: FieldSpec = { type: "array", description: "", items: text };
const set: FieldSpec = { ...list, set: true };
const hosts: FieldSpec = { ...set, items: folded };
const foldedSet: FieldSpec = { ...set, ignoreCase: true };
const object: FieldSpec = { type: "object", description: "", fields: { host: folded, tags: set } };
const map: FieldSpec = { type: "map", description: "", values: folded };
const unknown = new Unresolved("${env:SAME}", false);
const missing = (): Unresolved => new Unresolved("${env:A}", false);

describe("sameValue", () => {
  test.for<[string, FieldSpec | undefined, Value | undefined, Value | undefined]>([
    ["the same text", text, "a", "a"],
    ["nothing and nothing", undefined, undefined, undefined],
    ["nothing and the default", { ...text, default: "x" }, undefined, "x"],
    ["empty and the default", { ...text, default: "x" }, "", "x"],
    ["empty and nothing", text, "", undefined],
    ["null and nothing", text, null, undefined],
    ["null and an empty list", list, null, []],
    ["an empty secret and nothing", text, new Secret(""), undefined],
    ["two secrets of one text", text, new Secret("a"), new Secret("a")],
    ["a secret and its text", text, new Secret("a"), "a"],
    ["lists of equal secrets", list, [new Secret("a")], [new Secret("a")]],
    ["a set in another order", set, ["b", "a"], ["a", "b"]],
    ["a set with a repetition", set, ["a", "b"], ["a", "b", "a"]],
    ["a set of three in another order", set, ["c", "a", "b"], ["b", "c", "a"]],
    ["case where the field ignores it", folded, "One", "oNE"],
    ["case where the items ignore it", hosts, ["One"], ["ONE"]],
    ["case where the set ignores it", foldedSet, ["One"], ["ONE", "one"]],
    ["case in an object's field", object, { host: "A" }, { host: "a" }],
    ["a set in an object", object, { tags: ["a", "b"] }, { tags: ["b", "a"] }],
    ["an empty member of an object", object, { host: "a", tags: [] }, { host: "a" }],
    ["an empty object and nothing", object, {}, undefined],
    ["case in a map's values", map, { any: "A" }, { any: "a" }],
    ["members in another order", undefined, { a: 1, b: 2 }, { b: 2, a: 1 }],
    ["a number where case is ignored", foldedSet, [1, "A"], ["a", 1]],
    ["what is not known and the very same", text, unknown, unknown],
    ["lists of no documented field, of secrets and texts", undefined, [new Secret("a")], ["a"]],
    ["values of no documented field", undefined, ["a"], ["a"]],
  ])("%s: same", ([, spec, left, right]) => {
    expect(sameValue(spec, left, right)).toBe(true);
    expect(sameValue(spec, right, left)).toBe(true);
  });

  test.for<[string, FieldSpec | undefined, Value | undefined, Value | undefined]>([
    ["another text", text, "a", "b"],
    ["a text and nothing", text, "a", undefined],
    ["nothing and what is not the default", { ...text, default: "x" }, undefined, "y"],
    ["two secrets", text, new Secret("a"), new Secret("b")],
    ["a secret and another text", text, new Secret("a"), "b"],
    ["lists of other secrets", list, [new Secret("a")], [new Secret("b")]],
    ["a list and its beginning", list, ["a", "b"], ["a"]],
    ["a list in another order", list, ["a", "b"], ["b", "a"]],
    ["a list with a repetition", list, ["a"], ["a", "a"]],
    ["a list of which one item differs", list, ["a", "b"], ["a", "c"]],
    ["a set that lacks one", set, ["a", "b"], ["a"]],
    ["case where it counts", text, "a", "A"],
    ["case in a list where it counts", list, ["a"], ["A"]],
    ["other texts where case is ignored", folded, "a", "b"],
    ["texts that are alike in capitals only", folded, "straße", "STRASSE"],
    ["numbers where case is ignored", folded, 1, 2],
    ["lists of no documented field", undefined, ["a"], ["b"]],
    ["a list of nothing that is known and a longer one", list, [unknown], [unknown, "a"]],
    ["case in an object's set", object, { tags: ["a"] }, { tags: ["A"] }],
    ["a member more", object, { host: "a", tags: ["b"] }, { host: "a" }],
    ["false and nothing", undefined, false, undefined],
    ["zero and nothing", undefined, 0, undefined],
    ["a number and its text", undefined, 1, "1"],
    ["what is not known and itself, spelled again", text, missing(), missing()],
    ["what is not known and a text", text, missing(), "(not yet known: ${env:A})"],
  ])("%s: different", ([, spec, left, right]) => {
    expect(sameValue(spec, left, right)).toBe(false);
    expect(sameValue(spec, right, left)).toBe(false);
  });
});

test.for<[Value | undefined, boolean]>([
  [undefined, true],
  [null, true],
  ["", true],
  [[], true],
  [{}, true],
  [new Secret(""), true],
  [new Secret("a"), false],
  [missing(), false],
  [false, false],
  [0, false],
  [[""], false],
  [{ a: "" }, false],
])("%o is empty: %s", ([value, empty]) => expect(isEmpty(value)).toBe(empty));

test.for<[Value | undefined, boolean]>([
  [undefined, false],
  ["a", false],
  [new Secret("a"), true],
  [["a", new Secret("b")], true],
  [["a", "b"], false],
  [[], false],
  [{ a: "b", c: { d: new Secret("e") } }, true],
  [{ a: "b" }, false],
])("%o bears a secret: %s", ([value, bears]) => expect(hasSecret(value)).toBe(bears));

test.for<[Value, string]>([
  ["a", "a"],
  [new Secret("a"), "a"],
  [1, "1"],
  [{ b: 1, a: new Secret("x") }, '{"a":"x","b":1}'],
])("%o is fingerprinted as %s", ([value, plain]) => expect(plainText(undefined, value)).toBe(plain));

describe("printable", () => {
  const shown = (spec: FieldSpec | undefined, value: Value | undefined, secret = false, print?: string) =>
    printable(spec, value, secret, print);

  test.for<[string, FieldSpec | undefined, Value | undefined, unknown]>([
    ["nothing", text, undefined, null],
    ["null", text, null, null],
    ["a text", folded, "One", "One"],
    ["a set, sorted, as it is written", hosts, ["b", "A", "b"], ["A", "b", "b"]],
    ["a list", list, ["b", "a"], ["b", "a"]],
    ["an object with empties", object, { host: "", tags: ["b", "a"] }, { host: "", tags: ["a", "b"] }],
    ["a secret in a list", list, [new Secret("a")], ["(secret)"]],
    ["what is not known", text, missing(), "(not yet known: ${env:A})"],
    ["a number", undefined, 3, 3],
    ["a list of no documented field", undefined, ["b", "a"], ["b", "a"]],
    ["a set of one, twice", set, ["a", "a"], ["a", "a"]],
  ])("%s", ([, spec, value, expected]) => expect(shown(spec, value)).toEqual(expected));

  test("masks the texts of a secret leaf, wherever they stand, and nothing else of it", () => {
    expect(shown(text, "abc", true)).toBe("(secret)");
    expect(shown(text, "abc", true, "0123456789")).toBe("(secret 01234567)");
    expect(shown(list, ["abc", 1], true)).toEqual(["(secret)", 1]);
    expect(shown(undefined, { a: { b: "abc" }, c: true }, true)).toEqual({ a: { b: "(secret)" }, c: true });
    expect(shown(text, new Secret("https://h.example/abc"), false, "0123456789")).toBe(
      "https://h.example/… (secret 01234567)",
    );
  });
});
