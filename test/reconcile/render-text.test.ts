/** What printing is made of: sections that fit, text that is safe, values on one line. */
import { describe, expect, test } from "vitest";
import type { FieldChange } from "../../src/model/plan.ts";
import type { Json } from "../../src/model/value.ts";
import { fitSections } from "../../src/reconcile/render/fit.ts";
import { code, escapeMarkup } from "../../src/reconcile/render/markdown-text.ts";
import { creationRows, isSettled, spell, spellChange } from "../../src/reconcile/render/words.ts";
import { blockedBy, change, planOf } from "../support/made-plans.ts";

const row = (path: string, before: Json, after: Json): FieldChange => ({
  path,
  before,
  after,
  why: "changed",
});

describe("sections", () => {
  const section = { head: "<", gap: ",", tail: ">", more: (count: number) => `+${count}` };
  const rows = ["aaaa", "bbbb", "cccc"];
  test.for<[number, string[], number]>([
    [18, ["<aaaa,bbbb,cccc>"], 0],
    [17, ["<aaaa,bbbb,+1>"], 1],
    [16, ["<aaaa,bbbb,+1>"], 1],
    [15, ["<aaaa,+2>"], 2],
    [11, ["<aaaa,+2>"], 2],
    [10, ["<+3>"], 3],
    [0, ["<+3>"], 3],
  ])("of at most %i characters", ([limit, texts, left]) => {
    expect(fitSections([{ ...section, rows, value: 1 }], limit)).toEqual({ texts, left });
  });

  test("lose by their value, not by their place", () => {
    const two = [
      { ...section, rows, value: 2 },
      { ...section, rows, value: 1 },
    ];
    expect(fitSections(two, 36)).toEqual({ texts: ["<aaaa,bbbb,cccc>", "<aaaa,bbbb,cccc>"], left: 0 });
    expect(fitSections(two, 28)).toEqual({ texts: ["<aaaa,bbbb,cccc>", "<+3>"], left: 3 });
  });
});

describe("text", () => {
  test.for<[string, string]>([
    ["plain", "`plain`"],
    ["`a`", "`` `a` ``"],
    ["a`", "`` a` ``"],
    ["`a", "`` `a ``"],
    ["a`b", "``a`b``"],
    ["a``b`c", "```a``b`c```"],
    ["a|b", "`a\\|b`"],
    ["a\nb", "`a\\u000ab`"],
  ])("%j as code", ([raw, expected]) => expect(code(raw)).toBe(expected));

  test("as prose", () => {
    expect(escapeMarkup("<b> @me #1 [x](y) `c` *d* _e_ | \\ \u001b")).toBe(
      "&lt;b\\> &#64;me \\#1 \\[x\\](y) \\`c\\` \\*d\\* \\_e\\_ \\| \\\\ \\\\u001b",
    );
  });

  test.for<[Json, string]>([
    [{ a: 1, b: { c: null, "d,e": "f{" } }, '{ a: 1, b: { c: (none), "d,e": "f{" } }'],
    [["a,b", ["c", []], { d: true }], '["a,b", [c, []], { d: true }]'],
    [{}, "{  }"],
    [false, "false"],
  ])("%j on one line", ([value, expected]) => expect(spell(value)).toBe(expected));

  test.for<[Json, Json, string]>([
    [["a", "b"], ["b", "c"], "-a +c (1 unchanged)"],
    [["a", "a", "b"], ["a", "b"], "-a (2 unchanged)"],
    [["a"], ["a", "a"], "+a (1 unchanged)"],
    [["a", "b"], ["b", "a"], "[a, b] → [b, a]"],
    [["a"], ["b"], "[a] → [b]"],
    [["a"], null, "[a] → (none)"],
    ["a", ["a"], "a → [a]"],
  ])("%j becoming %j", ([before, after, expected]) => expect(spellChange({ before, after })).toBe(expected));

  test("rows of a creation gather the flags of a field, six at most", () => {
    const flags = (name: string, count: number): FieldChange[] =>
      Array.from({ length: count }, (_, index) => row(`${name}.f${index}`, null, true));
    const fields = [
      row("on", null, true),
      ...flags("six", 6),
      ...flags("seven", 7),
      row("deep.text", null, "x"),
      row("deep.off", null, false),
      row("list", null, ["a", "b,c", 1]),
      row("long", null, ["1", "2", "3", "4", "5", "6", "7", "8"]),
      row("mail.a.b", null, true),
    ];
    expect(
      creationRows(change("create", "a", { fields })).map(({ path, value }) => `${path}: ${value}`),
    ).toEqual([
      "on: true",
      "six: f0, f1, f2, f3, f4, f5",
      "seven: f0, f1, f2, f3, f4, f5 and 1 more",
      "deep.text: x",
      "deep.off: false",
      'list: a, "b,c", 1',
      "long: 1, 2, 3, 4, 5, 6 and 2 more",
      "mail: a.b",
    ]);
  });

  test("a plan is settled where nothing is to do and nothing is refused", () => {
    expect(isSettled(planOf({}))).toBe(true);
    expect(isSettled(planOf({ create: 1 }))).toBe(false);
    expect(isSettled(planOf({}, { blocked: [blockedBy("a")] }))).toBe(false);
  });
});
