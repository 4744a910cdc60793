/** import as people run it, against the emulated APIs and against stores. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { revealAll } from "../../src/model/conceal.ts";
import type { StoreRecord } from "../../src/model/record.ts";
import type { Fields } from "../../src/model/value.ts";
import { BASE, DESTINATION } from "../conformance/kinds/samples.ts";
import { normalForm } from "../conformance/kinds/sides.ts";
import { emulated } from "../support/emulated.ts";
import type { Emulated, Side } from "../support/emulated.ts";
import { tempDir } from "../support/temp.ts";

const NORTHFLANK = "northflank/notification";
const base = (kind: string, over: Fields = {}): Fields => ({ ...BASE[kind], ...over });
const sides: readonly Side[] = ["store", "api"];

/** Objects of everything, and how many of them are ours to take through the API. */
const WORLDS: Readonly<
  Record<
    string,
    { readonly fill: (at: Emulated) => Promise<void>; readonly foreign: number; readonly all: number }
  >
> = {
  northflank: {
    all: 3,
    foreign: 1,
    fill: async ({ put }) => {
      await put(NORTHFLANK, "builds", base(NORTHFLANK));
      await put(
        NORTHFLANK,
        "builds-2",
        base(NORTHFLANK, { name: "Builds 2", restricted: false, projects: [] }),
      );
      await put(NORTHFLANK, "by-oauth", {
        name: "By OAuth",
        type: "SLACK",
        webhook: "https://x.example/y",
        events: {},
      });
    },
  },
  scalingo: {
    all: 3,
    foreign: 1,
    fill: async ({ put }) => {
      await put("scalingo/notifier", "no-11111111-1111-4111-8111-111111111111", base("scalingo/notifier"));
      await put("scalingo/notification", "575a917de6d67217900386e6", base("scalingo/notification"));
      await put("scalingo/notifier", "no-22222222-2222-4222-8222-222222222222", {
        name: "Default notifier",
        platform: "email",
        type_data: { user_ids: ["us-1"] },
      });
    },
  },
  qovery: {
    all: 2,
    foreign: 0,
    fill: async ({ put }) => {
      await put("qovery/webhook", "11111111-1111-4111-8111-111111111111", base("qovery/webhook"));
      const description = 'costs ${env:NOTHING} and "quotes": # no comment\nand a line 🎉';
      await put(
        "qovery/webhook",
        "22222222-2222-4222-8222-222222222222",
        base("qovery/webhook", { description }),
      );
    },
  },
  cloudflare: {
    all: 3,
    foreign: 0,
    fill: async ({ put }) => {
      await put("cloudflare/webhook", DESTINATION, base("cloudflare/webhook"));
      const url = "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx";
      await put("cloudflare/webhook", "22222222222242228222222222222222", { name: "Slack", url });
      const mechanisms = { webhooks: [{ id: DESTINATION }] };
      await put(
        "cloudflare/policy",
        "33333333333343338333333333333333",
        base("cloudflare/policy", { mechanisms }),
      );
    },
  },
};

describe.each(Object.entries(WORLDS))("from %s", (provider, world) => {
  test.each(sides)("in the %s: a file that validates and plans nothing, alone and included", async (side) => {
    const at = await emulated(provider, side);
    const { cli, write, read } = at;
    await write("notifications.yaml", at.target());
    await world.fill(at);
    const before = await at.records();
    const imported = await cli("import there --write imported.yaml --vars secrets.env");
    expect([imported.code, imported.out]).toEqual([0, ""]);
    const foreign = side === "api" ? world.foreign : 0;
    expect(imported.err).toContain(`imported ${world.all - foreign} from there`);
    expect(imported.err.match(/^left /gm) ?? []).toHaveLength(foreign);
    expect(await read("imported.yaml")).not.toMatch(/hooks\/|first-secret|T00000000|tk-us/);
    expect(await at.mode("secrets.env")).toBe(0o600);
    const validated = await cli("validate -f imported.yaml --vars secrets.env");
    expect([validated.code, validated.out]).toEqual([0, expect.not.stringContaining("error")]);
    for (const line of [
      "plan -f imported.yaml --vars secrets.env",
      "plan -f imported.yaml",
      "plan -f notifications.yaml -f imported.yaml --vars secrets.env",
    ]) {
      const planned = await cli(`${line} --exit-code --format json`);
      expect(JSON.parse(planned.out)).toMatchObject({ changes: [], blocked: [] });
      expect([line, planned.code]).toEqual([line, 0]);
    }
    // A store of ours learns the keys and nothing else; an API is not written to.
    const after = await at.records();
    const said = (records: readonly StoreRecord[]): unknown =>
      records.map(({ id, kind, spec }) => [id, normalForm(kind, revealAll(spec) as Fields)]);
    expect(side === "api" ? after : said(after)).toEqual(side === "api" ? before : said(before));
    await write("notifications.yaml", `${at.target()}include: [imported.yaml]\n`);
    expect((await cli("plan --exit-code --vars secrets.env")).code).toBe(0);
    expect((await cli("import there --vars secrets.env")).err).toContain("imported 0 from there");
  });
});

test("the whole document", async () => {
  const at = await emulated("cloudflare", "api");
  await at.write("notifications.yaml", at.target("ownership: recorded, "));
  await WORLDS["cloudflare"]?.fill(at);
  const { out, err } = await at.cli("import there");
  expect(out.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "http://emulator")).toMatchInlineSnapshot(`
    "version: 1
    targets:
      there:
        provider: cloudflare
        accountId: 3c90c3cc0d444b5088888dd25736052a
        ownership: recorded
        api:
          url: http://emulator
          token: \${env:API_TOKEN}
    integrations:
      # never given back, so add what it has before you change it: secret
      on-call:
        kind: cloudflare/webhook
        target: there
        spec:
          name: On call
          url: \${env:ON_CALL_URL}
      # never given back, so add what it has before you change it: secret
      slack:
        kind: cloudflare/webhook
        target: there
        spec:
          name: Slack
          url: \${env:SLACK_URL}
      attacks:
        kind: cloudflare/policy
        target: there
        spec:
          name: Attacks
          alert_type: dos_attack_l7
          mechanisms:
            webhooks:
              - ref: on-call
          description: Attacks on the shop
          alert_interval: 30m
          filters:
            zones:
              - zone-one
    "
  `);
  expect(err).toMatchInlineSnapshot(`
    "on-call: cloudflare/webhook never gives back secret; if it has one, add it before you change on-call
    slack: cloudflare/webhook never gives back secret; if it has one, add it before you change slack
    slack: url has a value that is not given back whole; set the variable SLACK_URL to it
    set these variables, or import with --vars FILE to have them written: ON_CALL_URL
    imported 3 from there
    use the file in place of the configuration, or include it there, before the next apply: what is in the inventory and in no file is deleted
    "
  `);
});

describe("keys", () => {
  test("are made of names, unique, and of ids where there is no name", async () => {
    const at = await emulated("cloudflare", "store");
    await at.write("notifications.yaml", at.target());
    const url = "https://a.example/";
    await at.put("cloudflare/webhook", "a".repeat(32), { name: "On Call!", url });
    await at.put("cloudflare/webhook", "b".repeat(32), { name: "on call", url });
    await at.put("cloudflare/webhook", "c".repeat(32), { name: "🎉", url });
    await at.put("cloudflare/webhook", "d".repeat(32), { name: "given", url }, { key: "kept" });
    await at.put("cloudflare/policy", "e".repeat(32), base("cloudflare/policy", { name: "Été & co" }));
    await at.cli("import there --write imported.yaml");
    const keys = [...(await at.read("imported.yaml")).matchAll(/^ {2}(\S+):$/gm)].map((match) => match[1]);
    expect(keys).toEqual(["there", "on-call", "on-call-2", "webhook-cccccccc", "kept", "ete-co"]);
    const { records } = JSON.parse(await at.read("store.json"));
    expect(records.map(({ key }: { key: string }) => key)).toEqual(keys.slice(1));
  });

  test("stay when it is imported again", async () => {
    const at = await emulated("northflank", "api");
    await at.write("notifications.yaml", at.target());
    await WORLDS["northflank"]?.fill(at);
    const first = await at.cli("import there");
    await at.put(NORTHFLANK, "more", base(NORTHFLANK, { name: "Builds 3" }));
    const second = await at.cli("import there");
    const { integrations } = JSON.parse((await at.cli("state list --format json")).out);
    expect(integrations.map(({ key }: { key: string }) => key)).toEqual(["builds", "builds-2", "builds-3"]);
    expect(second.out.startsWith(first.out)).toBe(true);
  });
});

describe("what is left where it is", () => {
  test("what somebody declared", async () => {
    const at = await emulated("northflank", "api");
    const mine = `${at.target()}integrations:
  mine:
    kind: ${NORTHFLANK}
    spec: { name: Mine, type: DISCORD, webhook: "https://discord.com/api/webhooks/1/2", events: ["trigger:build:*"] }
`;
    await at.write("notifications.yaml", mine);
    expect((await at.cli("apply --yes")).code).toBe(0);
    await at.put(NORTHFLANK, "builds", base(NORTHFLANK));
    const imported = await at.cli("import there --vars secrets.env --write imported.yaml");
    expect([imported.code, imported.err]).toEqual([0, expect.stringContaining("imported 1 from there\n")]);
    expect(await at.read("imported.yaml")).not.toContain("targets:");
    await at.write("notifications.yaml", `${mine}include: [imported.yaml]\n`);
    expect((await at.cli("plan --exit-code --vars secrets.env")).code).toBe(0);
  });

  test("the second of one name, which a file could not tell from the first", async () => {
    const at = await emulated("scalingo", "api");
    await at.write("notifications.yaml", at.target());
    await at.put("scalingo/notifier", "no-1", base("scalingo/notifier"));
    await at.put("scalingo/notifier", "no-2", base("scalingo/notifier"));
    const { err } = await at.cli("import there --write imported.yaml");
    expect(err).toContain('left scalingo/notifier no-2: another one has the name "Deploys" too');
    expect((await at.cli("plan -f imported.yaml --exit-code")).code).toBe(0);
  });

  test("what the format refuses, with the reason", async () => {
    const at = await emulated("northflank", "api");
    await at.write("notifications.yaml", at.target());
    await at.put(NORTHFLANK, "nowhere", base(NORTHFLANK, { projects: [] }));
    await at.put(NORTHFLANK, "builds", base(NORTHFLANK));
    const { code, err } = await at.cli("import there --write imported.yaml");
    expect([code, err]).toEqual([
      0,
      expect.stringContaining("left northflank/notification nowhere: a file cannot say it: "),
    ]);
    expect(err).toContain("restricted-without-projects");
    expect((await at.cli("plan -f imported.yaml --exit-code")).code).toBe(0);
  });
});

describe("secrets", () => {
  test("a value that does not come back is a variable to set, and setting it is one update", async () => {
    const at = await emulated("qovery", "api");
    await at.write("notifications.yaml", at.target());
    await WORLDS["qovery"]?.fill(at);
    const { err } = await at.cli("import there --write imported.yaml --vars secrets.env");
    expect(err).toContain("set the variable FAILURES_TARGET_SECRET to it");
    expect(await at.read("secrets.env")).not.toContain("TARGET_SECRET");
    // Nothing is written without it.
    expect(await at.cli("apply --yes -f imported.yaml --vars secrets.env")).toMatchObject({
      code: 1,
      err: expect.stringContaining("FAILURES_TARGET_SECRET"),
    });
    const names = err.match(/(?<=set the variable )\w+/g) ?? [];
    const env = Object.fromEntries(names.map((name) => [name, "first-secret"]));
    const { changes } = JSON.parse(
      (await at.cli("plan -f imported.yaml --vars secrets.env --format json", env)).out,
    );
    expect(changes).toMatchObject(names.map(() => ({ op: "update", fields: [{ path: "target_secret" }] })));
    expect((await at.cli("apply --yes -f imported.yaml --vars secrets.env", env)).code).toBe(0);
    expect((await at.cli("plan --exit-code -f imported.yaml --vars secrets.env", env)).code).toBe(0);
  });

  test("every value reads back from the variables file as it is", async () => {
    const at = await emulated("bellhop", "store");
    await at.write("notifications.yaml", at.target());
    const secrets = [
      "plain",
      " spaces ",
      "it's",
      '"quoted"',
      "$HOME ${env:HOME}",
      "line\nbreak\r\n\t",
      "\\n",
      "🎉",
      "#",
    ];
    for (const [index, secret] of secrets.entries()) {
      const spec = { name: `Hook ${index}`, type: "RAW_WEBHOOK", webhook: "https://a.example/", secret };
      await at.put("bellhop/integration", `hook-${index}`, spec);
    }
    await at.write("secrets.env", "KEPT=before");
    await at.cli("import there --write imported.yaml --vars secrets.env");
    expect(await at.read("secrets.env")).toMatch(/^KEPT=before\n/);
    expect(await at.mode("secrets.env")).toBe(0o600);
    const planned = JSON.parse((await at.cli("plan -f imported.yaml --vars secrets.env --format json")).out);
    expect(planned).toMatchObject({ changes: [], unknown: [] });
  });

  test("a name that means something else is not used", async () => {
    const at = await emulated("northflank", "api");
    await at.write("notifications.yaml", at.target());
    await at.put(NORTHFLANK, "builds", base(NORTHFLANK));
    await at.write("secrets.env", "BUILDS_WEBHOOK=https://other.example/\n");
    const env = { BUILDS_WEBHOOK_2: "taken" };
    expect((await at.cli("import there --vars secrets.env --write imported.yaml", env)).code).toBe(0);
    expect(await at.read("imported.yaml")).toContain("webhook: ${env:BUILDS_WEBHOOK_3}");
    expect((await at.cli("plan -f imported.yaml --vars secrets.env --exit-code", env)).code).toBe(0);
  });

  test("a credential that stands in the file in clear is not repeated", async () => {
    const at = await emulated("northflank", "api");
    await at.write("notifications.yaml", at.target().replace("${env:API_TOKEN}", "tk-in-clear"));
    await at.put(NORTHFLANK, "builds", base(NORTHFLANK));
    await at.cli("import there --vars secrets.env --write imported.yaml");
    expect(await at.read("imported.yaml")).not.toContain("tk-in-clear");
    for (const files of ["-f imported.yaml", "-f notifications.yaml -f imported.yaml"]) {
      expect((await at.cli(`plan ${files} --vars secrets.env --exit-code`)).code).toBe(0);
    }
  });
});

test("it refuses to overwrite, and a target that is not there, and writes nothing then", async () => {
  const at = await emulated("northflank", "api");
  await at.write("notifications.yaml", at.target());
  await at.write("taken.yaml", "");
  const taken = await at.cli("import there --write taken.yaml --vars secrets.env");
  expect([taken.code, taken.err]).toEqual([1, expect.stringContaining("taken.yaml is there already")]);
  await expect(at.mode("secrets.env")).rejects.toThrow("ENOENT");
  const unknown = await at.cli("import elsewhere");
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining("there is no target elsewhere")]);
});

test("a file elsewhere finds the store and the state again", async () => {
  const at = await emulated("northflank", "store");
  await at.write("notifications.yaml", at.target());
  await at.put(NORTHFLANK, "builds", base(NORTHFLANK));
  const elsewhere = await tempDir();
  const written = join(elsewhere, "imported.yaml");
  expect((await at.cli(`import there --write ${written} --vars secrets.env`)).code).toBe(0);
  const yaml = await readFile(written, "utf8");
  expect(yaml).toContain(`state: ${join(at.cwd, ".bellhop", "state.json")}`);
  expect(yaml).toMatch(/store: \.\.\/.*store\.json/);
  expect((await at.cli(`plan -f ${written} --vars secrets.env --exit-code`)).code).toBe(0);
});
