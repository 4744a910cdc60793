/** Guards as people meet them: exit 4, nothing done, and an override that is good for one plan. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { startLoop } from "../../src/app/loop.ts";
import { openConfiguredSession } from "../../src/app/session.ts";
import { loadConfig } from "../../src/config/load.ts";
import { createLog } from "../../src/lib/log.ts";
import type { CliResult, CliSetup } from "../support/cli.ts";
import { runCli } from "../support/cli.ts";
import { tempDir } from "../support/temp.ts";

let cwd = "";
beforeEach(async () => {
  cwd = await tempDir();
});

const cli = (line: string, setup: Partial<CliSetup> = {}): Promise<CliResult> =>
  runCli(line.split(" "), { cwd, ...setup });
const store = (): string => join(cwd, ".bellhop", "store.json");
const stored = async (): Promise<number> => JSON.parse(await readFile(store(), "utf8")).records.length;

interface Declared {
  /** How many integrations of the target house. */
  readonly house: number;
  readonly yard?: number;
  readonly guards?: string;
  readonly manage?: string;
}

async function declare({ house, yard = 0, guards = "", manage = "" }: Declared): Promise<void> {
  const block = (target: string, index: number): string =>
    `  ${target}-${index}: { kind: bellhop/integration, target: ${target}, ${manage}spec: { name: ${target} ${index}, type: RAW_WEBHOOK, webhook: "https://h.example/${index}", events: ["*"] } }`;
  const of = (target: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => block(target, index));
  const blocks = [...of("house", house), ...of("yard", yard)];
  await writeFile(
    join(cwd, "notifications.yaml"),
    `version: 1
targets:
  house: { provider: bellhop, store: .bellhop/store.json${guards} }
  yard: { provider: bellhop, store: .bellhop/yard.json }
integrations:${blocks.length === 0 ? " {}" : `\n${blocks.join("\n")}`}
daemon: { reconcile: { interval: 1h } }
`,
  );
}

async function expectBlocked(why: string): Promise<string> {
  const before = await readFile(store(), "utf8").catch(() => "");
  expect((await cli("plan --exit-code")).code).toBe(4);
  const { code, out, err } = await cli("apply --yes");
  expect({ code, err }).toEqual({ code: 4, err: "blocked: nothing was applied\n" });
  expect(out).toContain(why);
  expect(await readFile(store(), "utf8").catch(() => "")).toBe(before);
  const printed = /bellhop apply --ack-deletes ([0-9a-f]{8,})/.exec(out)?.[1];
  if (printed === undefined) throw new Error(`no override is printed: ${out}`);
  return printed;
}

describe("is refused, and passes with what the refusal prints", () => {
  test.for<[string, Declared, Declared, string]>([
    ["nine of nine", { house: 9, yard: 1 }, { house: 0, yard: 1 }, "all of its 9 objects would be deleted"],
    [
      "31 %",
      { house: 58, yard: 0 },
      { house: 40 },
      "18 objects of 58 would be deleted (31 %), and guards.maxDeletePercent is 30",
    ],
    [
      "an absolute number",
      { house: 100 },
      { house: 79 },
      "21 objects would be deleted, and guards.maxDeletes is 20",
    ],
    [
      "a number that the file says",
      { house: 5, guards: ", guards: { maxDeletes: 1 }" },
      { house: 3, guards: ", guards: { maxDeletes: 1 }" },
      "guards.maxDeletes is 1",
    ],
    ["an empty file", { house: 1 }, { house: 0 }, "no integration is declared at all"],
    [
      "an emptied target",
      { house: 2, yard: 3 },
      { house: 0, yard: 3 },
      "all of its 2 objects would be deleted",
    ],
    [
      "a confirmed removal",
      { house: 3, manage: "manage: { onRemove: confirm }, " },
      { house: 2, manage: "manage: { onRemove: confirm }, " },
      "onRemove says that its deletion must be confirmed",
    ],
  ])("%s", async ([, before, after, why]) => {
    await declare(before);
    expect((await cli("apply --yes")).code).toBe(0);
    await declare(after);
    const printed = await expectBlocked(why);
    expect((await cli(`apply --yes --ack-deletes ${printed}`)).code).toBe(0);
    expect(await stored()).toBe(after.house);
    expect((await cli("plan --exit-code")).code).toBe(0);
  });

  test.for<[string, (records: unknown[]) => unknown[], string]>([
    ["a target that lists nothing", () => [], "the target lists none of the 5 objects"],
    [
      "a target that lists less than half",
      (records) => records.slice(0, 2),
      "the target lists only 2 of the 5 objects",
    ],
  ])("%s", async ([, left, why]) => {
    await declare({ house: 5 });
    await cli("apply --yes");
    const document = JSON.parse(await readFile(store(), "utf8"));
    await writeFile(store(), JSON.stringify({ ...document, records: left(document.records) }));
    const printed = await expectBlocked(why);
    expect((await cli(`apply --yes --ack-deletes ${printed}`)).code).toBe(0);
    expect(await stored()).toBe(5);
  });
});

describe("the override", () => {
  beforeEach(async () => {
    await declare({ house: 9, yard: 1 });
    await cli("apply --yes");
    await declare({ house: 0, yard: 1 });
  });

  test("is good for that plan only", async () => {
    const printed = await expectBlocked("all of its 9 objects");
    await declare({ house: 0, yard: 2 });
    const { code, err } = await cli(`apply --yes --ack-deletes ${printed}`);
    expect({ code, err }).toEqual({
      code: 4,
      err: `blocked: nothing was applied; --ack-deletes ${printed} is for another plan\n`,
    });
    expect(await stored()).toBe(9);
  });

  test("of another plan stops even one that needs none", async () => {
    const printed = await expectBlocked("all of its 9 objects");
    await declare({ house: 8, yard: 1 });
    const { code, err } = await cli(`apply --yes --ack-deletes ${printed}`);
    expect(code).toBe(4);
    expect(err).toContain("is for another plan: nothing was applied");
    expect(await stored()).toBe(9);
    await declare({ house: 9, yard: 1 });
    // Nothing to do is nothing to refuse: a job that runs again ends well.
    expect((await cli(`apply --yes --ack-deletes ${printed}`)).code).toBe(0);
  });

  test.for(["yes", "true", "1234567", "zzzzzzzz"])("is not %s", async (word) => {
    expect((await cli(`apply --yes --ack-deletes ${word}`)).code).toBe(64);
    expect(await stored()).toBe(9);
  });

  test("works for a saved plan, and is asked for by it", async () => {
    const saved = await cli("plan --out plan.json --exit-code");
    expect(saved.code).toBe(4);
    const refused = await cli("apply plan.json");
    expect(refused.code).toBe(4);
    const { digest } = JSON.parse(await readFile(join(cwd, "plan.json"), "utf8"));
    expect((await cli(`apply plan.json --ack-deletes ${digest.slice(0, 8)}`)).code).toBe(0);
    expect(await stored()).toBe(0);
  });

  test("does not answer the question of a terminal", async () => {
    const printed = await expectBlocked("all of its 9 objects");
    expect((await cli(`apply --ack-deletes ${printed}`, { answers: ["no"] })).code).toBe(1);
    expect(await stored()).toBe(9);
    expect((await cli(`apply --ack-deletes ${printed}`, { answers: ["yes"] })).code).toBe(0);
  });

  test("is nothing that destroy needs", async () => {
    expect((await cli("destroy --yes")).code).toBe(0);
    expect(await stored()).toBe(0);
  });
});

test("the daemon's loop does nothing that a guard blocks, and says so", async () => {
  await declare({ house: 9, yard: 1 });
  await cli("apply --yes");
  await declare({ house: 0, yard: 1 });
  const { config } = await loadConfig({
    files: [],
    overlays: [],
    vars: [],
    env: {},
    cwd,
    mode: "daemon",
    strict: false,
  });
  if (config === undefined) throw new Error("the configuration is wrong");
  const logged: string[] = [];
  const loop = startLoop({
    configuration: { current: () => config, reload: () => Promise.resolve() },
    openSession: (current) => openConfiguredSession(current, cwd),
    onApplied: () => undefined,
    log: createLog({ level: "debug", pretty: false, write: (line) => void logged.push(line) }),
    random: () => 0.5,
  });
  await loop.first;
  await loop.stop();
  expect(logged.join("")).toContain("reconcile is blocked");
  expect(logged.join("")).toContain("all of its 9 objects would be deleted");
  expect(await stored()).toBe(9);
});

test("a session refuses what stands in the way, whoever asks", async () => {
  await declare({ house: 2 });
  await cli("apply --yes");
  await declare({ house: 0 });
  const { config } = await loadConfig({
    files: [],
    overlays: [],
    vars: [],
    env: {},
    cwd,
    mode: "apply",
    strict: false,
  });
  if (config === undefined) throw new Error("the configuration is wrong");
  const session = openConfiguredSession(config, cwd);
  const plan = await session.plan();
  await expect(session.apply(plan)).rejects.toMatchObject({ code: "blocked", exitCode: 4 });
  expect(await stored()).toBe(2);
  await session.apply(plan, { acknowledged: plan.plan.digest });
  expect(await stored()).toBe(0);
  await session.close();
});

test("protect, ignore and onRemove together, as they are described", async () => {
  const one = (key: string, manage: string, name = key): string =>
    `  ${key}: { kind: bellhop/integration, target: house, manage: { ${manage} }, spec: { name: ${name}, type: RAW_WEBHOOK, webhook: "https://h.example/${key}", events: ["*"] } }\n`;
  const head =
    "version: 1\ntargets: { house: { provider: bellhop, store: .bellhop/store.json } }\nintegrations:\n";
  const file = join(cwd, "notifications.yaml");
  const base =
    one("kept", "protect: true") +
    one("left", "onRemove: orphan") +
    one("gone", "onRemove: delete") +
    one("stays", "ignore: [name]");
  await writeFile(file, head + base);
  await cli("apply --yes");
  await writeFile(file, head + one("kept", "protect: true") + one("stays", "ignore: [name]", "renamed"));
  const plan = JSON.parse((await cli("plan --format json")).out);
  expect(plan.changes.map(({ op, key }: { op: string; key: string }) => `${op} ${key}`)).toEqual([
    "delete gone",
    "forget left",
  ]);
  expect(plan.kept.map(({ why }: { why: string }) => why)).toEqual([
    "orphaned: onRemove says to leave it where it is",
    "ignored: name differs",
  ]);
  expect((await cli("apply --yes")).code).toBe(0);
  expect(await stored()).toBe(3);
  await writeFile(file, head + one("stays", "ignore: [name]"));
  expect((await cli("plan --exit-code")).code).toBe(4);
  const { digest } = JSON.parse((await cli("plan --format json")).out);
  expect((await cli(`apply --yes --ack-deletes ${digest}`)).code).toBe(4);
  expect(await stored()).toBe(3);
  await rm(store());
});
