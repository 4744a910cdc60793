/** What planning is made of, piece by piece: leaves, names, references, confirmations, memory. */
import { describe, expect, test } from "vitest";
import { digestJson } from "../../src/lib/canonical-json.ts";
import type { FieldSpec, KindSpec } from "../../src/model/field.ts";
import { Secret } from "../../src/model/secret.ts";
import { Unresolved } from "../../src/model/value.ts";
import type { Fields } from "../../src/model/value.ts";
import { confirmation, newChange } from "../../src/reconcile/draft.ts";
import { keepIgnored } from "../../src/reconcile/ignored.ts";
import { inventoryEntry } from "../../src/reconcile/inventory.ts";
import { indexKnown } from "../../src/reconcile/known.ts";
import { objectFingerprint, remember, specLeaves } from "../../src/reconcile/leaves.ts";
import {
  hasReferences,
  mayRefer,
  referencedKeys,
  replaceReferences,
} from "../../src/reconcile/references.ts";
import { indexWorld, nameOf } from "../../src/reconcile/world.ts";
import {
  desired,
  entry,
  fingerprint,
  hook,
  input,
  inventory,
  kinds,
  manage,
  observed,
  target,
} from "../support/acme.ts";

const text: FieldSpec = { type: "string", description: "" };
const kindOf = (fields: KindSpec["fields"]): KindSpec => ({ ...hook, fields });
const url = (plain: string): Secret => new Secret(plain);

describe("the leaves of a spec", () => {
  const spec: Fields = {
    name: "a",
    url: url("https://h.example/1"),
    enabled: false,
    tags: [],
    events: { on: true, off: false },
    options: { note: "", retries: 0 },
    hidden: null,
    id: "read-only",
    extra: "x",
  };

  test("are what says something: no empties, no flags that are not set", () => {
    expect(specLeaves(hook, spec).map(({ path, desired: value }) => [path, value])).toEqual([
      ["name", "a"],
      ["url", spec["url"]],
      ["enabled", false],
      ["events.on", true],
      ["options.retries", 0],
      ["extra", "x"],
    ]);
    expect(specLeaves(hook, { enabled: true }).map(({ path }) => path)).toEqual(["enabled"]);
  });

  test("are remembered, secrets as fingerprints, and what is not known yet not at all", () => {
    const missing = new Unresolved("${env:X}", true);
    expect(remember(hook, "k", { ...spec, token: missing, steps: ["a", missing] }, fingerprint)).toEqual({
      applied: { name: "a", enabled: false, "events.on": true, "options.retries": 0, extra: "x" },
      secrets: { url: fingerprint("k", "url", "https://h.example/1") },
    });
  });

  test("make an object's fingerprint: by secrets only with a key, by flags only where they are set", () => {
    const print = (fields: Fields, withKey = true): string =>
      objectFingerprint(hook, "k", fields, withKey ? fingerprint : undefined);
    const other = { ...spec, url: url("https://h.example/2") };
    const plain = { name: "a", enabled: false, "events.on": true, "options.retries": 0, extra: "x" };
    const secret = fingerprint("k", "url", "https://h.example/1");
    expect(print(spec)).toBe(digestJson({ ...plain, url: secret }));
    expect(print(spec, false)).toBe(digestJson({ ...plain, url: "secret" }));
    expect(print(spec)).not.toBe(print(other));
    expect(print(spec, false)).toBe(print(other, false));
    expect(print({ ...spec, events: { on: true } })).toBe(print(spec));
    expect(print({ ...spec, events: { on: false } })).not.toBe(print(spec));
  });
});

describe("a confirmation", () => {
  const nested = kindOf({
    plain: { ...text },
    first: { type: "object", description: "", fields: { url: { ...text, secret: "url" } } },
    second: { ...text, secret: "url" },
    token: { ...text, secret: true },
  });
  test.for<[string, KindSpec, Fields, string | undefined]>([
    ["nothing", hook, { name: "a" }, undefined],
    ["a secret that is no URL", nested, { token: url("https://t.example/") }, undefined],
    ["an empty URL", hook, { url: "" }, undefined],
    [
      "a URL",
      hook,
      { url: url("https://h.example:8443/x") },
      "sends a confirmation message to https://h.example:8443/…",
    ],
    ["a URL without a host", hook, { url: url("mailto:a@h.example") }, "sends a confirmation message"],
    ["what is no URL", hook, { url: url("not a url") }, "sends a confirmation message"],
    [
      "a URL that is not known yet",
      hook,
      { url: new Unresolved("${env:X}", true) },
      "sends a confirmation message",
    ],
    [
      "a URL in an object, before one that follows",
      nested,
      { plain: "p", first: { url: url("https://one.example/") }, second: url("https://two.example/") },
      "sends a confirmation message to https://one.example/…",
    ],
    [
      "a URL after an object without one",
      nested,
      { first: {}, second: url("https://two.example/") },
      "sends a confirmation message to https://two.example/…",
    ],
    ["an object that is none", nested, { first: "text" }, undefined],
  ])("of %s", ([, kind, spec, expected]) => expect(confirmation(kind, spec)).toBe(expected));
});

test("a change has its members in the published order, and an id only where there is one", () => {
  const parts = { op: "create", precondition: { absent: true } } as const;
  expect(Object.entries(newChange(desired("a"), parts))).toEqual([
    ["op", "create"],
    ["key", "a"],
    ["kind", "acme/hook"],
    ["target", "house"],
    ["fields", []],
    ["precondition", { absent: true }],
    ["sideEffects", []],
    ["source", null],
    ["drift", false],
  ]);
  expect(newChange(desired("a"), { ...parts, remoteId: "1" })).toHaveProperty("remoteId", "1");
});

describe("names", () => {
  test.for<[string, Fields, string | undefined]>([
    ["a text", { name: "A" }, "A"],
    ["a secret", { name: url("A") }, "A"],
    ["an empty text", { name: "" }, undefined],
    ["a number", { name: 1 }, undefined],
    ["none", {}, undefined],
  ])("%s", ([, fields, expected]) => expect(nameOf(hook, fields)).toBe(expected));

  test("in any case, where the kind says so; none, where the kind has none", () => {
    const folding = kindOf({ ...hook.fields, name: { ...text, ignoreCase: true } });
    expect([nameOf(folding, { name: "ÄB" }), nameOf(folding, { name: url("ÄB") })]).toEqual(["äb", "äb"]);
    const { nameField: _, ...nameless } = hook;
    expect(nameOf(nameless, { name: "A", undefined: "B" })).toBeUndefined();
    expect(nameOf({ ...hook, nameField: "gone" }, { gone: "A" })).toBe("A");
  });
});

describe("a place", () => {
  const objects = [
    observed("1", { name: "n" }, { key: "a", aliases: ["one"] }),
    observed("1", { name: "n" }, { key: "b", kind: "acme/route" }),
    observed("2", { name: "n" }),
    observed("3", {}),
  ];
  const world = indexWorld(input({ targets: [target(objects)], desired: [desired("a")] }));
  const house = world.targets.get("house");

  test("finds by kind and id, by an alias, by key, by name", () => {
    expect(house?.find("acme/hook", "1")).toBe(objects[0]);
    expect(house?.find("acme/hook", "one")).toBe(objects[0]);
    expect(house?.find("acme/route", "1")).toBe(objects[1]);
    expect(house?.find("acme/route", "one")).toBeUndefined();
    expect(house?.find("acme/none", "1")).toBeUndefined();
    expect(house?.withKey("acme/hook", "a")).toBe(objects[0]);
    expect(house?.withKey("acme/hook", "b")).toBeUndefined();
    expect(house?.withKey("acme/hook", "undefined")).toBeUndefined();
    expect(house?.named(hook, "n")).toEqual([objects[0], objects[2]]);
    expect(house?.named(kinds["acme/route"], "n")).toEqual([objects[1]]);
    expect(house?.named(hook, "undefined")).toEqual([]);
    expect(house?.named(hook, "m")).toEqual([]);
  });

  test("says who has what, which kinds refer, and that a kind is not known", () => {
    const owned = indexWorld(
      input({
        targets: [target(objects)],
        inventory: inventory(entry(desired("k"), "2"), entry(desired("gone"), "9")),
      }),
    );
    expect(objects.map((object) => owned.owner(object))).toEqual([undefined, undefined, "k", undefined]);
    expect(["acme/hook", "acme/route", "acme/none"].map((kind) => world.refers(kind))).toEqual([
      false,
      true,
      false,
    ]);
    expect(() => world.kind("acme/none")).toThrow(
      expect.objectContaining({ code: "unknown-kind", message: "there is no kind acme/none" }),
    );
  });

  test("is another project's only where a mark says so; nothing is wanted when all is destroyed", () => {
    const marked = (project?: string): boolean =>
      indexWorld(input({ project: "ours" })).isAnothers({
        ...objects[2]!,
        ...(project !== undefined && { project }),
      });
    expect([marked(), marked("ours"), marked("theirs")]).toEqual([false, false, true]);
    expect([...world.desired.keys()]).toEqual(["a"]);
    expect(world.destroy).toBe(false);
    const destroyed = indexWorld(input({ desired: [desired("a")], destroy: true }));
    expect([destroyed.desired.size, destroyed.destroy]).toEqual([0, true]);
  });
});

describe("references", () => {
  const ref: FieldSpec = { type: "object", description: "", ref: "acme/hook", fields: { id: text } };
  const object = (fields: KindSpec["fields"]): FieldSpec => ({ type: "object", description: "", fields });

  test.for<[string, FieldSpec, boolean]>([
    ["a text", text, false],
    ["a reference", ref, true],
    ["a list of them", { type: "array", description: "", items: ref }, true],
    ["a list of texts", { type: "array", description: "", items: text }, false],
    ["a map of them", { type: "map", description: "", values: ref }, true],
    ["a map of texts", { type: "map", description: "", values: text }, false],
    ["an object with one of them", object({ a: text, b: ref }), true],
    ["an object without", object({ a: text }), false],
    ["an empty object", object({}), false],
  ])("%s", ([, spec, expected]) => {
    expect(mayRefer(spec)).toBe(expected);
    expect(hasReferences(kindOf({ name: text, it: spec }))).toBe(expected);
  });

  const kind = kindOf({
    one: ref,
    many: { type: "array", description: "", items: ref },
    deep: object({ a: text, b: ref }),
    plain: object({ ref: text }),
    loose: { ...ref, ref: "acme/hook", fields: { id: text, inner: ref } },
    mixed: { type: "object", description: "", fields: { x: object({ ref: text }), y: ref } },
  });
  const spec: Fields = {
    one: { ref: "a", on: true },
    many: [{ ref: "b" }, { id: "kept" }, "odd", { ref: "a" }],
    deep: { a: "text", b: { ref: "c" } },
    plain: { ref: "no reference" },
    loose: { ref: 7, inner: { ref: "d" } },
    mixed: { ref: "a word", x: { ref: "no reference" }, y: "odd" },
    unknown: { ref: "no reference" },
  };

  test("are replaced where they may stand, and nothing else is", () => {
    expect(replaceReferences(kind, spec, (key) => `id-${key}`)).toEqual({
      one: { on: true, id: "id-a" },
      many: [{ id: "id-b" }, { id: "kept" }, "odd", { id: "id-a" }],
      deep: { a: "text", b: { id: "id-c" } },
      plain: { ref: "no reference" },
      loose: { ref: 7, inner: { id: "id-d" } },
      mixed: { ref: "a word", x: { ref: "no reference" }, y: "odd" },
      unknown: { ref: "no reference" },
    });
    expect(referencedKeys(kind, spec)).toEqual(["a", "b", "c", "d"]);
  });

  test("of a kind that has none: the very same spec", () => {
    expect(replaceReferences(hook, spec, () => "id")).toBe(spec);
    expect(referencedKeys(hook, spec)).toEqual([]);
  });
});

describe("what is sent for ignored fields", () => {
  const put: KindSpec = { ...hook, update: "PUT" };
  test.for<[string, Fields, Fields, string[], Fields]>([
    [
      "a field that was seen, also of what never comes back",
      { hidden: "x" },
      { hidden: "y" },
      ["hidden"],
      { hidden: "y" },
    ],
    ["a field of nobody", { odd: "x" }, {}, ["odd"], {}],
    ["a field of nobody that was seen", { odd: "x" }, { odd: "y" }, ["odd"], { odd: "y" }],
    [
      "nothing of what is not declared",
      { name: "a" },
      { name: "b", options: { note: "n" } },
      ["style"],
      { name: "a" },
    ],
    [
      "a text in place of an object",
      { options: "x" },
      { options: { note: "n" } },
      ["options.note"],
      { options: "x" },
    ],
    [
      "a part of what only one has, of several ignored ones",
      { name: "a" },
      { options: { note: "n" } },
      ["style", "options.note"],
      { name: "a", options: { note: "n" } },
    ],
    [
      "a part of an object of nobody",
      { odd: { a: "x" } },
      { odd: { a: "y", b: "z" } },
      ["odd.b"],
      { odd: { a: "x", b: "z" } },
    ],
    [
      "a field with the beginning of another's name",
      { name: "a" },
      { options: { note: "n" } },
      ["optionsnote"],
      { name: "a" },
    ],
    ["null as it is declared", { style: null }, { style: { a: "x" } }, ["style.a"], { style: null }],
  ])("%s", ([, wanted, seen, ignore, expected]) => {
    expect(keepIgnored(put, wanted, seen, ignore, true)).toEqual(expected);
  });

  test("the very same spec, where nothing is ignored", () => {
    const wanted: Fields = { options: { note: "n" } };
    expect(keepIgnored(put, wanted, {}, [], true)).toBe(wanted);
  });
});

test("the inventory has a version and an address only where there is one", () => {
  const made = {
    wanted: desired("a", { steps: ["x"] }),
    kind: hook,
    remoteId: "1",
    idOf: (key: string) => key,
    fingerprint,
  };
  const base = {
    key: "a",
    kind: "acme/hook",
    target: "house",
    protect: false,
    onRemove: "delete",
    applied: { name: "a", steps: ["x"] },
    secrets: {},
    references: [],
    remoteId: "1",
  };
  expect(inventoryEntry({ ...made, version: undefined })).toStrictEqual(base);
  expect(inventoryEntry({ ...made, version: "7" })).toStrictEqual({ ...base, version: "7" });
  const address = { store: "store.json" };
  expect(inventoryEntry({ ...made, version: undefined, address })).toStrictEqual({ ...base, address });
});

describe("what targets may know", () => {
  const one = desired("a", { steps: ["x"], options: { note: "n" }, url: url("https://h.example/1") });
  const known = (ignore: string[], over: object): unknown =>
    indexKnown(inventory(entry(one, "1", over)), [{ ...one, manage: manage({ ignore }) }])(
      "house",
      "acme/hook",
      "1",
    );
  const { applied, secrets } = entry(one, "1");

  test("is all, with the version", () => {
    expect(known([], { version: "7" })).toEqual({ applied, secrets, version: "7" });
    expect(Object.keys(known([], {}) as object)).toEqual(["applied", "secrets"]);
  });

  test("is nothing of ignored fields, whose version says nothing either", () => {
    expect(Object.entries(known(["options", "url"], { version: "7" }) as object)).toEqual([
      ["applied", { name: "a", steps: ["x"] }],
      ["secrets", {}],
    ]);
  });

  test("is nothing of what is not there; all of what is declared no more", () => {
    const find = indexKnown(inventory(entry(one, "1")), []);
    expect(find("house", "acme/hook", "1")).toEqual({ applied, secrets });
    for (const [where, kind, id] of [
      ["yard", "acme/hook", "1"],
      ["house", "acme/route", "1"],
      ["house", "acme/hook", "2"],
    ] as const) {
      expect(find(where, kind, id)).toBeUndefined();
    }
  });
});
