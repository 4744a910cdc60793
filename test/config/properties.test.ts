// Seeds are fixed, so that a build does not fail by chance; raise numRuns and change the seed to search further.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatYaml } from "../../src/config/format.ts";
import { renderDiagnostics } from "../../src/config/render.ts";
import { createReport } from "../../src/config/report.ts";
import { load } from "./support.ts";

/** Every secret that a file can hold, each of them recognisable. */
const SECRETS = ["canary7kq1z", "canary4wx8v", "canary9jd3p", "canary2bt6m", "canary5fg0r", "canary8hn4c"];

const VALID = `# top
version: 1
targets:
  house: { provider: bellhop, store: s.json } # ours
  nf:    { provider: northflank, api: { token: canary2bt6m } }

integrations:
  # about deploys
  deploys: &deploys
    kind: bellhop/integration
    spec:
      name: Deploys
      type: RAW_WEBHOOK
      webhook: https://example.com/canary7kq1z
      secret: "canary4wx8v"
      headers: { Authorization: "Bearer canary9jd3p", X-Var: "a \${env:VARIABLE} b" }
      events: ["build:*", '!build:abort']
  builds:
    kind: northflank/notification
    manage: { protect: true, previously: [old] }
    spec:
      name: Builds
      type: RAW_WEBHOOK
      webhook: \${env:VARIABLE}
      secret: >-
        canary4wx8v
      events: { trigger:build:start: true }
daemon:
  token: canary5fg0r
  reconcile: { interval: 5m }
`;

/** The file with something cut out, put in, or moved. */
const mutated = fc
  .array(
    fc.record({
      at: fc.nat({ max: VALID.length }),
      cut: fc.nat({ max: 12 }),
      put: fc.constantFrom(
        "",
        "\t",
        "\n",
        " ",
        ":",
        "- ",
        "{",
        "]",
        '"',
        "'",
        "&a ",
        "*a",
        "<<: ",
        "#",
        "${",
        "|",
        "\r\n",
        "🚀",
        "\u0000",
        "name",
        "~",
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((edits) =>
    edits.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), VALID),
  );

describe("a damaged file", () => {
  test("never throws, marks only what is inside it, and leaks no secret", async () => {
    await fc.assert(
      fc.asyncProperty(mutated, async (yaml) => {
        const { diagnostics } = await load(yaml, { env: { VARIABLE: "https://example.com/canary8hn4c" } });
        const lines = yaml.replace(/^\uFEFF/, "").split("\n");
        for (const { line, column } of diagnostics) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeLessThanOrEqual(Array.from(lines[line - 1] ?? "").length + 1);
        }
        const shown = renderDiagnostics(diagnostics, { color: false }) + JSON.stringify(diagnostics);
        // A cut may take the beginning of a canary with it; what is left must be hidden all the same.
        for (const secret of SECRETS) expect(shown).not.toContain(secret.slice(6));
      }),
      { numRuns: 300, seed: 20261120 },
    );
  });

  test("cut off anywhere, it never throws", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: VALID.length }), async (length) => {
        const { diagnostics, config } = await load(VALID.slice(0, length), {
          env: { VARIABLE: "https://x.example/" },
        });
        expect(diagnostics.some(({ severity }) => severity === "error")).toBe(config === undefined);
      }),
      { numRuns: 100 },
    );
  });
});

describe("formatting", () => {
  const format = (yaml: string): string | undefined => formatYaml("/f.yaml", "f.yaml", yaml, createReport());

  test("is idempotent on whatever it can format, and keeps every comment", () => {
    fc.assert(
      fc.property(mutated, (yaml) => {
        const once = format(yaml);
        fc.pre(once !== undefined);
        expect(format(once)).toBe(once);
        expect(once.endsWith("\n")).toBe(true);
      }),
      { numRuns: 300, seed: 20261120 },
    );
  });

  test("lays a file out", () => {
    const ugly = `# top


version:   1   # one
targets:
    a:    {provider: bellhop,store: x.json}   # c1
    # about b
    b:
        provider:   bellhop
        # deep
        store: "y.json"


# about integrations
integrations:
# at zero
  x:
    kind: 'bellhop/integration'
    spec:
      description: |
        # not a comment
        line   
      events:
      - build:*
      # before second
      - "!build:abort"
      projects: [ a,b ]
# the end
`;
    expect(format(ugly)).toBe(`# top

version: 1 # one
targets:
  a: { provider: bellhop, store: x.json } # c1
  # about b
  b:
    provider: bellhop
    # deep
    store: "y.json"

# about integrations
integrations:
  # at zero
  x:
    kind: 'bellhop/integration'
    spec:
      description: |
        # not a comment
        line   
      events:
        - build:*
        # before second
        - "!build:abort"
      projects: [a, b]

# the end
`);
  });

  test("takes CRLF and a byte order mark away", () => {
    expect(format("\uFEFFversion: 1\r\nx-a:  2\r\n")).toBe("version: 1\nx-a: 2\n");
  });
});
