import { expect, test } from "vitest";
import type { FieldSpec, KindSpec } from "../../src/model/field.ts";
import type { Fields, Value } from "../../src/model/value.ts";
import { walkPair } from "../../src/reconcile/walk.ts";
import { sameValue } from "../../src/reconcile/values.ts";

const text: FieldSpec = { type: "string", description: "" };
const flag: FieldSpec = { type: "boolean", description: "" };

function kindOf(fields: Readonly<Record<string, FieldSpec>>): KindSpec {
  return {
    kind: "acme/thing",
    provider: "acme",
    resource: "thing",
    title: "",
    description: "",
    page: "",
    example: {},
    nameField: "name",
    fields,
  };
}

type Row = [path: string, desired: Value | undefined, observed: Value | undefined, traits: string];

/** Every leaf that is visited, with the traits that hold for it. */
function leaves(fields: Readonly<Record<string, FieldSpec>>, desired: Fields, observed: Fields): Row[] {
  const rows: Row[] = [];
  walkPair(kindOf(fields), desired, observed, {
    same: sameValue,
    visit: (leaf) => {
      const { secret, writeOnly, forceNew } = leaf.traits;
      const held = Object.entries({ secret, writeOnly, forceNew }).flatMap(([name, on]) =>
        on ? [name] : [],
      );
      rows.push([leaf.path, leaf.desired, leaf.observed, held.join(" ")]);
      expect([secret, writeOnly, forceNew].every((trait) => typeof trait === "boolean")).toBe(true);
    },
  });
  return rows;
}

test.for<[string, Readonly<Record<string, FieldSpec>>, Fields, Fields, Row[]]>([
  ["what differs", { a: text, b: text }, { a: "1", b: "2" }, { a: "1", b: "3" }, [["b", "2", "3", ""]]],
  [
    "what only one side has",
    { a: text, b: text },
    { a: "1" },
    { b: "2" },
    [
      ["a", "1", undefined, ""],
      ["b", undefined, "2", ""],
    ],
  ],
  ["what only the file has, documented or not", {}, { x: 1 }, { y: 2 }, [["x", 1, undefined, ""]]],
  [
    "neither read-only nor volatile ones",
    { a: { ...text, readOnly: true }, b: { ...text, volatile: true } },
    { a: "1", b: "2" },
    {},
    [],
  ],
  [
    "what never comes back, the same or not",
    { a: { ...text, writeOnly: true } },
    { a: "1" },
    {},
    [["a", "1", undefined, "writeOnly"]],
  ],
  [
    "what never comes back, also where nothing is left",
    { a: { ...text, writeOnly: true } },
    {},
    {},
    [["a", undefined, undefined, "writeOnly"]],
  ],
  [
    "what came back though it never does, only when it differs",
    { a: { ...text, writeOnly: true } },
    { a: "1" },
    { a: "1" },
    [],
  ],
  [
    "nothing where nothing is on either side",
    { a: text, o: { type: "object", description: "", fields: { b: text } } },
    {},
    {},
    [],
  ],
  ["secrets", { a: { ...text, secret: true } }, { a: "1" }, {}, [["a", "1", undefined, "secret"]]],
  [
    "URLs that are secrets",
    { a: { ...text, secret: "url" } },
    { a: "1" },
    {},
    [["a", "1", undefined, "secret"]],
  ],
  [
    "lists of secrets",
    { a: { type: "array", description: "", items: { ...text, secret: true } } },
    { a: ["1"] },
    {},
    [["a", ["1"], undefined, "secret"]],
  ],
  [
    "a list as one",
    { a: { type: "array", description: "", items: text } },
    { a: ["1", "2"] },
    { a: ["1"] },
    [["a", ["1", "2"], ["1"], ""]],
  ],
])("visits %s", ([, fields, desired, observed, expected]) => {
  expect(leaves(fields, desired, observed)).toEqual(expected);
});

const object = (fields: Readonly<Record<string, FieldSpec>>, over: Partial<FieldSpec> = {}): FieldSpec => ({
  type: "object",
  description: "",
  fields,
  ...over,
});

test("objects are walked into, where both sides allow it", () => {
  const fields = { o: object({ a: text, deep: object({ b: text }) }) };
  expect(leaves(fields, { o: { a: "1", deep: { b: "2" } } }, {})).toEqual([
    ["o.a", "1", undefined, ""],
    ["o.deep.b", "2", undefined, ""],
  ]);
  expect(leaves(fields, {}, { o: { a: "1" } })).toEqual([["o.a", undefined, "1", ""]]);
  expect(leaves(fields, { o: { a: "1" } }, { o: "text" })).toEqual([["o", { a: "1" }, "text", ""]]);
  expect(leaves(fields, { o: "text" }, { o: { a: "1" } })).toEqual([["o", "text", { a: "1" }, ""]]);
  expect(leaves({ o: text }, { o: { a: "1" } }, {})).toEqual([["o", { a: "1" }, undefined, ""]]);
});

test("what stands in an object inherits its traits", () => {
  const inner = { a: text, s: { ...text, secret: true as const } };
  expect(leaves({ o: object(inner, { forceNew: true }) }, { o: { a: "1", s: "2" } }, {})).toEqual([
    ["o.a", "1", undefined, "forceNew"],
    ["o.s", "2", undefined, "secret forceNew"],
  ]);
  const hidden = { o: object({ a: text, b: text }, { writeOnly: true }) };
  expect(leaves(hidden, { o: { a: "1" } }, {})).toEqual([
    ["o.a", "1", undefined, "writeOnly"],
    ["o.b", undefined, undefined, "writeOnly"],
  ]);
  expect(leaves(hidden, {}, {})).toEqual([
    ["o.a", undefined, undefined, "writeOnly"],
    ["o.b", undefined, undefined, "writeOnly"],
  ]);
  expect(leaves({ o: object({ a: text }, { secret: true }) }, { o: { a: "1", x: 2 } }, {})).toEqual([
    ["o.a", "1", undefined, "secret"],
    ["o.x", 2, undefined, "secret"],
  ]);
});

const map = (values: FieldSpec, over: Partial<FieldSpec> = {}): FieldSpec => ({
  type: "map",
  description: "",
  values,
  ...over,
});

test("maps are walked into by key, and a flag that is not named is not set", () => {
  expect(leaves({ m: map(flag) }, { m: { a: true, b: false } }, { m: { c: false, d: true } })).toEqual([
    ["m.a", true, undefined, ""],
    ["m.d", undefined, true, ""],
  ]);
  expect(leaves({ m: map({ ...flag, default: true }) }, { m: { a: true, b: false } }, { m: {} })).toEqual([
    ["m.b", false, undefined, ""],
  ]);
  expect(leaves({ m: map({ ...text, secret: true }) }, { m: { a: "1" } }, { m: { a: "2" } })).toEqual([
    ["m.a", "1", "2", "secret"],
  ]);
  expect(leaves({ m: map(text) }, { m: { constructor: "1" } }, {})).toEqual([
    ["m.constructor", "1", undefined, ""],
  ]);
  expect(leaves({ m: map(text) }, { m: { toString: "1" } }, { m: {} })).toEqual([
    ["m.toString", "1", undefined, ""],
  ]);
  expect(leaves({ m: map(text) }, { m: { a: false } }, { m: {} })).toEqual([["m.a", false, undefined, ""]]);
  expect(leaves({ m: map(text) }, { m: "x" }, { m: { a: "1" } })).toEqual([["m", "x", { a: "1" }, ""]]);
  expect(leaves({ m: { type: "map", description: "" } }, { m: { a: false } }, {})).toEqual([
    ["m.a", false, undefined, ""],
  ]);
  expect(leaves({ m: map(text, { writeOnly: true, forceNew: true }) }, { m: { a: "1" } }, {})).toEqual([
    ["m.a", "1", undefined, "writeOnly forceNew"],
  ]);
});
