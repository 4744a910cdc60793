import { describe, expect, test } from "vitest";
import type { Plan } from "../../src/model/plan.ts";
import { Secret } from "../../src/model/secret.ts";
import { Unresolved } from "../../src/model/value.ts";
import type { Json } from "../../src/model/value.ts";
import type { Applied } from "../../src/reconcile/apply.ts";
import type { PlanInput } from "../../src/reconcile/input.ts";
import { makePlan } from "../../src/reconcile/plan.ts";
import { renderApplied, renderAppliedMarkdown } from "../../src/reconcile/render/applied.ts";
import { renderGithub } from "../../src/reconcile/render/github.ts";
import { renderHuman } from "../../src/reconcile/render/human.ts";
import { renderAppliedJson, renderJson } from "../../src/reconcile/render/json.ts";
import { renderMarkdown } from "../../src/reconcile/render/markdown.ts";
import { spell, spellChange } from "../../src/reconcile/render/words.ts";
import { desired, entry, input, inventory, manage, observed, target } from "../support/acme.ts";

/** Something of everything. */
function everything(): Plan {
  const events = Object.fromEntries(
    ["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => [`build:${name}`, true]),
  );
  const calm = desired("calm", { url: new Secret("https://hooks.example/same") });
  const url = new Secret("https://hooks.example/styled");
  const styled = desired("styled", { style: "old", url });
  const drifted = desired("drifted", { steps: ["x"] });
  const guarded = desired("guarded");
  return makePlan(
    input({
      desired: [
        desired("fresh", {
          url: new Secret("https://hooks.example/T0/s3cret"),
          tags: ["b", "a"],
          events,
          token: new Secret("t0ken"),
        }),
        { ...calm, spec: { ...calm.spec, name: "calmer", url: new Secret("https://other.example/n3w") } },
        { ...styled, spec: { name: "styled", style: "new", url } },
        drifted,
        desired(
          "waiting",
          { url: new Unresolved("${env:URL}", true) },
          { manage: manage({ ignore: ["steps"] }) },
        ),
      ],
      targets: [
        target(
          [
            observed("1", { name: "calm", url: "https://hooks.example/same" }),
            observed("2", { name: "styled", style: "old", url }),
            observed("3", { name: "drifted", steps: ["y"] }),
            observed("4", { name: "gone" }),
            observed("5", { name: "guarded" }),
            observed("6", { name: "waiting", url: "https://w.example", steps: ["theirs"] }),
            observed("theirs\u001b[2K", { name: "theirs" }),
          ],
          { confirms: () => true },
        ),
      ],
      inventory: inventory(
        entry(calm, "1"),
        entry(styled, "2"),
        entry(drifted, "3"),
        entry(desired("gone"), "4"),
        entry(guarded, "5", { protect: true }),
        entry(desired("waiting"), "6"),
      ),
    }),
  ).plan;
}

const applied = (plan: Plan): Applied => ({
  results: plan.changes.map((change, index) =>
    index === 0
      ? { change, status: "failed", message: "answered 500" }
      : index === 1
        ? { change, status: "skipped", message: "depends on the create of x, which failed" }
        : { change, status: "applied", remoteId: `id-${index}` },
  ),
  counts: { applied: plan.changes.length - 2, failed: 1, skipped: 1 },
});

test("for people", () => {
  expect(renderHuman(everything(), { color: false })).toMatchInlineSnapshot(`
    "~ update   acme/hook  calm  on house
        ~ name: calm → calmer
        ~ url:  https://hooks.example/… (secret 74496099) → https://other.example/… (secret 43d2a3b7)
    ~ update   acme/hook  drifted  on house, drift
        ~ steps: [y] → [x]  (drift)
    + create   acme/hook  fresh  on house
        events: build:a, build:b, build:c, build:d, build:e, build:f and 2 more
        name:   fresh
        tags:   a, b
        token:  (secret b6d14f9f)
        url:    https://hooks.example/… (secret 6c08d008)
        note: sends a confirmation message to https://hooks.example/…
    - delete   acme/hook  gone  on house
    ! replace  acme/hook  styled  on house
        ~ style: old → new  (forces replacement)
        note: deletes 2 first
        note: sends a confirmation message to https://hooks.example/…

    Blocked:
      delete acme/hook guarded (5) on house: it is protected, and removing its block does not remove the protection
        hint: put guarded back with protect: false, apply, and remove it again

    Not yet known:
      waiting url: not yet known: \${env:URL}

    Left alone:
      acme/hook "theirs\\u001b[2K" on house: unmanaged: not in the inventory; manage: { adopt: "theirs\\u001b[2K" } takes it over
      acme/hook waiting (6) on house: ignored: steps differs

    Plan: 1 to create, 2 to update, 1 to replace, 1 to delete (1 of them drift), 1 blocked.
    "
  `);
});

test("for people, in colour: the same text with codes around it", () => {
  const colored = renderHuman(everything(), { color: true });
  expect(colored).toContain("\u001b[31m");
  // oxlint-disable-next-line no-control-regex -- the codes that colours are made of
  expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(renderHuman(everything(), { color: false }));
});

test("for a pull request", () => {
  expect(renderMarkdown(everything())).toMatchInlineSnapshot(`
    "### Bellhop: 1 to create, 2 to update, 1 to replace, 1 to delete (1 of them drift), **1 blocked**

    #### Blocked

    | key | kind | target | wanted | why | what to do |
    | --- | --- | --- | --- | --- | --- |
    | \`guarded\` | \`acme/hook\` | \`house\` | delete | it is protected, and removing its block does not remove the protection | put guarded back with protect: false, apply, and remove it again |

    #### To delete

    | key | kind | target | fields | notes |
    | --- | --- | --- | --- | --- |
    | \`gone\` | \`acme/hook\` | \`house\` |  |  |

    #### To replace (delete and create)

    | key | kind | target | fields | notes |
    | --- | --- | --- | --- | --- |
    | \`styled\` | \`acme/hook\` | \`house\` | \`style\` | deletes 2 first; sends a confirmation message to https://hooks.example/… |

    #### To create

    | key | kind | target | fields | notes |
    | --- | --- | --- | --- | --- |
    | \`fresh\` | \`acme/hook\` | \`house\` |  | sends a confirmation message to https://hooks.example/… |

    #### To update

    | key | kind | target | fields | notes |
    | --- | --- | --- | --- | --- |
    | \`calm\` | \`acme/hook\` | \`house\` | \`name\`, \`url\` |  |
    | \`drifted\` | \`acme/hook\` | \`house\` | \`steps\` | drift |

    <details><summary>Fields of replacements</summary>

    **replace** \`styled\`

    | field | before | after | why |
    | --- | --- | --- | --- |
    | \`style\` | \`old\` | \`new\` | forces replacement |

    </details>

    <details><summary>Fields</summary>

    **update** \`calm\`

    | field | before | after | why |
    | --- | --- | --- | --- |
    | \`name\` | \`calm\` | \`calmer\` |  |
    | \`url\` | \`https://hooks.example/… (secret 74496099)\` | \`https://other.example/… (secret 43d2a3b7)\` |  |

    **update** \`drifted\`

    | field | before | after | why |
    | --- | --- | --- | --- |
    | \`steps\` | \`[y]\` | \`[x]\` | drift |

    </details>

    <details><summary>Fields of creations</summary>

    **create** \`fresh\`

    | field | before | after | why |
    | --- | --- | --- | --- |
    | \`events.build:a\` |  | \`true\` |  |
    | \`events.build:b\` |  | \`true\` |  |
    | \`events.build:c\` |  | \`true\` |  |
    | \`events.build:d\` |  | \`true\` |  |
    | \`events.build:e\` |  | \`true\` |  |
    | \`events.build:f\` |  | \`true\` |  |
    | \`events.build:g\` |  | \`true\` |  |
    | \`events.build:h\` |  | \`true\` |  |
    | \`name\` |  | \`fresh\` |  |
    | \`tags\` |  | \`[a, b]\` |  |
    | \`token\` |  | \`(secret b6d14f9f)\` |  |
    | \`url\` |  | \`https://hooks.example/… (secret 6c08d008)\` |  |

    </details>

    <details><summary>Not yet known</summary>

    - \`waiting\` \`url\`: not yet known: \${env:URL}

    </details>

    <details><summary>Left alone</summary>

    - \`acme/hook\` \`theirs\\u001b[2K\` \`house\`: unmanaged: not in the inventory; manage: { adopt: "theirs\\\\u001b\\[2K" } takes it over
    - \`acme/hook\` \`waiting\` \`house\`: ignored: steps differs

    </details>

    Digest \`81939e3ca774\`
    "
  `);
});

test("what came of it, for people", () => {
  const plan = everything();
  expect(renderApplied(applied(plan), { color: false })).toMatchInlineSnapshot(`
    "✗ update failed: acme/hook calm on house: answered 500
    ○ update skipped: acme/hook drifted on house: depends on the create of x, which failed
    ✓ created acme/hook fresh on house
    ✓ deleted acme/hook gone on house
    ✓ replaced acme/hook styled on house

    Applied: 1 created, 1 deleted, 1 replaced, 1 failed, 1 skipped.
    "
  `);
  expect(renderAppliedMarkdown(applied(plan), 20_000)).toMatchInlineSnapshot(`
    "
    **Applied: 1 created, 1 deleted, 1 replaced, 1 failed, 1 skipped.**

    - failed: update \`calm\`: answered 500
    - skipped: update \`drifted\`: depends on the create of x, which failed
    "
  `);
});

describe("nothing to do", () => {
  const { plan } = makePlan(input({}));
  test.for<[string, (plan: Plan) => string]>([
    ["human", (empty) => renderHuman(empty, { color: false })],
    ["markdown", renderMarkdown],
  ])("%s", ([, render]) => {
    expect(render(plan)).toMatch(/no changes/i);
  });
});

test("JSON is the plan, and after apply the plan with what came of it", () => {
  const plan = everything();
  expect(JSON.parse(renderJson(plan))).toEqual(plan);
  const { results, outcome, ...rest } = JSON.parse(renderAppliedJson(plan, applied(plan)));
  expect(rest).toEqual(plan);
  expect(outcome).toEqual({ applied: plan.changes.length - 2, failed: 1, skipped: 1 });
  expect(results).toHaveLength(plan.changes.length);
  expect(results[0]).toEqual({
    op: plan.changes[0]?.op,
    key: plan.changes[0]?.key,
    kind: "acme/hook",
    target: "house",
    remoteId: null,
    status: "failed",
    message: "answered 500",
  });
});

test("a long list of neighbours is cut short for people", () => {
  const many = Array.from({ length: 50 }, (_, index) => observed(`n${index}`, { name: `n${index}` }));
  const text = renderHuman(makePlan(input({ targets: [target(many)] })).plan, { color: false });
  expect(text).toContain("and 30 more (see --format json)");
});

test.for<[string, Parameters<typeof spell>[0], string]>([
  ["plain text", "web-* and more", "web-* and more"],
  ["nothing", null, "(none)"],
  ["an empty text", "", '""'],
  ["space around", " x ", '" x "'],
  ["a quote", 'say "x"', '"say \\"x\\""'],
  ["a terminal code", "\u001b[2Kx", '"\\u001b[2Kx"'],
  ["a C1 code", "\u009b2Kx", '"\\u009b2Kx"'],
  ["reversed text", "a\u202eb", '"a\\u202eb"'],
  ["a line break", "a\nb", '"a\\nb"'],
  ["a list", ["a", 1], "[a, 1]"],
])("a value on one line: %s", ([, value, expected]) => {
  expect(spell(value)).toBe(expected);
});

test("nothing in a comment is a mention, a link or markup", () => {
  const name = "@team [x](https://evil.example) | `code` <img>";
  const text = renderMarkdown(makePlan(input({ desired: [desired("a", { name })] })).plan);
  const row = text.split("\n").find((line) => line.includes("@team"));
  expect(row).toBe("| `name` |  | ``@team [x](https://evil.example) \\| `code` <img>`` |  |");
});

describe("a plan that has nothing to do", () => {
  const settled = (over: Partial<PlanInput> = {}): Plan =>
    makePlan(
      input({
        desired: [desired("a")],
        targets: [target([observed("1", { name: "a" })])],
        inventory: inventory(entry(desired("a"), "1")),
        ...over,
      }),
    ).plan;
  const unread = settled({
    targets: [],
    unread: new Map([["house", "not yet known: house cannot be read"]]),
  });

  test("says that all is as declared", () => {
    expect(renderHuman(settled(), { color: false })).toBe("No changes: everything is as declared.\n");
    expect(renderGithub(settled())).toContain("::no changes\n");
    expect(renderMarkdown(settled())).toContain("### Bellhop: no changes\n\nEverything is as declared.");
  });

  test("and could not compare everything, claims no more than that", () => {
    const texts = [renderHuman(unread, { color: false }), renderGithub(unread), renderMarkdown(unread)];
    for (const text of texts) {
      expect(text).toMatch(/no changes in what could be compared/i);
      expect(text).not.toContain("as declared");
    }
  });
});

test.for<[string, Json, Json, string]>([
  ["some of a list", ["a", "b", "c"], ["c", "a", "d"], "-b +d (2 unchanged)"],
  ["only its order", ["a", "b"], ["b", "a"], "[a, b] → [b, a]"],
  ["all of it", ["a"], ["b"], "[a] → [b]"],
  ["what stands twice", ["a", "a"], ["a"], "-a (1 unchanged)"],
  ["a list of objects", [{ id: "x" }], [{ id: "x" }, { id: "y" }], "+{ id: y } (1 unchanged)"],
  ["words with commas", ["a"], ["a", "b, c"], '+"b, c" (1 unchanged)'],
  ["a value", "a", "b", "a → b"],
  ["from nothing", null, ["a"], "(none) → [a]"],
])("a change of %s", ([, before, after, expected]) => {
  expect(spellChange({ before, after })).toBe(expected);
});
