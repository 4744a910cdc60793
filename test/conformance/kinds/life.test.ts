/** What happens to whole objects, for every kind on both sides. */
import { afterEach, describe, expect, it } from "vitest";
import type { Kind } from "../../../src/model/field.ts";
import type { Op } from "../../../src/model/plan.ts";
import type { Fields } from "../../../src/model/value.ts";
import type { Applied } from "../../../src/reconcile/apply.ts";
import { BASE } from "./samples.ts";
import type { Declared, Side, SideName, SideOptions } from "./sides.ts";
import { addNeighbour, editRemotely, kindOf, newId, normalForm, openSide, recordsOf } from "./sides.ts";

let side: Side | undefined;
afterEach(async () => side?.close());

const open = async (name: SideName, kind: Kind, options?: SideOptions): Promise<Side> =>
  (side = await openSide(name, kind.split("/")[0] ?? "", options));

interface Run {
  readonly ops: readonly Op[];
  readonly drift: readonly boolean[];
  readonly applied: Applied;
}

/** One run of apply, as the command line has it. */
async function apply(
  at: Side,
  declared: readonly Declared[],
  ownership?: "recorded" | "exclusive",
): Promise<Run> {
  const session = at.session(declared, ownership);
  const plan = await session.plan();
  const { changes, digest } = plan.plan;
  // Removing all that is declared is what some of these are about.
  const applied = await session.apply(plan, { acknowledged: digest });
  await session.close();
  return {
    ops: changes.map(({ op }) => op),
    drift: changes.map(({ drift }) => drift),
    applied,
  };
}

/** The operations of a plan made by a new run. */
async function planned(at: Side, declared: readonly Declared[]): Promise<readonly Op[]> {
  const session = at.session(declared);
  const { plan } = await session.plan();
  await session.close();
  return plan.changes.map(({ op }) => op);
}

const it1 = (kind: Kind, over: Fields = {}, manage: Declared["manage"] = {}): Declared => ({
  key: "it",
  kind,
  spec: { ...BASE[kind], ...over },
  manage,
});

/** Somebody else's object of the same kind. */
const otherwise: Readonly<Record<Kind, Fields>> = {
  "scalingo/notification": { webhook_url: "https://hooks.slack.com/services/T0/B0/neighbour" },
  "qovery/webhook": { target_url: "https://neighbour.example.com/" },
};

function neighbourOf(kind: Kind): { readonly id: string; readonly spec: Fields } {
  const spec = { ...BASE[kind], ...(otherwise[kind] ?? { name: "Neighbour" }) };
  return { id: newId(kind, spec), spec };
}

const allKinds = Object.keys(BASE);
const sides: readonly SideName[] = ["store", "api"];

describe.each(allKinds)("%s", (kind) => {
  describe.each(sides)("in the %s", (name) => {
    it("is made, found as it is, and removed when the file no longer has it", async () => {
      const at = await open(name, kind);
      expect((await apply(at, [it1(kind)])).ops).toEqual(["create"]);
      expect((await apply(at, [it1(kind)])).ops).toEqual([]);
      expect((await apply(at, [])).ops).toEqual(["delete"]);
      expect(await recordsOf(at, kind)).toEqual([]);
      expect((await apply(at, [])).ops).toEqual([]);
    });

    it("is made again when somebody removed it", async () => {
      const at = await open(name, kind);
      await apply(at, [it1(kind)]);
      await at.store.write((records) => void records.splice(0));
      const run = await apply(at, [it1(kind)]);
      expect([run.ops, run.drift]).toEqual([["create"], [true]]);
      expect(await recordsOf(at, kind)).toHaveLength(1);
      expect(await planned(at, [it1(kind)])).toEqual([]);
    });

    it("leaves its neighbour alone, whatever happens to itself", async () => {
      const at = await open(name, kind);
      const { id, spec } = neighbourOf(kind);
      await addNeighbour(at, kind, id, spec);
      const before = (await recordsOf(at, kind)).find((record) => record.id === id);
      await apply(at, [it1(kind)]);
      await apply(at, []);
      expect(await recordsOf(at, kind)).toEqual([before]);
    });

    it("is taken over by its id, and is then ours", async () => {
      const at = await open(name, kind);
      const { id, spec } = neighbourOf(kind);
      await addNeighbour(at, kind, id, spec);
      const declared: Declared = { key: "it", kind, spec, manage: { adopt: id } };
      expect((await apply(at, [declared])).ops).toEqual(["adopt"]);
      expect(await planned(at, [declared])).toEqual([]);
      expect((await recordsOf(at, kind)).map((record) => record.id)).toEqual([id]);
      expect((await apply(at, [])).ops).toEqual(["delete"]);
    });

    it("keeps a field that is ignored as somebody else left it", async () => {
      const at = await open(name, kind);
      const field =
        "name" in (BASE[kind] ?? {})
          ? "name"
          : "description" in (BASE[kind] ?? {})
            ? "description"
            : "active";
      const value = field === "active" ? false : "Changed by hand";
      const declared = it1(kind, {}, { ignore: [field] });
      await apply(at, [declared]);
      await editRemotely(at, kind, (spec) => ({ ...spec, [field]: value }));
      expect((await apply(at, [declared])).ops).toEqual([]);
      expect((await recordsOf(at, kind))[0]?.spec[field]).toEqual(value);
    });
  });
});

describe.each(allKinds)("%s", (kind) => {
  it.each(sides)("gets another key in the %s and stays one object, without a request", async (name) => {
    const at = await open(name, kind);
    await apply(at, [it1(kind)]);
    const [before] = await recordsOf(at, kind);
    at.calls();
    const renamed: Declared = { ...it1(kind, {}, { previously: ["it"] }), key: "renamed" };
    expect((await apply(at, [renamed])).ops).toEqual(["update"]);
    expect((await recordsOf(at, kind)).map(({ uid }) => uid)).toEqual([before?.uid]);
    expect(await planned(at, [renamed])).toEqual([]);
    expect(at.calls()).toEqual([]);
    expect((await apply(at, [])).ops).toEqual(["delete"]);
  });
});

const named = allKinds.filter((kind) => kindOf(kind).nameField !== undefined);

describe.each(named)("%s", (kind) => {
  it.each(sides)("is renamed in the %s and stays one object", async (name) => {
    const at = await open(name, kind);
    await apply(at, [it1(kind)]);
    const run = await apply(at, [it1(kind, { name: "Renamed" })]);
    expect(run.ops).toEqual(["update"]);
    expect((await recordsOf(at, kind)).map((record) => record.spec["name"])).toEqual(["Renamed"]);
    expect(await planned(at, [it1(kind, { name: "Renamed" })])).toEqual([]);
    expect((await apply(at, [])).ops).toEqual(["delete"]);
  });
});

describe("an API", () => {
  it.each<[Kind, readonly string[]]>([
    ["northflank/notification", ["GET /v1/integrations/notifications"]],
    [
      "scalingo/notifier",
      [
        "GET /v1/apps/storefront/notifiers",
        "GET /v1/event_types",
        "GET /v1/notification_platforms",
        "POST /v1/tokens/exchange",
      ],
    ],
    ["scalingo/notification", ["GET /v1/apps/storefront/notifications", "POST /v1/tokens/exchange"]],
    ["qovery/webhook", ["GET /organization/3c90c3cc-0d44-4b50-8888-8dd25736052a/webhook"]],
    [
      "cloudflare/webhook",
      ["GET /client/v4/accounts/023e105f4ecef8ad9ca31a8372d0c353/alerting/v3/destinations/webhooks"],
    ],
    ["cloudflare/policy", ["GET /client/v4/accounts/023e105f4ecef8ad9ca31a8372d0c353/alerting/v3/policies"]],
  ])("is asked for no more than it takes to see that nothing is to do: %s", async (kind, expected) => {
    const at = await open("api", kind);
    await apply(at, [it1(kind)]);
    at.requests();
    expect(await planned(at, [it1(kind)])).toEqual([]);
    expect(at.requests().toSorted()).toEqual(expected);
  });

  it.each([0, 1, 17])("of Northflank is asked for what moved alone: %i of 500", async (moved) => {
    const kind = "northflank/notification";
    const at = await open("api", kind);
    const declared = Array.from({ length: 500 }, (_, index): Declared => ({
      key: `it-${index}`,
      kind,
      spec: { ...BASE[kind], name: `Builds ${index}` },
    }));
    await apply(at, declared);
    at.requests();
    await at.store.write((records) => {
      for (let index = 0; index < moved; index += 1) {
        const record = records[index * 29];
        if (record === undefined) throw new Error("there are too few");
        const updatedAt = new Date(Date.parse(record.updatedAt) + 1000).toISOString();
        records[index * 29] = { ...record, spec: { ...record.spec, projects: ["elsewhere"] }, updatedAt };
      }
    });
    expect(await planned(at, declared)).toEqual(Array.from({ length: moved }, () => "update"));
    const requests = at.requests().toSorted();
    expect(requests.slice(0, 5)).toEqual(
      Array.from({ length: 5 }, () => "GET /v1/integrations/notifications"),
    );
    expect(new Set(requests.slice(5)).size).toBe(moved);
    for (const line of requests.slice(5))
      expect(line).toMatch(/^GET \/v1\/integrations\/notifications\/builds-\d+$/);
    expect(requests).toHaveLength(5 + moved);
  });
});

describe("what is never ours", () => {
  it("is what Northflank's Slack sign-in made", async () => {
    const kind = "northflank/notification";
    const at = await open("api", kind);
    const spec = { ...BASE[kind], name: "Made by Slack", type: "SLACK" };
    await addNeighbour(at, kind, "made-by-slack", spec);
    expect((await apply(at, [], "exclusive")).ops).toEqual([]);
    const adopting = {
      key: "it",
      kind,
      spec: { ...spec, type: "RAW_WEBHOOK" },
      manage: { adopt: "made-by-slack" },
    };
    const session = at.session([adopting]);
    const { plan } = await session.plan();
    await session.close();
    expect([plan.changes, plan.blocked.map(({ why }) => why)]).toEqual([
      [],
      [expect.stringContaining("Slack")],
    ]);
    expect(await recordsOf(at, kind)).toHaveLength(1);
  });

  it("is the notifier that Scalingo made with the app", async () => {
    const kind = "scalingo/notifier";
    const at = await open("api", kind);
    const spec = { name: "Default notifier", platform: "email", type_data: { user_ids: ["us-1"] } };
    await addNeighbour(at, kind, "no-22222222-2222-4222-8222-222222222222", spec);
    expect((await apply(at, [], "exclusive")).ops).toEqual([]);
    expect(await recordsOf(at, kind)).toHaveLength(1);
  });
});

describe("Cloudflare", () => {
  const webhook = "cloudflare/webhook";
  const policy = "cloudflare/policy";
  const slack = (token: string): Fields => ({
    name: "On call",
    url: `https://hooks.slack.com/services/T00000000/B00000000/${token}`,
  });

  it("gives a Slack URL back clipped, and nothing is to do", async () => {
    const at = await open("api", webhook);
    const declared = (token: string): Declared => ({ key: "it", kind: webhook, spec: slack(token) });
    expect((await apply(at, [declared("firsttoken000000000000000")])).ops).toEqual(["create"]);
    expect(await planned(at, [declared("firsttoken000000000000000")])).toEqual([]);
    const run = await apply(at, [declared("secondtoken00000000000000")]);
    expect([run.ops, run.drift]).toEqual([["update"], [false]]);
    expect(await planned(at, [declared("secondtoken00000000000000")])).toEqual([]);
  });

  it.each(sides)(
    "has destinations made before the policies that use them in the %s, and removed after",
    async (name) => {
      const at = await open(name, policy);
      const declared: readonly Declared[] = [
        {
          key: "attacks",
          kind: policy,
          spec: { ...BASE[policy], mechanisms: { webhooks: [{ ref: "on-call" }] } },
        },
        { key: "on-call", kind: webhook, spec: BASE[webhook] ?? {} },
      ];
      expect((await apply(at, declared)).applied.counts).toMatchObject({ applied: 2, failed: 0 });
      expect(await planned(at, declared)).toEqual([]);
      const [destination] = await recordsOf(at, webhook);
      const [made] = await recordsOf(at, policy);
      const bare = JSON.stringify(made?.spec["mechanisms"]).replaceAll("-", "");
      expect(bare).toBe(JSON.stringify({ webhooks: [{ id: destination?.id.replaceAll("-", "") }] }));
      await at.store.write((records) => {
        const index = records.findIndex((record) => record.kind === webhook);
        records.splice(index, 1);
      });
      const run = await apply(at, declared);
      expect(run.ops.toSorted()).toEqual(["create", "update"]);
      expect(await planned(at, declared)).toEqual([]);
      expect((await apply(at, [])).applied.counts).toMatchObject({ applied: 2, failed: 0 });
      expect(await at.store.read()).toEqual([]);
    },
  );

  it("takes over a destination by its id in either spelling", async () => {
    const at = await open("api", webhook);
    await addNeighbour(at, webhook, "b115d5ec15c641ee8b7692c449b5227b", BASE[webhook] ?? {});
    const declared = it1(webhook, {}, { adopt: "b115d5ec-15c6-41ee-8b76-92c449b5227b" });
    expect((await apply(at, [declared])).ops).toEqual(["adopt"]);
    expect(await planned(at, [declared])).toEqual([]);
  });
});

it("compares normal forms that are not empty", () => {
  for (const kind of allKinds)
    expect(Object.keys(normalForm(kind, BASE[kind] ?? {}) as object).length).toBeGreaterThan(1);
});
