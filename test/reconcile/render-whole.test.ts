/** What is printed, whole: small plans with one of each oddity. */
import { describe, expect, test } from "vitest";
import type { Applied, ChangeResult } from "../../src/reconcile/apply.ts";
import { renderApplied, renderAppliedMarkdown } from "../../src/reconcile/render/applied.ts";
import { renderGithub } from "../../src/reconcile/render/github.ts";
import { renderHuman } from "../../src/reconcile/render/human.ts";
import { blockedBy, change, planOf } from "../support/made-plans.ts";
import { keptOne, small } from "../support/small-plan.ts";

const visible = (text: string): string => text.replaceAll("\u001b", "␛");

describe("for people", () => {
  test("everything", () => {
    expect(renderHuman(small, { color: false })).toMatchInlineSnapshot(`
      "+ create   acme/hook    made  on house
          name: made
          url:  (not yet known: \${env:U})
          note: sends a message
      ~ update   acme/longer  upd  on house, drift
          + came:        (none) → x
          - longer.name: y → (none)  (drift)
          ~ moved:       -a +c (1 unchanged)
          note: was old so far
          note: was in target yard so far
      ! replace  acme/hook    rep  on house
          ~ style: old → new  (forces replacement)
      - delete   acme/hook    del  on house
      = adopt    acme/hook    ado  on house
      x forget   acme/hook    for  on house

      Blocked:
        delete acme/hook p (7) on house: why\\u001b[2K
          hint: hint\\u001b[2K
        delete acme/hook q on house: it is protected
          hint: set protect: false
        delete acme/hook r on house: it is protected
          hint: set protect: false
        delete on house: too many
          hint: set protect: false
        delete acme/hook 8 on house: it is protected
          hint: set protect: false

      Not yet known:
        upd url: not yet known
        yard: answered 500

      Left alone:
        acme/hook 9 on house: unmanaged
        acme/route ign on house: ignored: x differs

      Plan: 1 to create, 1 to update, 1 to replace, 1 to delete, 1 to adopt, 1 to forget (1 of them drift), 5 blocked.
      "
    `);
  });

  test("everything, in colour", () => {
    expect(visible(renderHuman(small, { color: true }))).toMatchInlineSnapshot(`
      "␛[32m+ create   acme/hook    made␛[39m  ␛[2mon house␛[22m
          name: made
          url:  (not yet known: \${env:U})
          ␛[2mnote: sends a message␛[22m
      ␛[33m~ update   acme/longer  upd␛[39m  ␛[2mon house, drift␛[22m
          ␛[32m+␛[39m came:        (none) → x
          ␛[31m-␛[39m longer.name: y → (none)␛[2m  (drift)␛[22m
          ␛[33m~␛[39m moved:       -a +c (1 unchanged)
          ␛[2mnote: was old so far␛[22m
          ␛[2mnote: was in target yard so far␛[22m
      ␛[1m␛[31m! replace  acme/hook    rep␛[39m␛[22m  ␛[2mon house␛[22m
          ␛[33m~␛[39m style: old → new␛[2m  (forces replacement)␛[22m
      ␛[1m␛[31m- delete   acme/hook    del␛[39m␛[22m  ␛[2mon house␛[22m
      ␛[36m= adopt    acme/hook    ado␛[39m  ␛[2mon house␛[22m
      ␛[36mx forget   acme/hook    for␛[39m  ␛[2mon house␛[22m

      ␛[1mBlocked:␛[22m
        ␛[1m␛[31mdelete␛[39m␛[22m acme/hook p (7) on house: why\\u001b[2K
          hint: hint\\u001b[2K
        ␛[1m␛[31mdelete␛[39m␛[22m acme/hook q on house: it is protected
          hint: set protect: false
        ␛[1m␛[31mdelete␛[39m␛[22m acme/hook r on house: it is protected
          hint: set protect: false
        ␛[1m␛[31mdelete␛[39m␛[22m on house: too many
          hint: set protect: false
        ␛[1m␛[31mdelete␛[39m␛[22m acme/hook 8 on house: it is protected
          hint: set protect: false

      ␛[1mNot yet known:␛[22m
        upd url: not yet known
        yard: answered 500

      ␛[1mLeft alone:␛[22m
        acme/hook 9 on house: unmanaged
        acme/route ign on house: ignored: x differs

      ␛[1mPlan: 1 to create, 1 to update, 1 to replace, 1 to delete, 1 to adopt, 1 to forget (1 of them drift), ␛[31m5 blocked␛[39m.␛[22m
      "
    `);
  });

  test("nothing but what there is", () => {
    const one = planOf(
      {},
      { summary: { ...planOf({}).summary, adopt: 1 }, changes: [change("adopt", "a", { fields: [] })] },
    );
    expect(renderHuman(one, { color: false })).toBe("= adopt  acme/hook  a  on house\n\nPlan: 1 to adopt.\n");
    const refused = planOf({}, { blocked: [blockedBy("p")] });
    expect(renderHuman(refused, { color: false })).toBe(
      "Blocked:\n  delete acme/hook p on house: it is protected\n    hint: set protect: false\n\nPlan: nothing to do, 1 blocked.\n",
    );
    expect(renderHuman(planOf({}), { color: false })).toBe("No changes: everything is as declared.\n");
  });

  test.for([20, 21])("of %i neighbours at most twenty", (count) => {
    const kept = Array.from({ length: count }, (_, index) => keptOne({ remoteId: `n${index}` }));
    const lines = renderHuman(planOf({}, { kept }), { color: false }).split("\n");
    const rows = kept.slice(0, 20).map(({ remoteId }) => `  acme/hook ${remoteId} on house: unmanaged`);
    const more = count > 20 ? ["  and 1 more (see --format json)"] : [];
    expect(lines).toEqual([
      "Left alone:",
      ...rows,
      ...more,
      "",
      "No changes: everything is as declared.",
      "",
    ]);
  });
});

describe("for a workflow", () => {
  test("everything", () => {
    expect(renderGithub(small)).toMatchInlineSnapshot(`
      "::error title=Bellhop%3A blocked delete of p::on house: why\\u001b[2K%0Ahint\\u001b[2K
      ::error title=Bellhop%3A blocked delete of q::on house: it is protected%0Aset protect: false
      ::error title=Bellhop%3A blocked delete of r::on house: it is protected%0Aset protect: false
      ::error title=Bellhop%3A blocked delete::on house: too many%0Aset protect: false
      ::error title=Bellhop%3A blocked delete::on house: it is protected%0Aset protect: false
      ::warning file=notifications.yaml,line=3,col=5,title=Bellhop%3A replace rep::acme/hook on house%0Astyle: old → new
      ::warning title=Bellhop%3A delete del::acme/hook on house
      ::notice title=Bellhop plan::1 to create, 1 to update, 1 to replace, 1 to delete, 1 to adopt, 1 to forget (1 of them drift), 5 blocked
      ::notice file=notifications.yaml,line=3,col=5,title=Bellhop%3A create made::acme/hook on house%0Aurl: not yet known%0Asends a message
      ::notice file=notifications.yaml,line=3,col=5,title=Bellhop%3A update upd::acme/longer on house, drift%0Acame: (none) → x%0Alonger.name: y → (none)%0Amoved: -a +c (1 unchanged)%0Awas old so far%0Awas in target yard so far
      ::notice file=notifications.yaml,line=3,col=5,title=Bellhop%3A adopt ado::acme/hook on house
      ::notice file=notifications.yaml,line=3,col=5,title=Bellhop%3A forget for::acme/hook on house
      "
    `);
  });

  test.for<[number, string[]]>([
    [10, ["::warning title=Bellhop%3A delete d9::acme/hook on house"]],
    [
      11,
      [
        "::warning title=Bellhop%3A and 2 more::Bellhop: delete d9: acme/hook on house%0ABellhop: delete d10: acme/hook on house",
      ],
    ],
  ])("%i of a severity", ([count, last]) => {
    const changes = Array.from({ length: count }, (_, index) =>
      change("delete", `d${index}`, { source: null, sideEffects: index > 9 ? ["noted"] : [], fields: [] }),
    );
    const plan = planOf({}, { changes, summary: { ...planOf({}).summary, delete: count } });
    const lines = renderGithub(plan).split("\n");
    expect(lines.slice(9)).toEqual([...last, `::notice title=Bellhop plan::${count} to delete`, ""]);
  });

  test.for([
    [209, false],
    [210, true],
  ] as const)("lists two hundred of what is left: of %i", ([count, more]) => {
    const text = renderGithub(planOf({ delete: count }));
    expect(text.includes("%0Aand 1 that are only in the JSON of the plan")).toBe(more);
    expect(text.includes("that are only in")).toBe(more);
  });
});

const result = (
  op: ChangeResult["change"]["op"],
  status: ChangeResult["status"],
  message?: string,
): ChangeResult => ({
  change: change(op, `k-${op}`, { source: null }),
  status,
  ...(message !== undefined && { message }),
});
const applied = (...results: readonly ChangeResult[]): Applied => {
  const count = (status: string): number => results.filter((one) => one.status === status).length;
  return {
    results,
    counts: { applied: count("applied"), failed: count("failed"), skipped: count("skipped") },
  };
};
const mixed = applied(
  result("create", "applied"),
  result("update", "applied"),
  result("update", "applied"),
  result("replace", "failed", "answered <500>\u001b[2K"),
  result("delete", "skipped"),
  result("adopt", "applied"),
  result("forget", "applied"),
);

describe("what came of it", () => {
  test("for people", () => {
    expect(renderApplied(mixed, { color: false })).toMatchInlineSnapshot(`
      "✓ created acme/hook k-create on house
      ✓ updated acme/hook k-update on house
      ✓ updated acme/hook k-update on house
      ✗ replace failed: acme/hook k-replace on house: answered <500>\\u001b[2K
      ○ delete skipped: acme/hook k-delete on house: 
      ✓ adopted acme/hook k-adopt on house
      ✓ forgotten acme/hook k-forget on house

      Applied: 1 created, 2 updated, 1 adopted, 1 forgotten, 1 failed, 1 skipped.
      "
    `);
    expect(visible(renderApplied(mixed, { color: true }))).toMatchInlineSnapshot(`
      "␛[32m✓ created␛[39m acme/hook k-create on house
      ␛[32m✓ updated␛[39m acme/hook k-update on house
      ␛[32m✓ updated␛[39m acme/hook k-update on house
      ␛[1m␛[31m✗ replace failed:␛[39m␛[22m acme/hook k-replace on house: answered <500>\\u001b[2K
      ␛[33m○ delete skipped:␛[39m acme/hook k-delete on house: 
      ␛[32m✓ adopted␛[39m acme/hook k-adopt on house
      ␛[32m✓ forgotten␛[39m acme/hook k-forget on house

      ␛[1mApplied: 1 created, 2 updated, 1 adopted, 1 forgotten, 1 failed, 1 skipped.␛[22m
      "
    `);
    expect(renderApplied(applied(), { color: false })).toBe("\nApplied: nothing.\n");
  });

  test("for a pull request", () => {
    expect(renderAppliedMarkdown(mixed, 1_000)).toMatchInlineSnapshot(`
      "
      **Applied: 1 created, 2 updated, 1 adopted, 1 forgotten, 1 failed, 1 skipped.**

      - failed: replace \`k-replace\`: answered &lt;500\\>\\\\u001b\\[2K
      - skipped: delete \`k-delete\`: 
      "
    `);
    expect(renderAppliedMarkdown(applied(result("update", "applied")), 1_000)).toBe(
      "\n**Applied: 1 updated.**\n",
    );
    const failed = applied(...["a", "b", "c"].map((why) => result("update", "failed", why.repeat(40))));
    expect(renderAppliedMarkdown(failed, 150)).toMatchInlineSnapshot(`
      "
      **Applied: 3 failed.**

      - failed: update \`k-update\`: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      - and 2 more that did not succeed
      "
    `);
  });

  test("for a workflow", () => {
    expect(renderGithub(planOf({}), mixed)).toMatchInlineSnapshot(`
      "::error title=Bellhop%3A replace of k-replace failed::answered <500>\\u001b[2K
      ::error title=Bellhop%3A delete of k-delete skipped::skipped
      ::notice title=Bellhop plan::no changes%0AApplied: 1 created, 2 updated, 1 adopted, 1 forgotten, 1 failed, 1 skipped.
      "
    `);
  });
});
