/** The documentation is held against the product: its YAML validates, its commands exist, its links lead somewhere. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseDocument } from "yaml";
import { afterAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../src/commands/table.ts";
import { renderDiagnostics } from "../src/config/render.ts";
import { parseSeed } from "../src/emulator/seed.ts";
import { load } from "./config/support.ts";
import { runCli } from "./support/cli.ts";

const root = path.join(import.meta.dirname, "..");
const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].concat(
  ["docs", "examples"].flatMap(markdownBelow),
);
const folder = mkdtempSync(path.join(tmpdir(), "bellhop-docs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function markdownBelow(name: string): string[] {
  return readdirSync(path.join(root, name), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => `${name}/${file}`);
}

interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(path.join(root, page), "utf8");
  return [...text.matchAll(/^ *```([a-z]+)\n([\s\S]*?)^ *```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split("\n").length,
    language: match[1] ?? "",
    text: match[2] ?? "",
  }));
}

const blocks = pages.flatMap(blocksOf);
const named = (wanted: string): [string, Block][] =>
  blocks
    .filter(({ language, page }) => language === wanted && page !== "docs/diagnostics.md")
    .map((block) => [`${block.page}:${block.line}`, block]);
const scripts: Record<string, string> = (
  JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { scripts: Record<string, string> }
).scripts;

/** The emulator's seed is the only other YAML that the documentation shows. */
const isSeed = ([, { text }]: [string, Block]): boolean => text.startsWith("resources:");
const seeds = named("yaml").filter(isSeed);
const configurations = named("yaml").filter((block) => !isSeed(block));

describe("yaml blocks", () => {
  it("are found", () => expect(named("yaml").length).toBeGreaterThan(0));

  it.each(seeds)("%s is a seed of the emulator", (_name, { text }) => {
    expect(() => parseSeed(text, "seed.yaml")).not.toThrow();
  });

  it.each(configurations)("%s validates", async (_name, block) => {
    const file = path.join(folder, "block.yaml");
    writeFileSync(file, block.text);
    const result = await runCli(["validate", "-f", file], { cwd: folder });
    // A variable that is not set is the reader's to set.
    expect(result.err.replaceAll(/^warning\[missing-variable\].*$/gm, "")).not.toMatch(/^error/m);
    expect(result.code).toBe(0);
  });
});

describe("docs/diagnostics.md", () => {
  const page = "docs/diagnostics.md";
  const text = readFileSync(path.join(root, page), "utf8");
  const env = { NORTHFLANK_API_TOKEN: "x", SCALINGO_API_TOKEN: "x", HOOK_SECRET: "x" };
  const sections = text.split(/^### /m).map((section) => ({
    code: /^`([a-z-]+)`/.exec(section)?.[1] ?? "",
    yaml: /^```yaml\n([\s\S]*?)^```$/m.exec(section)?.[1],
    warning: /\*\*Warning\.\*\*|A warning/.test(section),
  }));
  const examples = sections.flatMap(({ code, yaml, warning }) =>
    yaml === undefined ? [] : [{ code, warning, files: filesOf(yaml) }],
  );

  it("shows a file for every code that one file or two can cause", () => {
    const shown = new Set(examples.map(({ code }) => code));
    const without = sections.map(({ code }) => code).filter((code) => code !== "" && !shown.has(code));
    expect(without).toEqual(["file-not-found", "file-unreadable", "reference-cycle", "bad-variables-file"]);
  });

  it.each(examples)("$code is what its example gives, and all of it", async ({ code, warning, files }) => {
    const { diagnostics } = await load(files, { env });
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    const [diagnostic] = diagnostics;
    expect(diagnostic?.severity).toBe(warning ? "warning" : "error");
    const marked = Object.entries(files).flatMap(([file, content]) =>
      content.split("\n").flatMap((line, index) => (line.includes("←") ? [`${file}:${index + 1}`] : [])),
    );
    expect([`${diagnostic?.file}:${diagnostic?.line}`]).toEqual(marked);
  });

  it("begins with what a person is shown", async () => {
    const shown = /^```text\n([\s\S]*?)\n```$/m.exec(text)?.[1];
    const files = examples.find(({ code }) => code === "bad-enum")?.files ?? {};
    const { diagnostics } = await load(files, { env });
    expect(renderDiagnostics(diagnostics, { color: false })).toBe(shown);
  });
});

/** A block that begins with a comment like `# teams/web.yaml` is several files, and each of them begins so. */
function filesOf(yaml: string): Readonly<Record<string, string>> {
  const parts = yaml.split(/^# (\S+\.yaml)\n/m);
  if (parts.length === 1) return { "notifications.yaml": yaml };
  const names = parts.filter((_, index) => index % 2 === 1);
  return Object.fromEntries(names.map((name, index) => [name, parts[index * 2 + 2] ?? ""]));
}

/** Pipelines of CI systems, told apart from our own configuration by the language of their fence. */
describe("yml blocks", () => {
  it("are found", () => expect(named("yml").length).toBeGreaterThan(1));

  it.each(named("yml"))("%s is a pipeline whose commands and options exist", async (_name, block) => {
    const document = parseDocument(block.text, { uniqueKeys: true });
    expect(document.errors).toEqual([]);
    const pipeline: unknown = document.toJS();
    const jobs = Object.values(member(pipeline, "jobs") ?? pipeline ?? {}).filter(
      (job) => member(job, "script") !== undefined || member(job, "steps") !== undefined,
    );
    expect(jobs.length).toBeGreaterThan(0);
    const scripts = jobs.flatMap((job) => [
      ...listOf(member(job, "script")),
      ...listOf(member(job, "steps")).flatMap((step) => {
        expect(Object.keys(step as object).filter((name) => name === "run" || name === "uses")).toHaveLength(
          1,
        );
        return listOf(member(step, "run"));
      }),
    ]);
    const commands = scripts
      .flatMap((script) => String(script).split("\n"))
      .filter((line) => line.startsWith("bellhop "));
    expect(commands.length).toBeGreaterThan(0);
    expect((await Promise.all(commands.map(wrongIn))).flat()).toEqual([]);
    const needs = jobs.flatMap((job) => listOf(member(job, "needs")));
    const names = Object.keys((member(pipeline, "jobs") ?? pipeline) as object);
    expect(needs.filter((name) => !names.includes(String(name)))).toEqual([]);
  });
});

const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;

const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

describe("console blocks", () => {
  it("are found", () => expect(named("console").length).toBeGreaterThan(0));

  it.each(named("console"))("%s names commands and options that exist", async (_name, block) => {
    const lines = block.text.split("\n").filter((line) => line.startsWith("$ "));
    expect(lines.length).toBeGreaterThan(0);
    const commands = lines.flatMap((line) => line.slice(2).split(" && "));
    expect((await Promise.all(commands.map(wrongIn))).flat()).toEqual([]);
  });
});

/** What is wrong with a command line; nothing when it would be understood. */
async function wrongIn(line: string): Promise<readonly string[]> {
  const [program = "", first = "", second = ""] = line.split(/\s+/);
  if (program === "npm") {
    const known = ["ci", "test", "link"].includes(first) || (first === "run" && second in scripts);
    return known ? [] : [`${line}: no such script`];
  }
  const entry = COMMANDS.find(({ name, parent }) =>
    parent === undefined ? name === first : parent === first && name === second,
  );
  if (program !== "bellhop" || entry === undefined) return [`${line}: no such command`];
  const flags = (await entry.load()).options.flatMap((option) => option.flags.split(/[ ,]+/));
  const used: readonly string[] = line.match(/(?<=\s)--?[a-z][a-z-]*/g) ?? [];
  return used.filter((flag) => !flags.includes(flag)).map((flag) => `${line}: no option ${flag}`);
}

describe("the README's first minutes", () => {
  it("work as written", async () => {
    const cwd = mkdtempSync(path.join(folder, "minutes-"));
    const block = blocks.find(({ page, text }) => page === "README.md" && text.includes("bellhop init"));
    const commands =
      block?.text.split("\n").flatMap((line) => /^\$ bellhop (.*)$/.exec(line)?.[1] ?? []) ?? [];
    expect(commands).toContain("apply --yes");
    for (const command of commands.filter((one) => one !== "daemon")) {
      const { code, err } = await runCli(command.split(" "), { cwd });
      expect({ command, code, err: code === 0 ? "" : err }).toEqual({ command, code: 0, err: "" });
    }
    const emitted = await runCli(["emit", "build:failure", "--project", "web-shop"], { cwd });
    expect(emitted).toMatchObject({ code: 0, out: expect.stringMatching(/no daemon is running/) });
    expect((await runCli(["deliveries", "list"], { cwd })).code).toBe(0);
    expect((await runCli(["status"], { cwd })).code).toBe(0);
  });
});

describe("links", () => {
  const links = pages.flatMap((page) =>
    [...readFileSync(path.join(root, page), "utf8").matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(
      (match): [string, string] => [page, match[1] ?? ""],
    ),
  );

  it.each(links)("%s → %s", (page, link) => {
    expect(existsSync(path.join(root, path.dirname(page), link))).toBe(true);
  });
});

describe("docs/commands.md", () => {
  it("describes every command, and no other", () => {
    const page = readFileSync(path.join(root, "docs/commands.md"), "utf8");
    const described = [...page.matchAll(/^\| `bellhop ([a-z]+(?: [a-z]+)?)/gm)].map((match) => match[1]);
    const known = COMMANDS.map(({ name, parent }) => (parent === undefined ? name : `${parent} ${name}`));
    expect(new Set(described)).toEqual(new Set(known));
  });
});

describe("scripts of package.json", () => {
  it.each(["demo", "test", "check", "generate"])("has %s", (name) =>
    expect(scripts[name]).toBeTypeOf("string"),
  );
});
