/** Plans of thousands of changes, in places that take a limited number of characters. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Op } from "../../src/model/plan.ts";
import type { Applied } from "../../src/reconcile/apply.ts";
import { renderAppliedMarkdown } from "../../src/reconcile/render/applied.ts";
import { fitSections } from "../../src/reconcile/render/fit.ts";
import { renderGithub } from "../../src/reconcile/render/github.ts";
import { MARKDOWN_LIMIT, renderMarkdown } from "../../src/reconcile/render/markdown.ts";
import { blockedBy, change, planOf } from "../support/made-plans.ts";

const keysIn = (text: string, op: Op): number =>
  new Set(text.match(new RegExp(`\`${op}-integration-\\d+\``, "g"))).size;

describe("a comment", () => {
  test("of 5,000 changes keeps every loss and refusal, and says what it leaves out", () => {
    const blocked = Array.from({ length: 20 }, (_, index) => blockedBy(`blocked-${index}`));
    const plan = planOf(
      { create: 4_000, update: 800, replace: 80, delete: 100, adopt: 10, forget: 10 },
      { blocked },
    );
    const text = renderMarkdown(plan);
    expect(text.length).toBeLessThanOrEqual(MARKDOWN_LIMIT);
    // As much as fits is shown, not as little as is easy.
    expect(text.length).toBeGreaterThan(MARKDOWN_LIMIT * 0.95);
    expect(keysIn(text, "delete")).toBe(100);
    expect(keysIn(text, "replace")).toBe(80);
    for (const { key } of blocked) expect(text).toContain(`\`${key}\``);
    expect(text).toContain("### Bellhop: 4000 to create, 800 to update, 80 to replace, 100 to delete");
    expect(text).toMatch(/> The plan is too long to be shown whole: \d+ rows are left out/);
    expect(text).toMatch(/and \d+ more to create/);
    expect(text).toContain("`events.build:start`");
  });

  test("drops the fields of creations first, then what is left alone, then other fields, then creations", () => {
    const kept = Array.from({ length: 40 }, (_, index) => ({
      key: `stranger-${index}`,
      kind: "acme/hook",
      target: "house",
      remoteId: `${index}`,
      why: "unmanaged",
    }));
    const plan = planOf({ create: 60, update: 40, delete: 5 }, { kept });
    const whole = renderMarkdown(plan);
    const shown = (limit: number): string => {
      const text = renderMarkdown(plan, limit);
      expect(text.length).toBeLessThanOrEqual(limit);
      const parts: [string, boolean][] = [
        ["fields of creations", text.includes("**create** `create-integration-59`")],
        ["left alone", text.includes("stranger-39")],
        ["fields", text.includes("**update** `update-integration-39`")],
        ["creations", text.includes("`create-integration-59`")],
        ["updates", text.includes("`update-integration-39`")],
        ["deletions", text.includes("`delete-integration-4`")],
      ];
      return parts.flatMap(([name, there]) => (there ? [name] : [])).join(", ");
    };
    const seen: string[] = [];
    for (let limit = whole.length + 250; limit > 1_300; limit -= 100) {
      const now = shown(limit);
      if (seen.at(-1) !== now) seen.push(now);
    }
    expect(seen).toEqual([
      "fields of creations, left alone, fields, creations, updates, deletions",
      "left alone, fields, creations, updates, deletions",
      "fields, creations, updates, deletions",
      "creations, updates, deletions",
      "updates, deletions",
      "deletions",
    ]);
  });

  test("of 5,000 deletions names as many as fit, and counts the rest in bold", () => {
    const text = renderMarkdown(planOf({ delete: 5_000 }));
    expect(text.length).toBeLessThanOrEqual(MARKDOWN_LIMIT);
    const shown = keysIn(text, "delete");
    expect(shown).toBeGreaterThan(2_000);
    expect(text).toContain(`and **${5_000 - shown} more**`);
    expect(text).toContain(`${5_000 - shown} rows are left out`);
  });

  test("whose refusals alone are too much in a table has them in a list", () => {
    const blocked = Array.from({ length: 300 }, (_, index) =>
      blockedBy(`b${index}`, { why: "w".repeat(100), hint: "h" }),
    );
    const text = renderMarkdown(planOf({ create: 5_000, delete: 400, replace: 100 }, { blocked }));
    expect(text.length).toBeLessThanOrEqual(MARKDOWN_LIMIT);
    for (const { key } of blocked) expect(text).toContain(`\`${key}\``);
    expect([keysIn(text, "delete"), keysIn(text, "replace")]).toEqual([400, 100]);
    expect(text).toContain("details are left out");
  });

  test("that fits says nothing of leaving out", () => {
    expect(renderMarkdown(planOf({ create: 3, delete: 1 }))).not.toMatch(/left out|and \d+ more/);
  });

  test("never exceeds its limit, and never hides a deletion that a table has room for", () => {
    const counts = fc.record({
      create: fc.nat(120),
      update: fc.nat(60),
      replace: fc.nat(20),
      delete: fc.nat(20),
      adopt: fc.nat(20),
      forget: fc.nat(20),
    });
    fc.assert(
      fc.property(counts, fc.integer({ min: 6_000, max: 40_000 }), (made, limit) => {
        const text = renderMarkdown(planOf(made), limit);
        expect(text.length).toBeLessThanOrEqual(limit);
        expect(keysIn(text, "delete")).toBe(made.delete);
        expect(keysIn(text, "replace")).toBe(made.replace);
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 200) },
    );
  });

  test("of what came of it is limited too", () => {
    const { changes } = planOf({ create: 3_000 });
    const applied: Applied = {
      results: changes.map((one) => ({ change: one, status: "failed", message: "answered 500" })),
      counts: { applied: 0, failed: 3_000, skipped: 0 },
    };
    const text = renderAppliedMarkdown(applied, 20_000);
    expect(text.length).toBeLessThanOrEqual(20_000);
    expect(text).toMatch(/- and \d+ more that did not succeed/);
    expect(text).toContain("3000 failed");
  });
});

describe("sections", () => {
  const section = { head: "<", gap: ",", tail: ">", value: 1, more: (count: number) => `+${count}` };

  test("without rows are not there", () => {
    expect(fitSections([{ ...section, rows: [] }], 100)).toEqual({ texts: [], left: 0 });
  });

  test("lose their last rows, and say how many", () => {
    expect(fitSections([{ ...section, rows: ["aaaa", "bbbb", "cccc"] }], 12)).toEqual({
      texts: ["<aaaa,+2>"],
      left: 2,
    });
  });

  test("without a value stay whole", () => {
    const { value: _, ...whole } = section;
    expect(fitSections([{ ...whole, rows: ["aaaa", "bbbb"] }], 1)).toEqual({
      texts: ["<aaaa,bbbb>"],
      left: 0,
    });
  });
});

describe("annotations", () => {
  test("name the place, and are escaped as the runner reads them", () => {
    const nasty = change("delete", "a,b:c\n::error::x%", {
      source: { file: "dir,1/no:tes.yaml", line: 7, column: 3 },
      fields: [],
      sideEffects: ["100 % gone\r\nfor\u202Egood"],
      drift: true,
    });
    const text = renderGithub({
      ...planOf({}),
      summary: { ...planOf({ delete: 1 }).summary },
      changes: [nasty],
    });
    expect(text.split("\n")).toEqual([
      "::warning file=dir%2C1/no%3Ates.yaml,line=7,col=3,title=Bellhop%3A delete a%2Cb%3Ac\\u000a%3A%3Aerror%3A%3Ax%25::acme/hook on house, drift%0A100 %25 gone\\u000d%0Afor\\u202egood",
      "::notice title=Bellhop plan::1 to delete (1 of them drift)",
      "",
    ]);
  });

  test("are errors where something is blocked, warnings where something is lost, notices otherwise", () => {
    const plan = planOf(
      { create: 1, update: 1, replace: 1, delete: 1 },
      { blocked: [blockedBy("p"), blockedBy(null)] },
    );
    const severities = renderGithub(plan)
      .split("\n")
      .map((line) => /^::(\w+) .*?title=([^:]*)::/.exec(line)?.slice(1).join(" "));
    expect(severities).toEqual([
      "error Bellhop%3A blocked delete of p",
      "error Bellhop%3A blocked delete",
      "warning Bellhop%3A replace replace-integration-0",
      "warning Bellhop%3A delete delete-integration-0",
      "notice Bellhop plan",
      "notice Bellhop%3A create create-integration-0",
      "notice Bellhop%3A update update-integration-0",
      undefined,
    ]);
    expect(renderGithub(plan)).toContain("name: before → update-integration-0");
  });

  test("are ten of a severity, the tenth for all that are left", () => {
    const lines = renderGithub(planOf({ delete: 30, create: 4_970 }))
      .trimEnd()
      .split("\n");
    expect(lines.filter((line) => line.startsWith("::warning"))).toHaveLength(10);
    expect(lines.filter((line) => line.startsWith("::notice"))).toHaveLength(10);
    const [rest] = lines.filter((line) => line.includes("and 21 more"));
    for (let index = 9; index < 30; index += 1) expect(rest).toContain(`delete delete-integration-${index}`);
    expect(lines.at(-1)).toContain("and 4762 that are only in the JSON of the plan");
    for (const line of lines) expect(line.length).toBeLessThan(64 * 1024);
  });

  test("say what came of it", () => {
    const plan = planOf({ create: 2 });
    const [first, second] = plan.changes;
    if (first === undefined || second === undefined) throw new Error("no changes");
    const applied: Applied = {
      results: [
        { change: first, status: "failed", message: "answered 500" },
        { change: second, status: "skipped" },
      ],
      counts: { applied: 0, failed: 1, skipped: 1 },
    };
    const text = renderGithub(plan, applied);
    expect(text).toContain("title=Bellhop%3A create of create-integration-0 failed::answered 500");
    expect(text).toContain("create of create-integration-1 skipped::skipped");
    expect(text).toContain("::notice title=Bellhop plan::2 to create%0AApplied: 1 failed, 1 skipped.");
    expect(renderGithub(planOf({}))).toBe("::notice title=Bellhop plan::no changes\n");
  });
});
