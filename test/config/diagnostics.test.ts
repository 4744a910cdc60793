import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { renderDiagnostics } from "../../src/config/render.ts";
import { DIAGNOSTIC_CODES } from "../../src/model/diagnostic.ts";
import { house, PLAIN } from "./mistake.ts";
import { DAEMON_MISTAKES } from "./mistakes-in-daemon.ts";
import { FILE_MISTAKES } from "./mistakes-in-files.ts";
import { SPEC_MISTAKES } from "./mistakes-in-specs.ts";
import { brief, load } from "./support.ts";

const ALL = [...FILE_MISTAKES, ...DAEMON_MISTAKES, ...SPEC_MISTAKES];

describe("one mistake, one diagnostic", () => {
  test.for(ALL)(
    "$name",
    async ({ yaml, expected, mode = "validate", strict = false, overlays = [], hint }) => {
      const { diagnostics } = await load(yaml, { mode, strict, overlays });
      expect(diagnostics.map(brief)).toEqual(expected);
      expect(diagnostics[0]?.hint).toBe(hint ?? diagnostics[0]?.hint);
    },
  );

  test("the table covers every code that a file can cause, but for those that need more than a text", () => {
    const covered = new Set(
      ALL.flatMap(({ expected }) => expected.map((line) => line.split(" ")[1]?.replace("~", ""))),
    );
    const elsewhere = ["file-unreadable", "bad-variables-file", "reference-cycle"];
    expect(DIAGNOSTIC_CODES.filter((code) => !covered.has(code)).toSorted()).toEqual(elsewhere.toSorted());
  });
});

test("all mistakes of all files come in one run, in the order of the files", async () => {
  const { diagnostics, config } = await load({
    "notifications.yaml": `version: 1
include: [more/*.yaml, gone.yaml]
targets:
  house: { provider: bellhop, store: s.json, sotre: x }
  nf: { provider: northflnk, store: s.json }
integrations:
  a b:
    kind: bellhop/integration
    target: house
    spec: { name: A, type: SLAK, webhook: "https://example.com/" }
  c:
    kind: bellhop/integration
    target: house
    spec: { name: 1, type: SLACK, webhook: "https://example.com/", bogus: 1 }
daemon: { listen: nowhere }
`,
    "more/one.yaml": "integrations:\n  d:\n    kind: bellhop/integration\n    target: house\n",
    "more/two.yaml": "integrations:\n\te: {}\n",
  });
  expect(config).toBeUndefined();
  expect(diagnostics.map(brief)).toEqual([
    "2:24 include-not-found",
    "4:46 unknown-key",
    "5:19 unknown-provider",
    "7:3 bad-key",
    "10:28 bad-enum",
    "14:19 wrong-type",
    "14:68 unknown-key",
    "15:19 bad-format",
    "more/one.yaml:2:3 missing-field",
    "more/two.yaml:2:1 yaml-tab",
  ]);
});

test("an aliased mistake is reported once, where it was written", async () => {
  const { diagnostics } = await load(`version: 1
targets: { house: { provider: bellhop, store: s.json } }
x-common: &common { type: SLAK, webhook: "https://example.com/" }
integrations:
  a: { kind: bellhop/integration, spec: { <<: *common, name: A } }
  b: { kind: bellhop/integration, spec: { <<: *common, name: B } }
`);
  expect(diagnostics.map(brief)).toEqual(["3:27 bad-enum"]);
});

test("a private address that the daemon may reach needs no warning", async () => {
  const { diagnostics } = await load(
    `${house(PLAIN.replace("example.com", "10.2.3.4"))}daemon: { egress: { allow: [10.2.0.0/16] } }\n`,
  );
  expect(diagnostics).toEqual([]);
});

test("a human reads severity, code, place, excerpt with a caret, and a hint", async () => {
  const { diagnostics } = await load(house(PLAIN.replace("type:", "tipe:")));
  expect(renderDiagnostics(diagnostics, { color: false }))
    .toBe(`error[unknown-key] notifications.yaml:11:7: "tipe" is not a field of bellhop/integration
  11 |       tipe …
     |       ^^^^
  hint: did you mean type?`);
});

test("a file that is no configuration at all is not shown: it may be one of secrets", async () => {
  const { diagnostics } = await load("API_TOKEN=abcdef123456\nOTHER=x\n");
  expect(diagnostics.map(brief)).toEqual(["1:1 wrong-type"]);
  expect(JSON.stringify(diagnostics)).not.toContain("API_TOKEN");
});

test("a very long value or line is not shown whole", async () => {
  const long = "x".repeat(100_000);
  for (const yaml of [
    house(PLAIN.replace("name: A", `name: ${long}`)),
    `{ version: 1, x-a: ${long}, y: 1 }\n`,
  ]) {
    const { diagnostics } = await load(yaml);
    expect(diagnostics).toHaveLength(1);
    expect(renderDiagnostics(diagnostics, { color: false }).length).toBeLessThan(1_000);
  }
});

test("an overlay that is not there is told as one", async () => {
  const { diagnostics } = await load(house(PLAIN), { overlays: ["prod"] });
  expect(diagnostics.map((diagnostic) => `${brief(diagnostic)}: ${diagnostic.hint}`)).toEqual([
    "notifications.prod.yaml:1:1 file-not-found: write it, or name another overlay with --overlay",
  ]);
});

test("every code is explained on its page, and nothing else is", async () => {
  const page = await readFile(new URL("../../docs/diagnostics.md", import.meta.url), "utf8");
  const headings = [...page.matchAll(/^### `([a-z-]+)`$/gm)].map(([, code]) => code);
  expect(headings).toEqual([...DIAGNOSTIC_CODES]);
});
