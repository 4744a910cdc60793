/** Whether an object may be what a creation made. */
import { describe, expect, test } from "vitest";
import type { FieldSpec, KindSpec } from "../../src/model/field.ts";
import type { Observed } from "../../src/model/plan.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Fields } from "../../src/model/value.ts";
import { resembles, resemblingBefore } from "../../src/reconcile/resemble.ts";
import { desired, entry, fingerprint, hook, observed, target } from "../support/acme.ts";

const text: FieldSpec = { type: "string", description: "" };

describe("a kind with names", () => {
  const made = entry(desired("k", { name: "Deploys", steps: ["x"] }), "1");

  test.for<[string, Fields, Partial<Observed>, boolean]>([
    ["the name, whatever else it has", { name: "Deploys", steps: ["y"] }, {}, true],
    ["another name", { name: "Builds", steps: ["x"] }, {}, false],
    ["the name in another case", { name: "deploys" }, {}, false],
    ["no name", { steps: ["x"] }, {}, false],
    ["the name as a secret", { name: new Secret("Deploys") }, {}, true],
    ["another kind", { name: "Deploys" }, { kind: "acme/route" }, false],
    ["an owner that is not us", { name: "Deploys" }, { foreign: "made by Slack" }, false],
  ])("an object with %s", ([, fields, over, expected]) => {
    expect(resembles(hook, made, observed("1", fields, over), fingerprint)).toBe(expected);
  });

  test("names are compared as the kind compares them", () => {
    const folding: KindSpec = { ...hook, fields: { ...hook.fields, name: { ...text, ignoreCase: true } } };
    expect(resembles(folding, made, observed("1", { name: "dePLOYS" }), fingerprint)).toBe(true);
  });

  test("a name that is no text resembles nothing, not even another that is none", () => {
    const nameless = { ...made, applied: {} };
    expect(resembles(hook, nameless, observed("1", { name: "Deploys" }), fingerprint)).toBe(false);
    expect(resembles(hook, nameless, observed("1", {}), fingerprint)).toBe(false);
    expect(resembles(hook, { ...made, applied: { name: 7 } }, observed("1", { name: 7 }), fingerprint)).toBe(
      false,
    );
  });

  test("the ids of what looks like it already; none where objects carry their keys", () => {
    const objects = [
      observed("1", { name: "Deploys" }),
      observed("2", { name: "Builds" }),
      observed("3", { name: "Deploys" }),
    ];
    expect(resemblingBefore(hook, made, target(objects), fingerprint)).toEqual(["1", "3"]);
    expect(resemblingBefore(hook, made, target(objects, { keepsKeys: true }), fingerprint)).toEqual([]);
  });
});

describe("a kind without names", () => {
  const { nameField: _, ...rest } = hook;
  const kind: KindSpec = {
    ...rest,
    fields: {
      ...hook.fields,
      deep: {
        type: "object",
        description: "",
        fields: {
          seen: text,
          unseen: { ...text, writeOnly: true },
          more: { type: "object", description: "", fields: { unseen: { ...text, writeOnly: true } } },
        },
      },
      shut: { type: "object", description: "", writeOnly: true, fields: { inner: text } },
    },
  };
  const spec: Fields = {
    name: "N",
    steps: ["x", "y"],
    url: new Secret("https://h.example/1"),
    token: new Secret("t0ken"),
    hidden: "h",
    events: { "a.b": true },
    deep: { seen: "s", unseen: "u", more: { unseen: "v" } },
    shut: { inner: "i" },
    headers: { auth: new Secret("one") },
  };
  const remembered = {
    ...entry(desired("k"), "1"),
    applied: {
      name: "N",
      steps: ["x", "y"],
      hidden: "h",
      "events.a.b": true,
      "deep.seen": "s",
      "deep.unseen": "u",
      "deep.more.unseen": "v",
      "shut.inner": "i",
    },
    secrets: {
      url: fingerprint("k", "url", "https://h.example/1"),
      token: fingerprint("k", "token", "t0ken"),
      "headers.auth": fingerprint("k", "headers.auth", "one"),
    },
  };
  const shown: Fields = {
    name: "N",
    steps: ["x", "y"],
    url: new Secret("https://h.example/1"),
    events: { "a.b": true },
    deep: { seen: "s" },
    headers: { auth: new Secret("one") },
  };

  test.for<[string, Fields, boolean]>([
    ["everything, also what never comes back", spec, true],
    ["everything that comes back", shown, true],
    ["another value of what never comes back", { ...shown, hidden: "z", token: new Secret("z") }, true],
    ["names in another case", { ...shown, name: "n", steps: ["X", "y"] }, true],
    ["more than what was sent", { ...shown, style: "theirs" }, true],
    ["another text", { ...shown, name: "M" }, false],
    ["another list", { ...shown, steps: ["x"] }, false],
    ["one field less", { ...shown, steps: [] }, false],
    ["another part of an object", { ...shown, deep: { seen: "other" } }, false],
    ["another flag", { ...shown, events: { "a.c": true } }, false],
    ["another secret", { ...shown, url: new Secret("https://h.example/2") }, false],
    ["another secret of several", { ...shown, headers: { auth: new Secret("two") } }, false],
    ["none of it", {}, false],
  ])("an object with %s", ([, fields, expected]) => {
    expect(resembles(kind, remembered, observed("1", fields), fingerprint)).toBe(expected);
  });

  test("what is remembered of no documented field must be there too", () => {
    const odd = { ...remembered, applied: { "gone.by": "x" }, secrets: {} };
    expect(resembles(kind, odd, observed("1", {}), fingerprint)).toBe(false);
    expect(resembles(kind, odd, observed("1", { "gone.by": "x" }), fingerprint)).toBe(true);
  });
});
