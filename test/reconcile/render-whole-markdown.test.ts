/** What is printed for a pull request, whole: small plans with one of each oddity. */
import { describe, expect, test } from "vitest";
import { renderMarkdown } from "../../src/reconcile/render/markdown.ts";
import { settledWords } from "../../src/reconcile/render/words.ts";
import { blockedBy, change, planOf } from "../support/made-plans.ts";
import { keptOne, row, small } from "../support/small-plan.ts";

describe("for a pull request", () => {
  test("everything", () => {
    expect(renderMarkdown(small)).toMatchInlineSnapshot(`
      "### Bellhop: 1 to create, 1 to update, 1 to replace, 1 to delete, 1 to adopt, 1 to forget (1 of them drift), **5 blocked**

      #### Blocked

      | key | kind | target | wanted | why | what to do |
      | --- | --- | --- | --- | --- | --- |
      | \`p\` | \`acme/hook\` | \`house\` | delete | why\\\\u001b\\[2K | hint\\\\u001b\\[2K |
      | \`q\` | \`acme/hook\` | \`house\` | delete | it is protected | set protect: false |
      | \`r\` | \`acme/hook\` | \`house\` | delete | it is protected | set protect: false |
      |  |  | \`house\` | delete | too many | set protect: false |
      |  | \`acme/hook\` | \`house\` | delete | it is protected | set protect: false |

      #### To delete

      | key | kind | target | fields | notes |
      | --- | --- | --- | --- | --- |
      | \`del\` | \`acme/hook\` | \`house\` |  |  |

      #### To replace (delete and create)

      | key | kind | target | fields | notes |
      | --- | --- | --- | --- | --- |
      | \`rep\` | \`acme/hook\` | \`house\` | \`style\` |  |

      #### To create

      | key | kind | target | fields | notes |
      | --- | --- | --- | --- | --- |
      | \`made\` | \`acme/hook\` | \`house\` |  | sends a message |

      #### To update

      | key | kind | target | fields | notes |
      | --- | --- | --- | --- | --- |
      | \`upd\` | \`acme/longer\` | \`house\` | \`came\`, \`longer.name\`, \`moved\` | drift; was old so far; was in target yard so far |

      #### To adopt

      | key | kind | target | fields | notes |
      | --- | --- | --- | --- | --- |
      | \`ado\` | \`acme/hook\` | \`house\` |  |  |

      #### To forget

      | key | kind | target | fields | notes |
      | --- | --- | --- | --- | --- |
      | \`for\` | \`acme/hook\` | \`house\` |  |  |

      <details><summary>Fields of replacements</summary>

      **replace** \`rep\`

      | field | before | after | why |
      | --- | --- | --- | --- |
      | \`style\` | \`old\` | \`new\` | forces replacement |

      </details>

      <details><summary>Fields</summary>

      **update** \`upd\`

      | field | before | after | why |
      | --- | --- | --- | --- |
      | \`came\` |  | \`x\` |  |
      | \`longer.name\` | \`y\` |  | drift |
      | \`moved\` | \`[a, b]\` | \`[b, c]\` |  |

      </details>

      <details><summary>Fields of creations</summary>

      **create** \`made\`

      | field | before | after | why |
      | --- | --- | --- | --- |
      | \`name\` |  | \`made\` |  |
      | \`url\` |  | \`(not yet known: \${env:U})\` | not yet known |

      </details>

      <details><summary>Not yet known</summary>

      - \`upd\` \`url\`: not yet known
      - \`yard\`: answered 500

      </details>

      <details><summary>Left alone</summary>

      - \`acme/hook\` \`9\` \`house\`: unmanaged
      - \`acme/route\` \`ign\` \`house\`: ignored: x differs

      </details>

      Digest \`0123456789ab\`
      "
    `);
  });

  test("nothing", () => {
    const digest = "\n\nDigest `aaaaaaaaaaaa`\n";
    expect(renderMarkdown(planOf({}))).toBe(`### Bellhop: no changes\n\nEverything is as declared.${digest}`);
    const unsure = planOf({}, { unknown: [{ key: "a", target: "house", path: null, why: "w" }] });
    const [what] = settledWords(unsure);
    expect(renderMarkdown(unsure)).toContain(`### Bellhop: ${what}\n\n`);
    expect(what).not.toBe("no changes");
  });

  test.for<[number, string]>([
    [8, "`f0`, `f1`, `f2`, `f3`, `f4`, `f5`, `f6`, `f7`"],
    [10, "`f0`, `f1`, `f2`, `f3`, `f4`, `f5`, `f6`, `f7` and 2 more"],
  ])("names eight fields of %i", ([count, expected]) => {
    const fields = Array.from({ length: count }, (_, index) => row(`f${index}`, 1, 2));
    const text = renderMarkdown(planOf({}, { changes: [change("update", "u", { fields })] }));
    expect(text).toContain(`| \`u\` | \`acme/hook\` | \`house\` | ${expected} |  |\n`);
  });

  const many = planOf(
    { create: 3, update: 3, replace: 3, delete: 3 },
    {
      kept: Array.from({ length: 30 }, (_, index) => keptOne({ remoteId: `n${index}` })),
      blocked: [blockedBy("p"), blockedBy("q")],
    },
  );

  test("is whole where there is room for it and for a note, and not with a character less", () => {
    const whole = renderMarkdown(many);
    // The note, and the line break at the end: which is why the limit is not the length.
    expect(renderMarkdown(many, whole.length + 203)).toBe(whole);
    expect(renderMarkdown(many, whole.length + 202)).not.toBe(whole);
  });

  test("has a table of fields for every change, with room between them", () => {
    const fields = [row("f", "x", "y")];
    for (const op of ["replace", "update"] as const) {
      const text = renderMarkdown(
        planOf({}, { changes: ["a", "b"].map((key) => change(op, key, { fields })) }),
      );
      const head = "| field | before | after | why |\n| --- | --- | --- | --- |\n| `f` | `x` | `y` |  |";
      expect(text).toContain(
        `</summary>\n\n**${op}** \`a\`\n\n${head}\n\n**${op}** \`b\`\n\n${head}\n\n</details>`,
      );
    }
    expect(renderMarkdown(planOf({ adopt: 1 })).split("\n")[0]).toBe("### Bellhop: 1 to adopt");
  });

  test("with little room", () => {
    expect(renderMarkdown(many, 1_900)).toMatchInlineSnapshot(`
      "### Bellhop: 3 to create, 3 to update, 3 to replace, 3 to delete, **2 blocked**

      > The plan is too long to be shown whole: 48 rows are left out, those that say least first. Everything is in the JSON of the plan.

      #### Blocked

      | key | kind | target | wanted | why | what to do |
      | --- | --- | --- | --- | --- | --- |
      | \`p\` | \`acme/hook\` | \`house\` | delete | it is protected | set protect: false |
      | \`q\` | \`acme/hook\` | \`house\` | delete | it is protected | set protect: false |

      #### To delete

      | key | kind | target | fields | notes |
      | --- | --- | --- | --- | --- |
      | \`delete-integration-0\` | \`acme/hook\` | \`house\` | \`name\`, \`events.build:start\` |  |
      | \`delete-integration-1\` | \`acme/hook\` | \`house\` | \`name\`, \`events.build:start\` |  |
      | \`delete-integration-2\` | \`acme/hook\` | \`house\` | \`name\`, \`events.build:start\` |  |

      #### To replace (delete and create)

      | key | kind | target | fields | notes |
      | --- | --- | --- | --- | --- |
      | \`replace-integration-0\` | \`acme/hook\` | \`house\` | \`name\`, \`events.build:start\` |  |
      | \`replace-integration-1\` | \`acme/hook\` | \`house\` | \`name\`, \`events.build:start\` |  |
      | \`replace-integration-2\` | \`acme/hook\` | \`house\` | \`name\`, \`events.build:start\` |  |

      #### To create

      | key | kind | target | fields | notes |
      | --- | --- | --- | --- | --- |

      and 3 more to create

      #### To update

      | key | kind | target | fields | notes |
      | --- | --- | --- | --- | --- |

      and 3 more to update

      <details><summary>Fields of replacements</summary>

      and 3 more

      </details>

      <details><summary>Fields</summary>

      and 6 more

      </details>

      <details><summary>Fields of creations</summary>

      and 3 more

      </details>

      <details><summary>Left alone</summary>

      - and 30 more

      </details>

      Digest \`aaaaaaaaaaaa\`
      "
    `);
  });

  test("with less room than its tables take", () => {
    expect(renderMarkdown(many, 800)).toMatchInlineSnapshot(`
      "### Bellhop: 3 to create, 3 to update, 3 to replace, 3 to delete, **2 blocked**

      > The plan is too long to be shown whole: details are left out, those that say least first. Everything is in the JSON of the plan.

      #### Blocked

      - \`delete\` \`p\` \`house\`: it is protected (set protect: false)
      - \`delete\` \`q\` \`house\`: it is protected (set protect: false)

      #### To delete

      \`delete-integration-0\`, \`delete-integration-1\`, \`delete-integration-2\`

      #### To replace (delete and create)

      \`replace-integration-0\`, \`replace-integration-1\`, \`replace-integration-2\`

      Digest \`aaaaaaaaaaaa\`
      "
    `);
  });
});
