import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const repository = path.join(import.meta.dirname, "../..");
let root = "";

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "bellhop-generate-"));
  for (const folder of ["schemas", "docs/reference", "src/generated", "src/providers", "src/formats"]) {
    cpSync(path.join(repository, folder), path.join(root, folder), { recursive: true });
  }
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

test("the tree is as its fields say", () => {
  expect(generate("--check", "--root", repository)).toEqual({ status: 0, stdout: "", stderr: "" });
});

describe("--check", () => {
  test.for([
    "src/generated/kinds/qovery.ts",
    "schemas/northflank-notification.schema.json",
    "src/generated/types/cloudflare-policy.ts",
    "docs/reference/README.md",
  ])("names %s when it was changed", (file) => {
    appendFileSync(path.join(root, file), "\n");
    const before = readFileSync(path.join(root, file), "utf8");
    expect(check()).toMatchObject({ status: 1, stdout: `${file}: out of date\n` });
    expect(readFileSync(path.join(root, file), "utf8")).toBe(before);
  });

  test("names what is missing and what is stray", () => {
    rmSync(path.join(root, "schemas/qovery-webhook.schema.json"));
    writeFileSync(path.join(root, "src/generated/types/heroku-webhook.ts"), "");
    expect(check()).toMatchObject({
      status: 1,
      stdout: "schemas/qovery-webhook.schema.json: missing\nsrc/generated/types/heroku-webhook.ts: stray\n",
    });
  });

  test("does not claim a schema that is written by hand", () => {
    writeFileSync(path.join(root, "schemas/plan.schema.json"), "{}");
    expect(check().status).toBe(0);
  });
});

test("generating repairs the tree, and once more changes nothing", () => {
  rmSync(path.join(root, "src/generated"), { recursive: true });
  writeFileSync(path.join(root, "docs/reference/heroku.md"), "");
  expect(generate("--root", root).status).toBe(0);
  expect(check()).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("a change of a field reaches everything that is made from it", () => {
  edit("schemas/fields/qovery.yaml", "For the deploy board.", "What the webhook is for.");
  const files = check()
    .stdout.trim()
    .split("\n")
    .map((line) => line.split(":")[0]);
  expect(files).toEqual([
    "docs/reference/qovery.md",
    "schemas/notifications.schema.json",
    "schemas/qovery-webhook.schema.json",
    "src/generated/kinds/qovery.ts",
    "src/generated/types/qovery-webhook.ts",
  ]);
});

test("the registry lists the providers and formats that have code", () => {
  writeCode("src/providers/example/index.ts", "export const provider = {};");
  writeCode("src/providers/unfinished/client.ts", "export const client = {};");
  writeCode("src/formats/example.ts", "export const format: Format = { id: 'example' };");
  writeCode("src/formats/shared-pieces.ts", "export const truncate = () => {};");
  generate("--root", root);
  const registry = readFileSync(path.join(root, "src/generated/registry.ts"), "utf8");
  expect(registry).toContain('import { provider as exampleProvider } from "../providers/example/index.ts";');
  expect(registry).toContain('import { format as exampleFormat } from "../formats/example.ts";');
  expect(registry).not.toMatch(/unfinished|shared|contractFormat/);
});

describe("a mistake in a fields file is reported with file and path", () => {
  const rows: readonly (readonly [string, string, string, string])[] = [
    ["a trait that there is not", "readOnly: true", "readonly: true", "fields.id.readonly: is not known"],
    [
      "a type that there is not",
      "type: boolean",
      "type: bool",
      "enabled.type: must be one of string, integer",
    ],
    ["no description", "description: An event type.", "", "events.items.description: is missing"],
    [
      "a broken pattern",
      "pattern: ^https?",
      "pattern: ^(https?",
      "fields.target_url.pattern: Invalid regular",
    ],
    ["a pattern without words", "patternHint:", "page:", "target_url: pattern and patternHint go together"],
    ["a value twice", "[STANDARD, SLACK]", "[STANDARD, STANDARD]", "kind.enum: STANDARD is there twice"],
    ["a broken document", "kinds:", "kinds: {", "yaml: "],
  ];
  test.for(rows)("%s", ([, before, after, message]) => {
    edit("schemas/fields/qovery.yaml", after, before);
    const { status, stdout, stderr } = generate("--root", root);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("schemas/fields/qovery.yaml: ");
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
  });

  test("a reference to a kind that there is not", () => {
    edit("schemas/fields/cloudflare.yaml", "ref: cloudflare/hook", "ref: cloudflare/webhook");
    expect(generate("--root", root).stderr).toBe(
      "schemas/fields/cloudflare.yaml: kinds.policy.fields.mechanisms.fields.webhooks.items.ref: there is no kind cloudflare/hook\n",
    );
  });

  test("a condition on a field that there is not", () => {
    edit("schemas/fields/northflank.yaml", "path: kind, values: [RAW", "path: type, values: [RAW");
    expect(generate("--root", root).stderr).toBe(
      "schemas/fields/northflank.yaml: kinds.notification.fields.secret.onlyWith.path: there is no field kind\n",
    );
  });
});

function check(): ReturnType<typeof generate> {
  return generate("--check", "--root", root);
}

function generate(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const script = path.join(repository, "scripts/generate.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", script, ...args], {
    cwd: repository,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

function edit(file: string, after: string, before: string): void {
  const absolute = path.join(root, file);
  const text = readFileSync(absolute, "utf8");
  if (!text.includes(before)) throw new Error(`${file} does not hold ${before}`);
  writeFileSync(
    absolute,
    text.replace(before, () => after),
  );
}

function writeCode(file: string, text: string): void {
  const absolute = path.join(root, file);
  mkdirSync(path.dirname(absolute), { recursive: true });
  writeFileSync(absolute, `${text}\n`);
}
