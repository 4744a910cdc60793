/** Taking over single objects, renaming, and whose the rest is: on both sides, as people run it. */
import { describe, expect, test } from "vitest";
import type { Fields } from "../../src/model/value.ts";
import { BASE } from "../conformance/kinds/samples.ts";
import { emulated } from "../support/emulated.ts";
import type { Emulated, Side } from "../support/emulated.ts";

const HOOK = "cloudflare/webhook";
const ID = "b115d5ec15c641ee8b7692c449b5227b";
const OTHER_ID = "2".repeat(32);
const spec: Fields = { name: "On call", url: "https://ci.example.com/hooks/0001" };
const sides: readonly Side[] = ["store", "api"];

const declared = (at: Emulated, name: string, manage = ""): string =>
  `${at.target()}integrations:\n  on-call:\n    kind: ${HOOK}\n    spec: { name: ${name}, url: "https://ci.example.com/hooks/0001" }\n${manage}`;

interface Planned {
  readonly changes: readonly {
    readonly op: string;
    readonly key: string;
    readonly drift: boolean;
    readonly fields: readonly object[];
  }[];
  readonly blocked: readonly { readonly why: string }[];
}
const plan = async (at: Emulated): Promise<Planned> => JSON.parse((await at.cli("plan --format json")).out);
const ids = async (at: Emulated): Promise<readonly string[]> => (await at.records()).map(({ id }) => id);
const names = async (at: Emulated): Promise<readonly unknown[]> =>
  (await at.records()).map((record) => record.spec["name"]);

describe.each(sides)("in the %s", (side) => {
  test("adopt records the object as it is, and says what a plan would change", async () => {
    const at = await emulated("cloudflare", side);
    await at.write("notifications.yaml", declared(at, "Other"));
    await at.put(HOOK, ID, spec);
    const spelt = side === "api" ? "b115d5ec-15c6-41ee-8b76-92c449b5227b" : ID;
    const adopted = await at.cli(`adopt on-call ${spelt} --format json`);
    expect([adopted.code, adopted.err]).toEqual([0, `on-call is ${HOOK} ${spelt} of there now\n`]);
    const change = {
      op: "update",
      key: "on-call",
      drift: false,
      fields: [{ path: "name", before: "On call", after: "Other" }],
    };
    expect(JSON.parse(adopted.out)).toMatchObject({ changes: [change], summary: { update: 1, adopt: 0 } });
    expect(await names(at)).toEqual(["On call"]);
    expect(await plan(at)).toMatchObject({ changes: [change] });
    expect((await at.cli("apply --yes")).code).toBe(0);
    expect([await ids(at), await names(at)]).toEqual([[ID], ["Other"]]);
    expect((await at.cli("plan --exit-code")).code).toBe(0);
    // Once more is no mistake.
    expect((await at.cli(`adopt on-call ${ID}`)).out).toContain("No changes");
  });

  test("what is as declared needs nothing more", async () => {
    const at = await emulated("cloudflare", side);
    await at.write("notifications.yaml", declared(at, "On call"));
    await at.put(HOOK, ID, spec);
    expect((await at.cli("plan --exit-code")).code).toBe(4);
    expect((await at.cli(`adopt on-call ${ID}`)).out).toBe("No changes: everything is as declared.\n");
    expect((await at.cli("plan --exit-code")).code).toBe(0);
    await at.write("notifications.yaml", at.target());
    expect((await plan(at)).changes).toMatchObject([{ op: "delete", key: "on-call" }]);
  });

  test.each([
    [`on-call ${OTHER_ID}`, `there has no ${HOOK} with the id ${OTHER_ID}`],
    [`nobody ${ID}`, "there is no integration nobody"],
    [`on-call ${"3".repeat(32)}`, `is a cloudflare/policy, and on-call is a ${HOOK}`],
  ])("refuses %s", async (args, why) => {
    const at = await emulated("cloudflare", side);
    await at.write("notifications.yaml", declared(at, "On call"));
    await at.put(HOOK, ID, spec);
    await at.put("cloudflare/policy", "3".repeat(32), BASE["cloudflare/policy"] ?? {});
    const refused = await at.cli(`adopt ${args}`);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(why)]);
    expect((await at.cli("state list")).out).toBe("the inventory is empty\n");
  });

  test("refuses a second object for a key, and a second key for an object", async () => {
    const at = await emulated("cloudflare", side);
    const second = `  second:\n    kind: ${HOOK}\n    spec: { name: Second, url: "https://ci.example.com/hooks/0001" }\n`;
    await at.write("notifications.yaml", declared(at, "On call", second));
    await at.put(HOOK, ID, spec);
    await at.put(HOOK, OTHER_ID, { ...spec, name: "Neighbour" });
    expect((await at.cli(`adopt on-call ${ID}`)).code).toBe(0);
    const again = await at.cli(`adopt on-call ${OTHER_ID}`);
    expect([again.code, again.err]).toEqual([
      1,
      expect.stringContaining(`on-call is ${HOOK} ${ID} of there already`),
    ]);
    expect(again.err).toContain("bellhop state rm on-call");
    const twice = await at.cli(`adopt second ${ID}`);
    expect([twice.code, twice.err]).toEqual([1, expect.stringContaining("on-call already manages it")]);
    expect((await at.cli("state rm on-call")).code).toBe(0);
    expect((await at.cli(`adopt on-call ${OTHER_ID}`)).code).toBe(0);
    const { integrations } = JSON.parse((await at.cli("state list --format json")).out);
    expect(integrations).toMatchObject([{ key: "on-call", remoteId: OTHER_ID }]);
  });

  test("an object that is gone gives its key free", async () => {
    const at = await emulated("cloudflare", side);
    await at.write("notifications.yaml", declared(at, "On call"));
    expect((await at.cli("apply --yes")).code).toBe(0);
    const [made = ""] = await ids(at);
    await at.remove(made);
    await at.put(HOOK, ID, spec);
    expect((await at.cli(`adopt on-call ${ID}`)).code).toBe(0);
    expect((await at.cli("plan --exit-code")).code).toBe(0);
  });

  test("manage.adopt does the same in a plan", async () => {
    const at = await emulated("cloudflare", side);
    await at.write("notifications.yaml", declared(at, "Other", `    manage: { adopt: ${ID} }\n`));
    await at.put(HOOK, ID, spec);
    expect((await plan(at)).changes).toMatchObject([
      {
        op: "adopt",
        key: "on-call",
        remoteId: ID,
        fields: [{ path: "name", before: "On call", after: "Other" }],
      },
    ]);
    expect((await at.cli("apply --yes")).code).toBe(0);
    expect([await ids(at), await names(at)]).toEqual([[ID], ["Other"]]);
    expect((await at.cli("plan --exit-code")).code).toBe(0);
  });

  test("manage.previously renames in place: nothing is made or deleted", async () => {
    const at = await emulated("cloudflare", side);
    await at.write("notifications.yaml", declared(at, "On call"));
    expect((await at.cli("apply --yes")).code).toBe(0);
    const before = await ids(at);
    const renamed = declared(at, "Pager", "    manage: { previously: [on-call] }\n").replace(
      "  on-call:",
      "  pager:",
    );
    await at.write("notifications.yaml", renamed);
    expect((await plan(at)).changes).toMatchObject([
      { op: "update", key: "pager", sideEffects: ["was on-call so far"] },
    ]);
    expect((await at.cli("apply --yes")).code).toBe(0);
    expect([await ids(at), await names(at)]).toEqual([before, ["Pager"]]);
    const { integrations } = JSON.parse((await at.cli("state list --format json")).out);
    expect(integrations.map(({ key }: { key: string }) => key)).toEqual(["pager"]);
    expect((await at.cli("plan --exit-code")).code).toBe(0);
  });

  test("of a target that is recorded, strangers stay; of one that is exclusive, they go", async () => {
    const at = await emulated("cloudflare", side);
    await at.put(HOOK, ID, { ...spec, name: "Stranger" });
    await at.write("notifications.yaml", declared(at, "On call"));
    const recorded = JSON.parse((await at.cli("plan --format json")).out);
    expect(recorded.kept).toMatchObject([{ remoteId: ID, why: expect.stringContaining("unmanaged") }]);
    expect((await at.cli("apply --yes")).code).toBe(0);
    expect(await names(at)).toEqual(["Stranger", "On call"]);
    await at.write(
      "notifications.yaml",
      declared(at, "On call").replace(at.target(), at.target("ownership: exclusive, ")),
    );
    expect((await plan(at)).changes).toMatchObject([{ op: "delete", remoteId: ID }]);
    expect((await at.cli("apply --yes")).code).toBe(0);
    expect(await names(at)).toEqual(["On call"]);
  });
});

test("what is never ours can neither be adopted nor is it deleted where everything is ours", async () => {
  const at = await emulated("northflank", "api");
  const kind = "northflank/notification";
  await at.put(kind, "by-oauth", {
    name: "By OAuth",
    type: "SLACK",
    webhook: "https://x.example/y",
    events: {},
  });
  const file = `${at.target("ownership: exclusive, ")}integrations:
  mine: { kind: ${kind}, spec: { name: Mine, type: DISCORD, webhook: "https://discord.com/api/webhooks/1/2", events: ["*"] } }
`;
  await at.write("notifications.yaml", file);
  const refused = await at.cli("adopt mine by-oauth");
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("it is not ours")]);
  expect((await at.cli("apply --yes")).code).toBe(0);
  expect(await ids(at)).toEqual(["by-oauth", "mine"]);
});
