import { expect, test } from "vitest";
import { findCycles } from "../../src/config/checks.ts";

const edges = (lists: Readonly<Record<string, readonly string[]>>): Map<string, { key: string }[]> =>
  new Map(Object.entries(lists).map(([key, to]) => [key, to.map((name) => ({ key: name }))]));

test.for([
  ["nothing", {}, []],
  ["a chain", { a: ["b"], b: ["c"], c: [] }, []],
  ["two ways to one end", { a: ["b", "c"], b: ["d"], c: ["d"], d: [] }, []],
  ["a reference to itself", { a: ["a"] }, ["a"]],
  ["a circle of three", { a: ["b"], b: ["c"], c: ["a"] }, ["a"]],
  ["two circles", { a: ["b"], b: ["a", "c"], c: ["d"], d: ["c"] }, ["a", "c"]],
  ["a circle behind a chain", { x: ["a"], a: ["b"], b: ["a"] }, ["a"]],
] as const)("%s has as many closing references as circles", ([, lists, closing]) => {
  expect(findCycles(edges(lists)).map(({ key }) => key)).toEqual(closing);
});
