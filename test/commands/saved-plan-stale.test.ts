/** A saved plan where the project has moved on: refused with exit 6, naming what has moved. */
import { rm, stat, writeFile } from "node:fs/promises";
import { beforeEach, describe, expect, test } from "vitest";
import {
  CHANGED,
  cli,
  declare,
  expectRefused,
  freshProject,
  path,
  pending,
  project,
  read,
  save,
} from "../support/saved-plans.ts";
import { SEVEN_KINDS } from "../support/seven-kinds.ts";

freshProject();

describe("a project that is not as it was", () => {
  beforeEach(async () => {
    await pending();
    await save();
  });

  interface Stored {
    key?: string;
    uid: string;
    id: string;
    spec: { name?: string };
  }
  /** Changes the store as somebody else would. */
  async function behindOurBack(change: (records: Stored[]) => void): Promise<void> {
    const document = JSON.parse(await read(".bellhop/store.json"));
    change(document.records);
    await writeFile(path(".bellhop/store.json"), JSON.stringify(document));
  }

  test.for<[string, (records: Stored[]) => void, string]>([
    [
      "one object changed",
      (records) => records.forEach(({ key, spec }) => key === "builds" && (spec.name = "Theirs")),
      "it is stale: builds on nf: its object has been changed since",
    ],
    [
      "one object put right",
      (records) => records.forEach(({ key, spec }) => key === "builds" && (spec.name = "Nightly builds")),
      "it is stale: builds on nf: the update is no longer needed, or its object is gone",
    ],
    [
      "one object that was to be changed deleted",
      (records) =>
        records.splice(
          records.findIndex(({ key }) => key === "builds"),
          1,
        ),
      "it is stale: builds on nf: it needed an update then and needs a create now",
    ],
    [
      "one object that was to be deleted deleted",
      (records) =>
        records.splice(
          records.findIndex(({ key }) => key === "shop-old"),
          1,
        ),
      "shop-old on shop: it needed a delete then and needs a forget now",
    ],
    [
      "one object that was to be deleted changed",
      (records) =>
        records.forEach(
          ({ key, spec }) =>
            key === "shop-old" && (spec["webhook_url" as "name"] = "https://theirs.example/x"),
        ),
      "it is stale: shop-old on shop: its object has been changed since",
    ],
    [
      "one object that was in order changed",
      (records) => records.forEach(({ key, spec }) => key === "on-call" && (spec.name = "Theirs")),
      "it is stale: on-call on edge: the plan does not have its update, which is needed now",
    ],
    [
      "one object of the key that was to be created",
      (records) =>
        records.push({
          ...records.find(({ key }) => key === "shop-old")!,
          key: "shop-new",
          uid: "u",
          id: "i",
        }),
      "shop-new on shop: it needed a create then and needs an adopt now",
    ],
  ])("%s", async ([, change, why]) => {
    await behindOurBack(change);
    await expectRefused(why);
  });

  test("other configuration, overlay and file", async () => {
    await writeFile(
      path("notifications.prod.yaml"),
      "version: 1\nintegrations: { builds: { spec: { name: Prod } } }\n",
    );
    await expectRefused("it was made from another configuration", {}, "apply plan.json --overlay prod");
    await writeFile(path("other.yaml"), CHANGED);
    await expectRefused("it was made from another configuration", {}, "apply plan.json -f other.yaml");
    await declare(`${CHANGED}# one remark more\n`);
    await expectRefused("it was made from another configuration");
    await save("plan --out plan.json --overlay prod");
    await expectRefused("it was made from another configuration");
    expect((await cli("apply plan.json --overlay prod")).code).toBe(0);
  });

  test("another value of a variable", async () => {
    await expectRefused("it is stale: on-call on edge: the plan does not have its update", {
      env: { ...project.env, CF_SECRET: "another-secret-value" },
    });
  });

  test("another value in a change that was planned", async () => {
    project.env["CI_SECRET"] = "planned-secret-value";
    await save();
    await expectRefused("it is stale: builds on nf: what would be changed is no longer the same", {
      env: { ...project.env, CI_SECRET: "other-secret-value" },
    });
  });

  test("no state any more", async () => {
    const state = path(".bellhop/state.json");
    await rm(state);
    await expectRefused("it was made for another state: there is no state here");
  });

  test("another apply in between", async () => {
    await cli("apply --yes");
    await expectRefused("it is stale: the state has been written since");
  });

  test("a missing variable is an error as in every apply", async () => {
    const { CF_SECRET: _, ...rest } = project.env;
    expect((await cli("apply plan.json", { env: rest })).code).toBe(1);
  });
});

describe("before the first apply", () => {
  test("what is declared by another is seen", async () => {
    await declare(SEVEN_KINDS);
    await save();
    await declare(SEVEN_KINDS.replace("name: Builds", "name: Other"));
    await expectRefused("it was made from another configuration");
  });

  test("any edit without a new checksum is seen", async () => {
    await declare(SEVEN_KINDS);
    const text = await save();
    await writeFile(path("plan.json"), text.replace('"expiresAt": "2', '"expiresAt": "3'));
    await expectRefused("its seal does not fit");
  });

  test("a plan file is readable for whoever reviews it", async () => {
    await declare(SEVEN_KINDS);
    await save();
    expect((await stat(path("plan.json"))).mode & 0o444).not.toBe(0);
  });
});
