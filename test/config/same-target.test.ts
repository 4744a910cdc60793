/** Targets that two files declare, and values that a variables file can hold. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { variableLines } from "../../src/config/variables.ts";
import { reveal, Secret } from "../../src/model/secret.ts";
import { brief, load } from "./support.ts";

const main = (target: string): string => `version: 1\ninclude: [sub/*.yaml]\ntargets:\n  there: ${target}\n`;
const second = (target: string): string => `version: 1\ntargets:\n  there: ${target}\n`;
const both = async (
  one: string,
  other: string,
  env: Record<string, string> = {},
): Promise<readonly string[]> => {
  const { diagnostics } = await load(
    { "notifications.yaml": main(one), "sub/b.yaml": second(other) },
    { env },
  );
  return diagnostics.map(brief);
};

test.each([
  [
    "word for word",
    "{ provider: northflank, api: { token: t } }",
    "{ api: { token: t }, provider: northflank }",
  ],
  [
    "the same store from each folder",
    "{ provider: bellhop, store: s.json }",
    "{ provider: bellhop, store: ../s.json }",
  ],
  [
    "with a credential in clear here and as a variable there",
    "{ provider: northflank, api: { token: tk } }",
    '{ provider: northflank, api: { token: "${env:TK}" } }',
  ],
])("declared alike is one target: %s", async (_, one, other) => {
  expect(await both(one, other, { TK: "tk" })).toEqual([]);
});

test.each([
  [
    "another scope",
    "{ provider: northflank, teamId: a, api: { token: t } }",
    "{ provider: northflank, api: { token: t } }",
  ],
  [
    "another store by the same words",
    "{ provider: bellhop, store: s.json }",
    "{ provider: bellhop, store: s.json }",
  ],
  [
    "another credential",
    "{ provider: northflank, api: { token: t } }",
    "{ provider: northflank, api: { token: u } }",
  ],
  ["store and API", "{ provider: northflank, api: { token: t } }", "{ provider: northflank, store: s.json }"],
])("declared otherwise is a key twice: %s", async (_, one, other) => {
  expect(await both(one, other)).toEqual(["sub/b.yaml:3:3 duplicate-key"]);
});

test("a variables file gives every value back", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.string()),
      async (value) => {
        const secrets = variableLines(
          new Map([
            ["HOOK", value],
            ["NEXT", "next"],
          ]),
        );
        expect(secrets.split("\n")).toHaveLength(3);
        const yaml = `version: 1\ntargets:\n  there: { provider: northflank, api: { token: "x\${env:HOOK}\${env:NEXT}" } }\n`;
        const { config } = await load(
          { "notifications.yaml": yaml, "secrets.env": secrets },
          { vars: ["secrets.env"] },
        );
        const token = config?.targets.get("there")?.api?.credentials["token"];
        expect(token instanceof Secret && reveal(token)).toBe(`x${value}next`);
      },
    ),
    { numRuns: 60 },
  );
});
