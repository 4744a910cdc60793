/** plan, apply and destroy as people run them, with real files. */
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import { beforeEach, describe, expect, test } from "vitest";
import planSchema from "../../schemas/plan.schema.json" with { type: "json" };
import type { CliResult, CliSetup } from "../support/cli.ts";
import { runCli } from "../support/cli.ts";
import {
  SEVEN_KINDS,
  SEVEN_KINDS_ENV,
  SEVEN_KINDS_SECRETS,
  withoutIntegration,
} from "../support/seven-kinds.ts";
import { tempDir } from "../support/temp.ts";

let cwd = "";
let env: Record<string, string> = {};
beforeEach(async () => {
  cwd = await tempDir();
  env = { ...SEVEN_KINDS_ENV };
  await declare(SEVEN_KINDS);
});

const declare = (text: string): Promise<void> => writeFile(join(cwd, "notifications.yaml"), text);
const store = (): string => join(cwd, ".bellhop", "store.json");
const cli = (line: string, setup: Partial<CliSetup> = {}): Promise<CliResult> =>
  runCli(line.split(" "), { cwd, env, ...setup });

async function plan(): Promise<Record<string, unknown> & { changes: Record<string, unknown>[] }> {
  return JSON.parse((await cli("plan --format json")).out);
}

/** Changes the store as somebody else would. */
async function tamper(
  change: (records: { kind: string; key?: string; spec: Record<string, unknown> }[]) => void,
): Promise<void> {
  const document = JSON.parse(await readFile(store(), "utf8"));
  change(document.records);
  await writeFile(store(), JSON.stringify(document));
}

describe("from nothing", () => {
  test("plan shows seven creations and writes nothing", async () => {
    const { code, out, err } = await cli("plan");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("Plan: 7 to create.");
    expect(out).toContain("+ create  cloudflare/policy        attacks  on edge");
    expect(out).toContain("mechanisms.webhooks: { id: (known after apply: on-call) }");
    expect(await readdir(cwd)).toEqual(["notifications.yaml"]);
  });

  test("its JSON is as published, and the same from run to run", async () => {
    const first = await cli("plan --format json");
    expect((await cli("plan --format json")).out).toBe(first.out);
    const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(planSchema);
    validate(JSON.parse(first.out));
    expect(validate.errors).toBeNull();
    expect(JSON.parse(first.out)).toMatchObject({
      formatVersion: 1,
      summary: { create: 7, update: 0, replace: 0, delete: 0, adopt: 0, forget: 0 },
    });
    const applied = JSON.parse((await cli("apply --yes --format json")).out);
    validate(applied);
    expect(validate.errors).toBeNull();
    expect(applied).toMatchObject({
      digest: JSON.parse(first.out).digest,
      outcome: { applied: 7, failed: 0, skipped: 0 },
    });
  });

  test("only what never receives by itself is created without a confirmation", async () => {
    const { changes } = await plan();
    const silent = changes.filter(({ sideEffects }) => JSON.stringify(sideEffects) === "[]");
    expect(silent.map(({ kind }) => kind)).toEqual(["cloudflare/policy"]);
  });
});

describe("once applied", () => {
  beforeEach(async () => {
    const { out, err } = await cli("apply --yes");
    if (!out.includes("Applied: 7 created.")) throw new Error(`the first apply failed: ${err}`);
  });

  test("there is nothing to do, and applying again writes nothing", async () => {
    expect(await cli("plan --exit-code")).toMatchObject({
      code: 0,
      out: "No changes: everything is as declared.\n",
    });
    const before = [
      await readFile(store(), "utf8"),
      await readFile(join(cwd, ".bellhop", "state.json"), "utf8"),
    ];
    expect((await cli("apply --yes")).code).toBe(0);
    expect([
      await readFile(store(), "utf8"),
      await readFile(join(cwd, ".bellhop", "state.json"), "utf8"),
    ]).toEqual(before);
  });

  test("references are stored as ids", async () => {
    const { records } = JSON.parse(await readFile(store(), "utf8"));
    const by = (key: string): { id: string; spec: unknown } =>
      records.find((one: { key: string }) => one.key === key);
    expect(by("attacks").spec).toMatchObject({ mechanisms: { webhooks: [{ id: by("on-call").id }] } });
  });

  test("one changed field is one update that names it", async () => {
    await declare(SEVEN_KINDS.replace("name: Builds", "name: Nightly builds"));
    const { changes } = await plan();
    expect(changes).toMatchObject([
      {
        op: "update",
        key: "builds",
        fields: [{ path: "name", before: "Builds", after: "Nightly builds", why: "changed" }],
        source: { file: "notifications.yaml", line: 17 },
        drift: false,
      },
    ]);
    expect((await cli("plan --exit-code")).code).toBe(2);
    expect((await cli("apply --yes")).out).toContain("Applied: 1 updated.");
    expect((await cli("plan --exit-code")).code).toBe(0);
  });

  test("a changed secret is one update", async () => {
    env["CF_SECRET"] = "another-secret-value";
    const { changes } = await plan();
    expect(changes).toMatchObject([{ op: "update", key: "on-call", fields: [{ path: "secret" }] }]);
  });

  test("a removed block is one deletion", async () => {
    await declare(withoutIntegration(SEVEN_KINDS, "shop-old"));
    expect((await plan()).changes.map(({ op, key }) => [op, key])).toEqual([["delete", "shop-old"]]);
    expect((await cli("apply --yes")).code).toBe(0);
    expect(JSON.parse(await readFile(store(), "utf8")).records).toHaveLength(6);
  });

  test("what has moved or vanished at the target is drift", async () => {
    await tamper((records) => {
      records.splice(
        records.findIndex(({ key }) => key === "shop-old"),
        1,
      );
      for (const record of records) if (record.key === "builds") record.spec["name"] = "Renamed";
    });
    const { changes } = await plan();
    expect(changes.map(({ op, key, drift }) => [op, key, drift])).toEqual([
      ["update", "builds", true],
      ["create", "shop-old", true],
    ]);
    expect((await cli("plan --exit-code")).code).toBe(3);
    await cli("apply --yes");
    expect((await cli("plan --exit-code")).code).toBe(0);
  });

  test("a destination that is made again is re-pointed to in the same apply", async () => {
    await tamper(
      (records) =>
        void records.splice(
          records.findIndex(({ key }) => key === "on-call"),
          1,
        ),
    );
    expect((await cli("apply --yes")).out).toContain("Applied: 1 created, 1 updated.");
    expect((await cli("plan --exit-code")).code).toBe(0);
  });

  test("a store that was written when the state was not is taken back, without duplicates", async () => {
    await writeFile(
      join(cwd, ".bellhop", "state.json"),
      await readFile(join(cwd, ".bellhop", "state.json.previous"), "utf8"),
    );
    await cli("apply --yes");
    expect(JSON.parse(await readFile(store(), "utf8")).records).toHaveLength(7);
    expect((await cli("plan --exit-code")).code).toBe(0);
  });

  test("protection outlives its block: plan and apply exit 4, destroy keeps it", async () => {
    await declare(
      SEVEN_KINDS.replace(
        "    kind: qovery/webhook",
        "    kind: qovery/webhook\n    manage: { protect: true }",
      ),
    );
    await cli("apply --yes");
    await declare(withoutIntegration(SEVEN_KINDS.replace("name: Builds", "name: Other"), "env-hook"));
    expect((await cli("plan --exit-code")).code).toBe(4);
    const applied = await cli("apply --yes");
    expect(applied).toMatchObject({ code: 4, err: "blocked: nothing was applied\n" });
    expect(applied.out).toContain("delete qovery/webhook env-hook");
    expect(await readFile(store(), "utf8")).toContain('"name": "Builds"');
    expect((await cli("destroy --yes")).code).toBe(0);
    const { records } = JSON.parse(await readFile(store(), "utf8"));
    expect(records.map(({ key }: { key: string }) => key)).toEqual(["env-hook"]);
  });

  test("protection comes and goes by plans that say so", async () => {
    const kind = "    kind: qovery/webhook";
    const guarded = SEVEN_KINDS.replace(kind, `${kind}\n    manage: { protect: true }`);
    for (const [text, words] of [
      [guarded, "is protected from now on"],
      [SEVEN_KINDS, "is not protected any more"],
    ] as const) {
      await declare(text);
      expect(await cli("plan --exit-code")).toMatchObject({ code: 2, out: expect.stringContaining(words) });
      const { changes } = JSON.parse((await cli("plan --format json")).out);
      expect(changes).toMatchObject([{ op: "update", key: "env-hook", fields: [], sideEffects: [words] }]);
      const before = await readFile(store(), "utf8");
      expect((await cli("apply --yes")).code).toBe(0);
      expect(await readFile(store(), "utf8")).toBe(before);
      expect((await cli("plan --exit-code")).code).toBe(0);
    }
  });

  test("destroy asks for all that is in the inventory, and leaves strangers", async () => {
    await tamper((records) => {
      const [first] = records;
      const { key: _, ...stranger } = { ...first, uid: "stranger", id: "stranger" };
      if (first !== undefined) records.push({ ...stranger, kind: first.kind, spec: first.spec });
    });
    expect((await cli("destroy", { answers: ["y"] })).code).toBe(1);
    const destroyed = await cli("destroy", { answers: ["yes"] });
    expect(destroyed).toMatchObject({
      code: 0,
      err: expect.stringContaining("Destroy all of this (7 to delete)?"),
    });
    expect(JSON.parse(await readFile(store(), "utf8")).records).toMatchObject([{ uid: "stranger" }]);
  });

  test("no secret, new or old, is in anything that is printed or remembered", async () => {
    await declare(
      SEVEN_KINDS.replaceAll("-path", "-path-changed").replace(
        "secret: ${env:CI_SECRET}",
        "secret: fresh-secret-value",
      ),
    );
    Object.assign(env, {
      SLACK_URL: "https://hooks.slack.com/other/slack-path",
      CF_SECRET: "new-secret-value",
    });
    const printed: string[] = [];
    for (const line of [
      "plan",
      "plan --format json --output markdown=plan.md --output human=plan.txt --output json=plan.json",
      "plan --format markdown",
      "apply --yes --format json",
      "destroy --yes",
    ]) {
      const { code, out, err } = await cli(line);
      expect(code).toBe(0);
      printed.push(out, err);
    }
    for (const file of [
      "plan.md",
      "plan.txt",
      "plan.json",
      ".bellhop/state.json",
      ".bellhop/state.json.previous",
    ]) {
      printed.push(await readFile(join(cwd, file), "utf8"));
    }
    expect(printed.join("\n")).toContain("hooks.slack.com");
    for (const secret of SEVEN_KINDS_SECRETS) expect(printed.join("\n")).not.toContain(secret);
  });
});

describe("asking", () => {
  test("on a terminal apply shows the plan, asks, and does it", async () => {
    const { code, out, err } = await cli("apply", { answers: ["yes"] });
    expect(code).toBe(0);
    expect(out.match(/Plan: 7 to create\./g)).toHaveLength(1);
    expect(out).toContain("Applied: 7 created.");
    expect(err).toContain('Apply this (7 to create)? Only "yes" is accepted: ');
  });

  test("anything but yes changes nothing", async () => {
    const { code, err } = await cli("apply", { answers: ["y"] });
    expect(code).toBe(1);
    expect(err).toContain("not confirmed: nothing was changed");
    expect(await readdir(cwd)).toEqual([".bellhop", "notifications.yaml"]);
    expect(await readdir(join(cwd, ".bellhop"))).toEqual([]);
  });

  test("JSON on stdout stays JSON when there was a question", async () => {
    const { out } = await cli("apply --format json", { answers: ["yes"] });
    expect(JSON.parse(out)).toMatchObject({ outcome: { applied: 7 } });
  });

  test.for(["apply", "destroy"])("elsewhere %s needs --yes", async (command) => {
    const { code, out, err } = await cli(command);
    expect({ code, out }).toEqual({ code: 64, out: "" });
    expect(err).toContain(`${command} needs --yes`);
  });
});

describe("what cannot be done", () => {
  test("a missing variable is shown by plan and refused by apply", async () => {
    delete env["CF_SECRET"];
    const planned = await cli("plan");
    expect(planned.code).toBe(0);
    expect(planned.out).toContain("secret: (not yet known: ${env:CF_SECRET})");
    expect((await cli("apply --yes")).code).toBe(1);
    expect(await readdir(cwd)).toEqual(["notifications.yaml"]);
  });

  test.for<[string, string, string, number]>([
    [
      "a saved plan that is not there",
      "apply plan.json --yes",
      "the plan plan.json is refused: it cannot be read",
      6,
    ],
    ["an output without a file", "plan --output json", "--output json is not FORMAT=FILE", 64],
    ["an output of no format", "plan --output xml=x", "--output xml=x is not FORMAT=FILE", 64],
    [
      "an output over a file of the project",
      "plan --output json=notifications.yaml",
      "would overwrite a file of the project",
      64,
    ],
    [
      "an output that cannot be written",
      "plan --output json=notifications.yaml/p.json",
      "cannot be written",
      1,
    ],
    ["a format that there is not", "plan --format xml", "xml", 64],
  ])("%s", async ([, line, message, code]) => {
    const result = await cli(line);
    expect(result.code).toBe(code);
    expect(result.err).toContain(message);
  });

  test("what was applied is told although its output file cannot be written", async () => {
    const { code, out, err } = await cli("apply --yes --output json=/dev/full");
    expect(code).toBe(1);
    expect(out).toContain("Applied: 7 created.");
    expect(err).toContain("cannot be written");
  });

  test("a target that fails leaves the others: 5 when something was applied, 1 when nothing was", async () => {
    const broken = SEVEN_KINDS.replace("northflank, store: .bellhop", "northflank, store: nf");
    await declare(broken);
    // A folder where the lock file would be: the store can be read and not be written.
    await mkdir(join(cwd, "nf", "store.json.lock"), { recursive: true });
    const applied = await cli("apply --yes");
    expect(applied.code).toBe(5);
    expect(applied.out).toContain("Applied: 6 created, 1 failed.");
    expect(applied.err).toContain("Run it again to do what is left.");
    expect((await cli("apply --yes")).code).toBe(1);
    await rm(join(cwd, "nf", "store.json.lock"), { recursive: true });
    expect((await cli("apply --yes")).out).toContain("Applied: 1 created.");
  });

  test("an API that cannot be reached is a sentence", async () => {
    await declare(
      SEVEN_KINDS.replace(
        "nf: { provider: northflank, store: .bellhop/store.json }",
        "nf: { provider: northflank, api: { url: http://127.0.0.1:1, token: x } }",
      ),
    );
    const { code, err } = await cli("plan");
    expect(code).toBe(1);
    expect(err).toContain(
      "Northflank: GET /v1/integrations/notifications: the connection was refused (ECONNREFUSED)",
    );
  });

  test("a damaged store and a damaged state are sentences, and stay as they are", async () => {
    await cli("apply --yes");
    const state = join(cwd, ".bellhop", "state.json");
    await writeFile(store(), '{ "records": [ {"spec": {"webhook": "https://x.example/slack-path');
    const broken = await cli("plan");
    expect(broken.code).toBe(1);
    expect(broken.err).toContain("cannot be read");
    expect(broken.err).not.toContain("slack-path");
    await writeFile(state, "{");
    expect((await cli("apply --yes")).err).toContain("state.json.previous");
    expect(await readFile(state, "utf8")).toBe("{");
  });
});
