/** Targets that are no longer where they were, and stores that two projects share: nothing is left behind or taken over unsaid. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { emulate } from "../emulator/support.ts";
import type { CliResult } from "../support/cli.ts";
import { runCli } from "../support/cli.ts";
import { tempDir } from "../support/temp.ts";

let cwd = "";
beforeEach(async () => {
  cwd = await tempDir();
});

const cli = (line: string, folder = cwd): Promise<CliResult> => runCli(line.split(" "), { cwd: folder });
const declare = (targets: string, integrations: string, folder = cwd): Promise<void> =>
  writeFile(
    join(folder, "notifications.yaml"),
    `version: 1\ntargets:\n  ${targets}\nintegrations:\n${integrations}`,
  );

const notifier = (key: string, target = "shop"): string =>
  `  ${key}: { kind: scalingo/notifier, target: ${target}, spec: { name: ${key}, platform: webhook, selected_events: [app_deployed], type_data: { webhook_url: "https://h.example/${key}" } } }\n`;
const house = (key: string, name = key): string =>
  `  ${key}: { kind: bellhop/integration, spec: { name: ${name}, type: RAW_WEBHOOK, webhook: "https://h.example/${key}", events: ["*"] } }\n`;
const storeAt = (path: string, name = "house"): string => `${name}: { provider: bellhop, store: ${path} }`;

interface Printed {
  readonly changes: readonly {
    readonly op: string;
    readonly key: string;
    readonly target: string;
    readonly sideEffects: readonly string[];
  }[];
  readonly digest: string;
}
const planned = async (): Promise<Printed> => JSON.parse((await cli("plan --format json")).out) as Printed;
const ops = ({ changes }: Printed): string[] =>
  changes.map(({ op, key, target }) => `${op} ${key} on ${target}`);

/** Applied where nothing stands in the way; a plan that moves everything asks for its digest. */
async function applyAll(): Promise<CliResult> {
  const { digest } = await planned();
  const applied = await cli(`apply --yes --ack-deletes ${digest}`);
  expect({ code: applied.code, err: applied.err }).toEqual({ code: 0, err: "" });
  expect((await cli("plan --exit-code")).code).toBe(0);
  return applied;
}

describe("a target whose app is another one now", () => {
  test("loses what it had in the old one, and gets it anew", async () => {
    const emulator = await emulate({ rateLimits: "off" });
    const shop = (app: string): string =>
      `shop: { provider: scalingo, app: ${app}, api: { url: "${emulator.url}", token: any } }`;
    await declare(shop("front"), notifier("one") + notifier("two"));
    expect((await cli("apply --yes")).code).toBe(0);
    await declare(shop("back"), notifier("one"));
    const plan = await planned();
    expect(ops(plan)).toEqual([
      "create one on shop",
      "delete one on shop (front)",
      "delete two on shop (front)",
    ]);
    expect(plan.changes[1]?.sideEffects).toEqual([
      "shop was at front when it was applied, and is at back now",
    ]);
    expect((await cli("plan --exit-code")).code).toBe(4);
    expect((await cli("apply --yes")).out).toContain("all of its 2 objects would be deleted");
    await applyAll();
    expect((await emulator.store.read()).map(({ scope }) => scope)).toEqual(["back"]);
  });

  test("keeps what came along when the app only got another name", async () => {
    const emulator = await emulate({ rateLimits: "off" });
    const shop = (app: string): string =>
      `shop: { provider: scalingo, app: ${app}, api: { url: "${emulator.url}", token: any } }`;
    await declare(shop("front"), notifier("one") + notifier("two"));
    await cli("apply --yes");
    await emulator.store.write((records) => {
      records.splice(0, records.length, ...records.map((record) => ({ ...record, scope: "renamed" })));
    });
    await declare(shop("renamed"), notifier("one") + notifier("two"));
    expect((await cli("plan --exit-code")).code).toBe(0);
  });

  test("is destroyed where its objects are", async () => {
    const emulator = await emulate({ rateLimits: "off" });
    const shop = (app: string): string =>
      `shop: { provider: scalingo, app: ${app}, api: { url: "${emulator.url}", token: any } }`;
    await declare(shop("front"), notifier("one"));
    await cli("apply --yes");
    await declare(shop("back"), notifier("one"));
    expect((await cli("destroy --yes")).out).toContain("deleted scalingo/notifier one on shop (front)");
    expect(await emulator.store.read()).toEqual([]);
  });
});

test("an API at another URL that has none of the objects is refused, and what to do is said", async () => {
  const [first, second] = [await emulate({ rateLimits: "off" }), await emulate({ rateLimits: "off" })];
  const shop = (url: string, name = "shop"): string =>
    `${name}: { provider: scalingo, app: front, api: { url: "${url}", token: any } }`;
  await declare(shop(first.url), notifier("one"));
  await cli("apply --yes");
  await declare(shop(second.url), notifier("one"));
  const refused = await cli("apply --yes");
  expect(refused.code).toBe(4);
  expect(refused.out).toContain(
    `shop was at ${first.url}/ when it was applied, and is at ${second.url}/ now`,
  );
  expect(refused.out).toContain("or let it go with bellhop state rm one");
  expect(await first.store.read()).toHaveLength(1);
  // A target that is where it was takes over what is there: there it can be deleted.
  await declare(`${shop(second.url)}\n  ${shop(first.url, "before")}`, notifier("one"));
  expect(ops(await planned())).toEqual(["delete one on before", "create one on shop"]);
  await applyAll();
  expect([await first.store.read(), await second.store.read()].map(({ length }) => length)).toEqual([0, 1]);
});

test("an API behind another URL that has the objects is the same one", async () => {
  const emulator = await emulate({ rateLimits: "off" });
  const shop = (url: string): string =>
    `shop: { provider: scalingo, app: front, api: { url: "${url}", token: any } }`;
  await declare(shop(emulator.url), notifier("one") + notifier("two"));
  await cli("apply --yes");
  await emulator.store.write((records) => void records.pop());
  await declare(shop(emulator.url.replace("127.0.0.1", "localhost")), notifier("one") + notifier("two"));
  const { code, out } = await cli("plan --exit-code");
  expect({ code, out }).toEqual({
    code: 3,
    out: expect.stringContaining("+ create  scalingo/notifier  two"),
  });
});

describe("a store at another path", () => {
  beforeEach(async () => {
    await declare(storeAt("old.json"), house("one") + house("two"));
    await cli("apply --yes");
    await declare(storeAt("new/store.json"), house("one") + house("two"));
  });

  test("is emptied, and the new one is filled", async () => {
    expect(ops(await planned())).toEqual([
      "create one on house",
      "create two on house",
      "delete one on house (old.json)",
      "delete two on house (old.json)",
    ]);
    await applyAll();
    const records = async (file: string): Promise<unknown[]> =>
      JSON.parse(await readFile(join(cwd, file), "utf8")).records;
    expect([await records("old.json"), await records("new/store.json")].map(({ length }) => length)).toEqual([
      0, 2,
    ]);
  });

  test("whose old one cannot be read is left alone, and what to do is said", async () => {
    await writeFile(join(cwd, "old.json"), "no store");
    const { code, out, err } = await cli("apply --yes");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toBe(
      [
        `error: house was at old.json when it was applied, and is at new/store.json now; what is still there cannot be read: the store ${join(cwd, "old.json")} cannot be read: it is not JSON (cut short, or edited by hand?)`,
        "  hint: let the target be where it was until that is removed, or let it go with bellhop state rm KEY",
        "",
      ].join("\n"),
    );
    expect(await readFile(join(cwd, "old.json"), "utf8")).toBe("no store");
  });

  test("with its file changes nothing", async () => {
    await mkdir(join(cwd, "new"));
    await rename(join(cwd, "old.json"), join(cwd, "new/store.json"));
    expect((await cli("plan --exit-code")).code).toBe(0);
    await cli("apply --yes");
    expect((await cli("state show one")).out).toMatch(/^at +new\/store\.json$/m);
  });

  test("is what the state remembers, relative to the file, whatever the target is called", async () => {
    await declare(storeAt("./old.json", "home"), house("one") + house("two"));
    expect((await cli("plan --exit-code")).code).toBe(0);
    expect((await cli("state show one --format json")).out).toContain('"store": "old.json"');
  });
});

test("of an apply that ended half way, the rest is moved by the next", async () => {
  await declare(storeAt("old.json"), house("one") + house("two") + house("three"));
  await cli("apply --yes");
  // The new store cannot be written: what was there is gone from the old one, and nothing is made.
  await declare(storeAt("old.json/new.json"), house("one") + house("two") + house("three"));
  expect((await cli("apply --yes")).code).not.toBe(0);
  await declare(storeAt("new.json"), house("one") + house("two") + house("three"));
  await applyAll();
  expect(JSON.parse(await readFile(join(cwd, "new.json"), "utf8")).records).toHaveLength(3);
});

describe("two projects with one store", () => {
  let other = "";
  beforeEach(async () => {
    other = await tempDir();
    const shared = join(cwd, "shared.json");
    await declare(storeAt(shared), house("deploys", "Ours"));
    await declare(storeAt(shared), house("deploys", "Theirs"), other);
    await cli("apply --yes");
  });

  test("do not take over each other's record of the same key", async () => {
    const { code, out } = await cli("apply --yes", other);
    expect(code).toBe(4);
    expect(out).toContain(
      "house has a bellhop/integration under this key already, and another state remembers it",
    );
    expect((await cli("plan --exit-code")).code).toBe(0);
  });

  test("live side by side under keys of their own, and each destroys its own only", async () => {
    await declare(storeAt(join(cwd, "shared.json")), house("releases"), other);
    const { code, out } = await cli("apply --yes", other);
    expect(code).toBe(0);
    expect(out).toContain("of another state, such as another project's; unmanaged");
    expect((await cli("destroy --yes", other)).code).toBe(0);
    expect((await cli("plan --exit-code")).code).toBe(0);
  });

  test("after the state is lost, rebuild finds what is ours, and plans nothing more than secrets", async () => {
    await rename(join(cwd, ".bellhop/state.json"), join(cwd, "lost.json"));
    expect((await cli("plan --exit-code")).code).toBe(4);
    expect((await cli("state rebuild")).out).toContain("The state has 1 integration.");
    expect((await cli("plan --exit-code")).code).toBe(0);
  });

  test("adopting it by its id is what takes it over", async () => {
    const id = JSON.parse(await readFile(join(cwd, "shared.json"), "utf8")).records[0].id;
    expect((await cli(`adopt deploys ${id}`, other)).code).toBe(0);
    expect((await cli("apply --yes", other)).code).toBe(0);
    expect((await cli("plan --exit-code", other)).code).toBe(0);
  });
});
