/** import and adopt as people run them, against the emulated APIs. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/server.ts";
import type { RunningEmulator } from "../../src/emulator/server.ts";
import { kindSpecs } from "../../src/generated/kinds.ts";
import { emulators } from "../../src/generated/registry.ts";
import { concealWith } from "../../src/model/conceal.ts";
import type { Fields } from "../../src/model/value.ts";
import type { Store } from "../../src/store/contract.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { BASE, DESTINATION } from "../conformance/kinds/samples.ts";
import type { CliResult } from "../support/cli.ts";
import { runCli } from "../support/cli.ts";
import { tempDir } from "../support/temp.ts";

const conceal = concealWith(Object.fromEntries(kindSpecs.map((kind) => [kind.kind, kind])));
const ORGANIZATION = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
const ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353";

let cwd = "";
let store: Store;
let emulator: RunningEmulator;
beforeEach(async () => {
  cwd = await tempDir();
  store = openMemoryStore();
  emulator = await startEmulator({
    listen: "127.0.0.1:0",
    emulators,
    kinds: kindSpecs,
    store,
    rateLimits: "off",
  });
});
afterEach(() => emulator.close());

const env = { API_TOKEN: "tk-us-import" };
const cli = (line: string, more: Record<string, string> = {}): Promise<CliResult> =>
  runCli(line.split(" "), { cwd, env: { ...env, ...more } });
const write = (name: string, text: string): Promise<void> => writeFile(join(cwd, name), text);
const read = (name: string): Promise<string> => readFile(join(cwd, name), "utf8");

async function put(kind: string, scope: string, id: string, spec: Fields): Promise<void> {
  const time = "2026-01-01T00:00:00.000Z";
  await store.write((records) => {
    const record = { uid: `${kind} ${id}`, kind, scope, id, spec: conceal(kind, spec) };
    records.push({ ...record, confirm: false, createdAt: time, updatedAt: time });
  });
}

const TARGETS: Readonly<Record<string, string>> = {
  northflank: "provider: northflank",
  scalingo: "provider: scalingo, app: storefront",
  qovery: `provider: qovery, organizationId: ${ORGANIZATION}`,
  cloudflare: `provider: cloudflare, accountId: ${ACCOUNT}`,
};

const targetsOnly = (provider: string): string =>
  `version: 1\ntargets:\n  there: { ${TARGETS[provider] ?? ""}, api: { url: "${emulator.url}", token: "\${env:API_TOKEN}" } }\n`;

/** One or more objects of everything, and how many of them are ours to take. */
const WORLDS: Readonly<Record<string, { readonly fill: () => Promise<void>; readonly imported: number }>> = {
  northflank: {
    imported: 2,
    fill: async () => {
      const base = BASE["northflank/notification"] ?? {};
      await put("northflank/notification", "", "builds", base);
      await put("northflank/notification", "", "builds-2", {
        ...base,
        name: "Builds 2",
        restricted: false,
        projects: [],
      });
      await put("northflank/notification", "", "by-oauth", { ...base, name: "By OAuth", type: "SLACK" });
    },
  },
  scalingo: {
    imported: 2,
    fill: async () => {
      await put(
        "scalingo/notifier",
        "storefront",
        "no-11111111-1111-4111-8111-111111111111",
        BASE["scalingo/notifier"] ?? {},
      );
      await put(
        "scalingo/notification",
        "storefront",
        "575a917de6d67217900386e6",
        BASE["scalingo/notification"] ?? {},
      );
      await put("scalingo/notifier", "storefront", "no-22222222-2222-4222-8222-222222222222", {
        name: "Default notifier",
        platform: "email",
        type_data: { user_ids: ["us-1"] },
      });
    },
  },
  qovery: {
    imported: 2,
    fill: async () => {
      const base = BASE["qovery/webhook"] ?? {};
      await put("qovery/webhook", ORGANIZATION, "11111111-1111-4111-8111-111111111111", base);
      await put("qovery/webhook", ORGANIZATION, "22222222-2222-4222-8222-222222222222", {
        ...base,
        description: 'costs ${env:NOTHING} and "quotes": # no comment',
      });
    },
  },
  cloudflare: {
    imported: 3,
    fill: async () => {
      await put("cloudflare/webhook", ACCOUNT, DESTINATION, BASE["cloudflare/webhook"] ?? {});
      await put("cloudflare/webhook", ACCOUNT, "22222222222242228222222222222222", {
        name: "Slack",
        url: "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx",
      });
      await put("cloudflare/policy", ACCOUNT, "33333333333343338333333333333333", {
        ...BASE["cloudflare/policy"],
        mechanisms: { webhooks: [{ id: DESTINATION }] },
      });
    },
  },
};

describe.each(Object.keys(WORLDS))("import from %s", (provider) => {
  test("writes a file that validates and plans nothing", async () => {
    await write("notifications.yaml", targetsOnly(provider));
    await WORLDS[provider]?.fill();
    const before = await store.read();
    const imported = await cli("import there --write imported.yaml --vars secrets.env");
    expect([imported.code, imported.err]).toEqual([0, expect.stringContaining("imported")]);
    expect(imported.err).toContain(`imported ${WORLDS[provider]?.imported ?? 0} from there`);
    expect(await read("imported.yaml")).not.toMatch(/hooks\/|first-secret|T00000000/);
    expect((await stat(join(cwd, "secrets.env"))).mode & 0o777).toBe(0o600);
    const validated = await cli("validate -f imported.yaml --vars secrets.env");
    expect([validated.code, validated.out]).toEqual([0, expect.not.stringContaining("error")]);
    const planned = await cli("plan -f imported.yaml --vars secrets.env --exit-code --format json");
    expect(JSON.parse(planned.out)).toMatchObject({ changes: [], blocked: [] });
    expect(planned.code).toBe(0);
    expect(await store.read()).toEqual(before);
    const again = await cli("import there -f imported.yaml --vars secrets.env");
    expect(again.err).toContain("nothing to import: there has nothing");
  });
});

test("import writes a file to be included where the configuration has integrations already", async () => {
  const kind = "northflank/notification";
  const mine = `${targetsOnly("northflank")}integrations:
  mine:
    kind: ${kind}
    spec: { name: Mine, type: DISCORD, webhook: "https://discord.com/api/webhooks/1/2", events: ["trigger:build:*"] }
`;
  await write("notifications.yaml", mine);
  expect((await cli("apply --yes")).code).toBe(0);
  await put(kind, "", "builds", BASE[kind] ?? {});
  const imported = await cli("import there --vars secrets.env --write imported.yaml");
  expect([imported.code, imported.err]).toEqual([0, expect.stringContaining("imported")]);
  expect(imported.err).toContain("mine manages it already");
  expect(await read("imported.yaml")).not.toContain("targets:");
  await write("notifications.yaml", `${mine}include: [imported.yaml]\n`);
  const planned = await cli("plan --exit-code --vars secrets.env");
  expect([planned.code, planned.out]).toEqual([0, expect.any(String)]);
});

test("import refuses to overwrite, and a target that is not there", async () => {
  await write("notifications.yaml", targetsOnly("northflank"));
  await write("taken.yaml", "");
  expect((await cli("import there --write taken.yaml")).err).toContain("is there already");
  const unknown = await cli("import elsewhere");
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining("there is no target elsewhere")]);
});

describe("adopt", () => {
  const declared = (name: string): string =>
    `${targetsOnly("cloudflare")}integrations:\n  on-call:\n    kind: cloudflare/webhook\n    spec: { name: ${name}, url: "https://ci.example.com/hooks/cloudflare-0001" }\n`;

  test("takes an object over by its id in either spelling, and changes nothing there", async () => {
    await write("notifications.yaml", declared("Other"));
    await put("cloudflare/webhook", ACCOUNT, DESTINATION, BASE["cloudflare/webhook"] ?? {});
    const before = await store.read();
    const adopted = await cli("adopt on-call b115d5ec-15c6-41ee-8b76-92c449b5227b");
    expect([adopted.code, adopted.err]).toEqual([0, expect.stringContaining("on-call is")]);
    expect(await store.read()).toEqual(before);
    const { changes } = JSON.parse((await cli("plan --format json")).out);
    expect(changes).toMatchObject([
      { op: "update", fields: [{ path: "name", before: "On call", after: "Other" }] },
    ]);
    expect((await cli("apply --yes")).code).toBe(0);
    expect((await store.read()).map(({ id, spec }) => [id, spec["name"]])).toEqual([[DESTINATION, "Other"]]);
  });

  test.each([
    ["on-call 99999999999949998999999999999999", "has no cloudflare/webhook with this id"],
    [`nobody ${DESTINATION}`, "there is no integration nobody"],
  ])("refuses %s", async (args, why) => {
    await write("notifications.yaml", declared("Other"));
    const refused = await cli(`adopt ${args}`);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(why)]);
  });
});
