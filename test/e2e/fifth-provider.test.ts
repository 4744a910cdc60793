/**
 * The recipe of CONTRIBUTING.md for a provider, followed in a copy of the repository: one folder, one fields file, and
 * `npm run generate`. Nothing else is edited.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const repository = path.join(import.meta.dirname, "../..");
const fixture = path.join(repository, "test/fixtures/fifth-provider");
const COPIED = [
  "src",
  "schemas",
  "scripts",
  "docs/reference",
  "test/conformance",
  "test/support",
  "test/providers/exchanges.ts",
  "test/commands/import.property.test.ts",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "vitest.config.ts",
];

let root = "";
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), "bellhop-fifth-"));
  for (const name of COPIED) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    cpSync(path.join(repository, name), path.join(root, name), { recursive: true });
  }
  symlinkSync(path.join(repository, "node_modules"), path.join(root, "node_modules"));
  addProvider();
}, 300_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The recipe. */
function addProvider(): void {
  cpSync(path.join(fixture, "harbor-io.yaml"), path.join(root, "schemas/fields/harbor-io.yaml"));
  const folder = path.join(root, "src/providers/harbor-io");
  mkdirSync(folder);
  for (const name of readdirSync(path.join(fixture, "harbor-io"))) {
    cpSync(path.join(fixture, "harbor-io", name), path.join(folder, name.replace(/\.txt$/, "")));
  }
  run("scripts/generate.ts");
}

interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function execute(args: readonly string[], cwd = root, env: Readonly<Record<string, string>> = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, out: stdout, err: stderr };
}

const run = (script: string, ...args: readonly string[]): Outcome =>
  execute(["--import", "tsx", path.join(root, script), ...args]);

test("everything that is generated has it, and nothing is left to do", () => {
  expect(run("scripts/generate.ts", "--check")).toEqual({ status: 0, out: "", err: "" });
  expect(readFileSync(path.join(root, "docs/reference/README.md"), "utf8")).toContain("harbor-io/hook");
  expect(readFileSync(path.join(root, "schemas/notifications.schema.json"), "utf8")).toContain(
    "harbor-io/hook",
  );
});

test("it type-checks", () => {
  expect(execute(["node_modules/typescript/bin/tsc", "--noEmit"])).toEqual({ status: 0, out: "", err: "" });
}, 300_000);

test("it validates, plans and applies to a store", () => {
  const cwd = mkdtempSync(path.join(root, "project-"));
  const cli = (line: string): Outcome =>
    execute(
      [
        "--import",
        path.join(root, "node_modules/tsx/dist/esm/index.mjs"),
        path.join(root, "src/cli.ts"),
        ...line.split(" "),
      ],
      cwd,
      {
        HOOK_TOKEN: "first-secret",
      },
    );
  writeFileSync(
    path.join(cwd, "notifications.yaml"),
    `version: 1
targets:
  there: { provider: harbor-io, project: shop, store: store.json }
integrations:
  deploys:
    kind: harbor-io/hook
    spec: { name: Deploys, url: "https://ci.example.com/hooks/0001", token: "\${env:HOOK_TOKEN}", events: ["image.*"] }
`,
  );
  expect(cli("validate")).toMatchObject({ status: 0, err: "" });
  expect(cli("plan --exit-code").status).toBe(2);
  expect(cli("apply --yes").out).toContain("Applied: 1 created.");
  expect(cli("plan --exit-code")).toMatchObject({
    status: 0,
    out: "No changes: everything is as declared.\n",
  });
  const [record] = JSON.parse(readFileSync(path.join(cwd, "store.json"), "utf8")).records;
  expect(record.spec.events).toEqual(["image.deleted", "image.pushed"]);
  expect(cli("kinds").out).toMatch(
    /^harbor-io\/hook +store, api +PUT +- +url, token \(never\) +events \(globs\)/m,
  );
}, 300_000);

test("it is held to the conformance of every kind, and to the import of whatever it may hold", () => {
  const { status, out, err } = execute(
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--reporter=json",
      "-t",
      "harbor-io",
      "test/conformance/kinds",
      "test/commands/import.property.test.ts",
    ],
    root,
    { IMPORT_RUNS: "5" },
  );
  const report = JSON.parse(out.slice(out.indexOf("{")));
  const failed = report.testResults.flatMap(
    ({ assertionResults }: { assertionResults: { status: string; fullName: string }[] }) =>
      assertionResults.filter((result) => result.status === "failed").map(({ fullName }) => fullName),
  );
  expect({ failed, err: status === 0 ? "" : err }).toEqual({ failed: [], err: "" });
  // Every field on both sides, and the life of an object.
  expect(report.numPassedTests).toBeGreaterThan(30);
}, 600_000);
