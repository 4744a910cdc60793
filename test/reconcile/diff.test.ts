import { describe, expect, test } from "vitest";
import { Secret } from "../../src/model/secret.ts";
import { Unresolved } from "../../src/model/value.ts";
import type { Fields } from "../../src/model/value.ts";
import { diffFields } from "../../src/reconcile/diff.ts";
import type { Diff } from "../../src/reconcile/diff.ts";
import { desired, entry, fingerprint, hook } from "../support/acme.ts";

function diff(declared: Fields, there: Fields, over: Partial<Parameters<typeof diffFields>[0]> = {}): Diff {
  return diffFields({
    kind: hook,
    key: "a",
    desired: declared,
    observed: there,
    entry: undefined,
    ignore: [],
    fingerprint,
    ...over,
  });
}

const rows = ({ fields }: Diff): string[] =>
  fields.map(
    ({ path, before, after, why }) =>
      `${path}: ${JSON.stringify(before)} → ${JSON.stringify(after)} (${why})`,
  );

describe("what is the same", () => {
  test.for<[string, Fields, Fields]>([
    ["a default that is left out", { enabled: true }, {}],
    ["a default that only the target names", {}, { enabled: true, tags: [] }],
    ["a nested default", {}, { options: { retries: 3 } }],
    ["a set in another order, with repetitions", { tags: ["a", "b"] }, { tags: ["b", "a", "a"] }],
    ["names in another case", { hosts: ["One"] }, { hosts: ["ONE"] }],
    ["empty and left out", { steps: [], options: {}, url: "" }, {}],
    ["flags that are not set", { events: { a: true } }, { events: { a: true, b: false } }],
    ["read-only and volatile fields", {}, { id: "x", lastSeen: "now" }],
    ["fields that are not documented", {}, { future: 1 }],
    [
      "secrets with the same text",
      { url: new Secret("https://a.example/x") },
      { url: new Secret("https://a.example/x") },
    ],
    [
      "a secret that the target gives as text",
      { url: new Secret("https://a.example/x") },
      { url: "https://a.example/x" },
    ],
  ])("%s", ([, declared, there]) => {
    expect(diff(declared, there)).toEqual({
      fields: [],
      replaces: false,
      drift: false,
      ignored: [],
      unknown: [],
      hidden: false,
    });
  });
});

describe("what differs", () => {
  test.for<[string, Fields, Fields, string[]]>([
    ["a default", { enabled: false }, {}, ["enabled: null → false (changed)"]],
    [
      "a list in order",
      { steps: ["a", "b"] },
      { steps: ["b", "a"] },
      ['steps: ["b","a"] → ["a","b"] (changed)'],
    ],
    ["a set, printed sorted", { tags: ["c", "a"] }, { tags: ["b"] }, ['tags: ["b"] → ["a","c"] (changed)']],
    [
      "a key of a map",
      { events: { "trigger:build:start": true } },
      {},
      ["events.trigger:build:start: null → true (changed)"],
    ],
    [
      "a key that goes",
      {},
      { events: { a: true, constructor: true } },
      ["events.a: true → null (changed)", "events.constructor: true → null (changed)"],
    ],
    [
      "a nested field",
      { options: { note: "x" } },
      { options: { note: "y", retries: 3 } },
      ['options.note: "y" → "x" (changed)'],
    ],
    ["a field that is left out now", {}, { options: { note: "y" } }, ['options.note: "y" → null (changed)']],
    ["what forces a replacement", { style: "a" }, { style: "b" }, ['style: "b" → "a" (forces replacement)']],
  ])("%s", ([, declared, there, expected]) => {
    expect(rows(diff(declared, there))).toEqual(expected);
  });

  test("says that a replacement is needed", () => {
    expect(diff({ style: "a" }, { style: "b" }).replaces).toBe(true);
    expect(diff({ steps: ["a"] }, {}).replaces).toBe(false);
  });

  test("shows secrets by host and keyed fingerprint, before and after", () => {
    const change = diff(
      { url: new Secret("https://new.example/s3cret") },
      { url: new Secret("https://old.example/pr3vious") },
    );
    expect(rows(change)).toEqual([
      `url: "https://old.example/… (secret ${fingerprint("a", "url", "https://old.example/pr3vious").slice(0, 8)})" → "https://new.example/… (secret ${fingerprint("a", "url", "https://new.example/s3cret").slice(0, 8)})" (changed)`,
    ]);
  });

  test("shows no fingerprint where there is no key", () => {
    const change = diff(
      { headers: { x: new Secret("s3cret") } },
      { headers: { x: "pr3vious" } },
      { fingerprint: undefined },
    );
    expect(rows(change)).toEqual(['headers.x: "(secret)" → "(secret)" (changed)']);
  });
});

describe("what was applied last", () => {
  const applied = desired("a", {
    steps: ["a"],
    url: new Secret("https://a.example/1"),
    token: new Secret("t0ken"),
    hidden: "h",
  });
  const known = entry(applied, "1");

  test("tells drift from a changed file", () => {
    expect(
      rows(
        diff(
          applied.spec,
          { name: "a", steps: ["b"], url: new Secret("https://a.example/1") },
          { entry: known },
        ),
      ),
    ).toEqual(['steps: ["b"] → ["a"] (drift)']);
    expect(
      rows(
        diff(
          { ...applied.spec, steps: ["c"] },
          { name: "a", steps: ["a"], url: new Secret("https://a.example/1") },
          { entry: known },
        ),
      ),
    ).toEqual(['steps: ["a"] → ["c"] (changed)']);
    const moved = diff(
      applied.spec,
      { name: "a", steps: ["a"], url: new Secret("https://a.example/2") },
      { entry: known },
    );
    expect(moved.fields.map(({ path, why }) => [path, why])).toEqual([["url", "drift"]]);
  });

  test("stands for what the target never gives back", () => {
    const there = { name: "a", steps: ["a"], url: new Secret("https://a.example/1") };
    expect(diff(applied.spec, there, { entry: known })).toMatchObject({ fields: [], hidden: true });
    const changed = diff({ ...applied.spec, token: new Secret("other"), hidden: "i" }, there, {
      entry: known,
    });
    expect(rows(changed)).toEqual([
      'hidden: "h" → "i" (changed)',
      `token: "(secret ${known.secrets["token"]?.slice(0, 8)})" → "(secret ${fingerprint("a", "token", "other").slice(0, 8)})" (changed)`,
    ]);
    const { token: _, ...without } = applied.spec;
    expect(rows(diff(without, there, { entry: known }))).toEqual([
      `token: "(secret ${known.secrets["token"]?.slice(0, 8)})" → null (changed)`,
    ]);
  });

  test("without it, such a field is sent and said to be unverifiable", () => {
    expect(diff({ token: new Secret("t") }, {}).fields.map(({ why }) => why)).toEqual(["unverifiable"]);
  });
});

test("a missing variable alone changes nothing, and is shown beside what changes", () => {
  const missing = new Unresolved("${env:TOKEN}", true);
  expect(diff({ url: missing }, { url: new Secret("https://a.example/1") })).toMatchObject({
    fields: [],
    unknown: [{ path: "url", why: "not yet known: ${env:TOKEN}" }],
  });
  const beside = diff(
    { steps: ["a"], url: missing },
    { url: "https://a.example/1" },
    { fingerprint: undefined },
  );
  expect(rows(beside)).toEqual([
    'steps: null → ["a"] (changed)',
    'url: "https://a.example/… (secret)" → "(not yet known: ${env:TOKEN})" (not yet known)',
  ]);
});

test("ignored fields, and all below them, are named and not changed", () => {
  const there = { steps: ["x"], options: { note: "x" }, events: { a: true } };
  expect(
    diff({ steps: ["a"], options: { note: "a" } }, there, { ignore: ["steps", "options", "events.a"] }),
  ).toMatchObject({
    fields: [],
    ignored: ["events.a", "options.note", "steps"],
  });
});
