/** What a diff makes of memory, of what never comes back, and of what is not known: the whole of it. */
import { describe, expect, test } from "vitest";
import type { FieldSpec, KindSpec } from "../../src/model/field.ts";
import { Secret } from "../../src/model/secret.ts";
import { Unresolved } from "../../src/model/value.ts";
import type { Fields } from "../../src/model/value.ts";
import { createFields, diffFields } from "../../src/reconcile/diff.ts";
import type { Diff, DiffInput } from "../../src/reconcile/diff.ts";
import type { InventoryEntry } from "../../src/state/contract.ts";
import { desired, entry, fingerprint, hook } from "../support/acme.ts";

const text: FieldSpec = { type: "string", description: "" };
const kind: KindSpec = {
  ...hook,
  fields: {
    ...hook.fields,
    secrets: { type: "array", description: "", items: { ...text, secret: true } },
    gone: { ...text, writeOnly: true, removeByReplacing: true },
    fixed: { ...text, secret: true, forceNew: true },
  },
};
const secret = (plain: string): Secret => new Secret(plain);
const masked = (path: string, plain: string): string =>
  `(secret ${fingerprint("a", path, plain).slice(0, 8)})`;
const SITE = "https://a.example/… ";

function diff(declared: Fields, there: Fields, over: Partial<DiffInput> = {}): Diff {
  const base = {
    kind,
    key: "a",
    desired: declared,
    observed: there,
    entry: undefined,
    ignore: [],
    fingerprint,
  };
  return diffFields({ ...base, ...over });
}
const applied = (spec: Fields): InventoryEntry => ({
  ...entry(desired("a", spec), "1"),
  ...(spec["gone"] !== undefined && { applied: { name: "a", gone: "g" } }),
  ...(spec["fixed"] !== undefined && { secrets: { fixed: fingerprint("a", "fixed", "f") } }),
});
const whole = (over: Partial<Diff> = {}): Diff => ({
  fields: [],
  replaces: false,
  drift: false,
  ignored: [],
  unknown: [],
  hidden: false,
  ...over,
});

describe("a secret that differs", () => {
  const [old, fresh] = ["https://a.example/1", "https://a.example/2"];
  const row = (before: string | null, after: string | null, why: string): Diff =>
    whole({ fields: [{ path: "url", before, after, why }], drift: why === "drift" });
  const [was, is] = [`${SITE}${masked("url", old)}`, `${SITE}${masked("url", fresh)}`];

  test.for<[string, Fields, Fields, Partial<DiffInput>, Diff]>([
    ["from what nobody remembers", { url: secret(fresh) }, { url: secret(old) }, {}, row(was, is, "changed")],
    [
      "from what the file said and says",
      { url: secret(fresh) },
      { url: secret(old) },
      { entry: applied({ url: secret(fresh) }) },
      row(was, is, "drift"),
    ],
    [
      "from what the file did not say",
      { url: secret(fresh) },
      { url: secret(old) },
      { entry: applied({}) },
      row(was, is, "changed"),
    ],
    [
      "from nothing: the file said nothing, nor does it now",
      {},
      { url: secret(old) },
      { entry: applied({}) },
      row(was, null, "drift"),
    ],
    [
      "from nothing: the file says nothing any more",
      { url: "" },
      { url: secret(old) },
      { entry: applied({ url: secret(old) }) },
      row(was, null, "changed"),
    ],
    [
      "without a key, from what the file did not say",
      { url: secret(fresh) },
      { url: secret(old) },
      { entry: applied({}), fingerprint: undefined },
      row(`${SITE}(secret)`, `${SITE}(secret)`, "changed"),
    ],
    [
      "and is there in part, but not said to be",
      { url: secret(old) },
      { url: secret("https://a.example/") },
      { entry: applied({ url: secret(old) }), clipped: ["headers"] },
      row(`${SITE}${masked("url", "https://a.example/")}`, was, "drift"),
    ],
    [
      "and is there in part, with another beginning",
      { url: secret("https://b.example/1") },
      { url: secret("https://a.example/") },
      { entry: applied({ url: secret(old) }), clipped: ["url"] },
      row(
        `${SITE}${masked("url", "https://a.example/")}`,
        `https://b.example/… ${masked("url", "https://b.example/1")}`,
        "changed",
      ),
    ],
    [
      "and is there in part, and no longer declared",
      {},
      { url: secret("https://a.example/") },
      { entry: applied({ url: secret(old) }), clipped: ["url"] },
      row(`${SITE}${masked("url", "https://a.example/")}`, null, "changed"),
    ],
    [
      "and was to come back in part, and did not come back",
      { url: secret(old) },
      {},
      { entry: applied({ url: secret(old) }), clipped: ["url"] },
      row(null, was, "drift"),
    ],
  ])("%s", ([, declared, there, over, expected]) => expect(diff(declared, there, over)).toEqual(expected));
});

describe("what never comes back", () => {
  const token = (before: string | null, after: string | null, why: string): Diff =>
    whole({ fields: [{ path: "token", before, after, why }], hidden: after !== null });
  const said = masked("token", "t");

  test.for<[string, Fields, Partial<DiffInput>, Diff]>([
    [
      "and is as it was applied",
      { token: secret("t") },
      { entry: applied({ token: secret("t") }) },
      whole({ hidden: true }),
    ],
    [
      "and was not applied before",
      { token: secret("t") },
      { entry: applied({}) },
      token(null, said, "changed"),
    ],
    ["and was never seen", { token: secret("t") }, {}, token(null, said, "unverifiable")],
    [
      "and is left out now",
      {},
      { entry: applied({ token: secret("t") }) },
      token("(secret " + said.slice(8), null, "changed"),
    ],
    ["and is left out, as it was", {}, { entry: applied({}) }, whole()],
    ["and is left out of what was never seen", {}, {}, whole()],
    ["and is left empty", { token: "" }, {}, whole()],
    ["and is ignored", { token: secret("t") }, { ignore: ["token"] }, whole()],
    [
      "and only goes with the object",
      {},
      { entry: applied({ gone: "g" }) },
      whole({
        fields: [{ path: "gone", before: "g", after: null, why: "forces replacement" }],
        replaces: true,
      }),
    ],
    [
      "and only goes with the object, but is there",
      { gone: "h" },
      { entry: applied({ gone: "g" }) },
      whole({ fields: [{ path: "gone", before: "g", after: "h", why: "changed" }], hidden: true }),
    ],
  ])("%s", ([, declared, over, expected]) => expect(diff(declared, {}, over)).toEqual(expected));
});

test("what never comes back, and did, is compared as all else", () => {
  expect(diff({ hidden: "y" }, { hidden: "x" })).toEqual(
    whole({ fields: [{ path: "hidden", before: "x", after: "y", why: "changed" }] }),
  );
});

test("of a kind that shows everything nothing is left to say where nothing differs", () => {
  const open = { ...kind, fields: { name: text } };
  expect(diff({ name: "a" }, { name: "a" }, { kind: open })).toEqual(whole());
});

describe("what cannot be changed", () => {
  const row = (drift: boolean): Diff =>
    whole({
      fields: [
        {
          path: "fixed",
          before: masked("fixed", "x"),
          after: masked("fixed", "f"),
          why: "forces replacement",
        },
      ],
      replaces: true,
      drift,
    });
  test("is replaced, as drift where the file said so already", () => {
    const declared = { fixed: secret("f") };
    expect(diff(declared, { fixed: secret("x") }, { entry: applied(declared) })).toEqual(row(true));
    expect(diff(declared, { fixed: secret("x") })).toEqual(row(false));
  });

  test("is no drift beside what the file asks for", () => {
    const both = diff({ steps: ["a"], style: "s" }, {}, { entry: applied({ style: "s" }) });
    expect([both.drift, both.replaces, both.fields.map(({ why }) => why)]).toEqual([
      false,
      true,
      ["changed", "forces replacement"],
    ]);
  });
});

describe("what is not known yet", () => {
  const missing = new Unresolved("${env:TOKEN}", true);

  test("is named by its first reference, wherever it stands", () => {
    const odd = new Unresolved("no reference", false);
    expect(diff({ steps: ["a", missing], url: odd }, {})).toEqual(
      whole({
        unknown: [
          { path: "steps", why: "not yet known: ${env:TOKEN}" },
          { path: "url", why: "not yet known: a value" },
        ],
      }),
    );
  });

  test("stands in its place beside a change, unless it is ignored; what else there is is masked", () => {
    const declared = { hosts: ["h"], url: missing, secrets: [secret("s"), missing], headers: { x: missing } };
    expect(diff(declared, { secrets: ["t"] }, { ignore: ["url"] })).toEqual(
      whole({
        fields: [
          { path: "headers.x", before: null, after: "(not yet known: ${env:TOKEN})", why: "not yet known" },
          { path: "hosts", before: null, after: ["h"], why: "changed" },
          {
            path: "secrets",
            before: [masked("secrets", '["t"]')],
            after: ["(secret)", "(not yet known: ${env:TOKEN})"],
            why: "not yet known",
          },
        ],
        ignored: ["url"],
        unknown: [
          { path: "headers.x", why: "not yet known: ${env:TOKEN}" },
          { path: "secrets", why: "not yet known: ${env:TOKEN}" },
        ],
      }),
    );
  });

  test("is said of a creation too", () => {
    expect(
      createFields(
        kind,
        "a",
        { url: missing, name: "a", steps: [], token: secret("t") },
        "drift",
        fingerprint,
      ),
    ).toEqual([
      { path: "name", before: null, after: "a", why: "drift" },
      { path: "token", before: null, after: masked("token", "t"), why: "drift" },
      { path: "url", before: null, after: "(not yet known: ${env:TOKEN})", why: "not yet known" },
    ]);
  });
});

test("an ignored path covers what is below it, and nothing that only begins like it", () => {
  const there = { options: { note: "n" }, steps: ["s"], style: "s" };
  expect(diff({}, there, { ignore: ["options", "step", "style.x"] })).toEqual(
    whole({
      fields: [
        { path: "steps", before: ["s"], after: null, why: "changed" },
        { path: "style", before: "s", after: null, why: "forces replacement" },
      ],
      replaces: true,
      ignored: ["options.note"],
    }),
  );
});
