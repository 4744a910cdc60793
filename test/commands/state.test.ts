/** state list, show and rm as people run them. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { CliResult } from "../support/cli.ts";
import { runCli } from "../support/cli.ts";
import {
  SEVEN_KINDS,
  SEVEN_KINDS_ENV,
  SEVEN_KINDS_SECRETS,
  withoutIntegration,
} from "../support/seven-kinds.ts";
import { tempDir } from "../support/temp.ts";

let cwd = "";
const declare = (text: string): Promise<void> => writeFile(join(cwd, "notifications.yaml"), text);
const cli = (line: string): Promise<CliResult> => runCli(line.split(" "), { cwd, env: SEVEN_KINDS_ENV });

beforeEach(async () => {
  cwd = await tempDir();
  await declare(SEVEN_KINDS);
});

test("before the first apply there is nothing", async () => {
  expect(await cli("state list")).toMatchObject({ code: 0, out: "the inventory is empty\n" });
  expect(JSON.parse((await cli("state list --format json")).out)).toEqual({ integrations: [] });
  expect(await cli("state show builds")).toMatchObject({
    code: 1,
    err: expect.stringContaining("has no builds"),
  });
});

describe("once applied", () => {
  beforeEach(async () => {
    await cli("apply --yes");
  });

  test("list has every key, in order", async () => {
    const { integrations } = JSON.parse((await cli("state list --format json")).out);
    expect(integrations.map(({ key }: { key: string }) => key)).toEqual([
      "attacks",
      "builds",
      "deploys-to-slack",
      "env-hook",
      "on-call",
      "shop-hook",
      "shop-old",
    ]);
    expect(integrations[1]).toEqual({
      key: "builds",
      kind: "northflank/notification",
      target: "nf",
      remoteId: "builds",
      protect: false,
    });
    expect((await cli("state list")).out).toMatch(/^builds +northflank\/notification +nf +builds$/m);
  });

  test("show tells what was applied, and no secret", async () => {
    const shown = JSON.parse((await cli("state show attacks --format json")).out);
    expect(shown).toMatchObject({
      key: "attacks",
      references: ["on-call"],
      applied: { name: "Attacks", alert_type: "dos_attack_l7" },
    });
    for (const key of ["builds", "env-hook", "on-call", "shop-hook", "shop-old", "deploys-to-slack"]) {
      const printed =
        (await cli(`state show ${key}`)).out + (await cli(`state show ${key} --format json`)).out;
      expect(printed).toMatch(/\(secret [0-9a-f]{8}\)/);
      for (const secret of SEVEN_KINDS_SECRETS) expect(printed).not.toContain(secret);
    }
  });

  test("show of a misspelt key says which was meant", async () => {
    expect(await cli("state show build")).toMatchObject({
      code: 1,
      err: expect.stringContaining("did you mean builds?"),
    });
  });

  test("rm lets the object go: no plan deletes it", async () => {
    const before = JSON.parse(await readFile(join(cwd, ".bellhop", "store.json"), "utf8"));
    await declare(withoutIntegration(SEVEN_KINDS, "shop-old"));
    expect(await cli("state rm shop-old")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^shop-old is let go; scalingo\/notification [0-9a-f]{24} stays at shop\n$/),
      err: "",
    });
    expect((await cli("plan --exit-code")).code).toBe(0);
    expect(JSON.parse(await readFile(join(cwd, ".bellhop", "store.json"), "utf8"))).toEqual(before);
  });

  test("rm of what is still declared says what comes of it", async () => {
    const { err } = await cli("state rm builds");
    expect(err).toContain("builds is still declared");
    const { changes } = JSON.parse((await cli("plan --format json")).out);
    expect(changes).toMatchObject([{ op: "adopt", key: "builds", fields: [] }]);
  });
});
