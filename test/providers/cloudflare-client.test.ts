/** Cloudflare's adapter against recorded exchanges. */
import { afterEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/model/secret.ts";
import type { Fields } from "../../src/model/value.ts";
import { connect } from "../../src/providers/cloudflare/connect.ts";
import { cloudflareRefusals } from "./errors.ts";
import { TOKEN, bench, failureOf } from "./exchanges.ts";
import type { Bench, BenchOptions, Routes } from "./exchanges.ts";

const WEBHOOK = "cloudflare/webhook";
const POLICY = "cloudflare/policy";
const ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353";
const HOOKS = `/client/v4/accounts/${ACCOUNT}/alerting/v3/destinations/webhooks`;
const POLICIES = `/client/v4/accounts/${ACCOUNT}/alerting/v3/policies`;
const DASHED = "b115d5ec-15c6-41ee-8b76-92c449b5227b";
const BARE = "b115d5ec15c641ee8b7692c449b5227b";
const OWNER = { key: "on-call", confirm: true };

const ok = (result: unknown) => ({ json: { result, success: true, errors: [], messages: [] } });
const hook = (extra: object = {}) => ({
  id: DASHED,
  name: "On call",
  url: "https://ci.example.com/cf",
  type: "generic",
  created_at: "2026-01-01T00:00:00Z",
  last_success: null,
  last_failure: null,
  ...extra,
});
const policy = (extra: object = {}) => ({
  id: BARE,
  name: "DDoS",
  alert_type: "dos_attack_l7",
  enabled: true,
  description: "",
  mechanisms: { email: [], pagerduty: [], webhooks: [{ id: DASHED }] },
  filters: null,
  created: "2026-01-01T00:00:00Z",
  modified: "2026-01-02T00:00:00Z",
  ...extra,
});
const spec = (extra: Fields = {}): Fields => ({
  name: "On call",
  url: new Secret("https://ci.example.com/cf"),
  secret: new Secret("s3cret-value"),
  ...extra,
});
const policySpec = (extra: Fields = {}): Fields => ({
  name: "DDoS",
  alert_type: "dos_attack_l7",
  mechanisms: { webhooks: [{ id: BARE }] },
  ...extra,
});

let open: Bench | undefined;
afterEach(async () => open?.close());
const start = async (routes: Routes, options: BenchOptions = {}): Promise<Bench> =>
  (open = await bench(connect, routes, { scope: ACCOUNT, ...options }));

describe("credentials", () => {
  it("may be a token", async () => {
    const { target, requests } = await start({ [`GET ${HOOKS}`]: ok([]) });
    await target.list([WEBHOOK]);
    expect(requests[0]?.headers["authorization"]).toBe(`Bearer ${TOKEN}`);
  });

  it("may be an address and a key", async () => {
    const credentials = { email: "ops@example.com", key: new Secret("global-key") };
    const { target, requests } = await start({ [`GET ${HOOKS}`]: ok([]) }, { credentials });
    await target.list([WEBHOOK]);
    expect(requests[0]?.headers).toMatchObject({
      "x-auth-email": "ops@example.com",
      "x-auth-key": "global-key",
    });
    expect(requests[0]?.headers["authorization"]).toBeUndefined();
  });

  it("must be there", async () => {
    await expect(start({}, { credentials: {} })).rejects.toMatchObject({ code: "api-unauthorised" });
  });
});

describe("destinations", () => {
  it("have one id, however it is written", async () => {
    const { target } = await start({
      [`GET ${HOOKS}`]: ok([hook()]),
      [`GET ${HOOKS}/${DASHED}`]: ok(hook()),
    });
    const [object] = await target.list([WEBHOOK]);
    expect(object).toMatchObject({ remoteId: BARE, aliases: [DASHED, DASHED] });
    expect(object).not.toHaveProperty("clipped");
    expect((await target.read(WEBHOOK, BARE))?.remoteId).toBe(BARE);
  });

  it.each(["slack", "discord", "gchat", "feishu"])("of type %s have their URL clipped", async (type) => {
    const { target } = await start({
      [`GET ${HOOKS}`]: ok([hook({ type, url: "https://chat.example.com/a" })]),
    });
    expect((await target.list([WEBHOOK]))[0]?.clipped).toEqual(["url"]);
  });

  it.each([200, 201])("are created (%i) and read again by the id alone", async (status) => {
    const { target, requests } = await start({
      [`GET ${HOOKS}`]: ok([]),
      [`POST ${HOOKS}`]: { ...ok({ id: BARE }), status },
      [`GET ${HOOKS}/${BARE}`]: ok(hook()),
    });
    const object = await target.create(WEBHOOK, spec(), OWNER);
    expect(object.fields).toMatchObject({ name: "On call", type: "generic" });
    expect(requests[1]?.body).toEqual({
      name: "On call",
      url: "https://ci.example.com/cf",
      secret: "s3cret-value",
    });
  });

  it("are changed with PUT at the id as Cloudflare writes it, the secret included", async () => {
    const { target, requests, log } = await start({
      [`GET ${HOOKS}`]: ok([hook()]),
      [`PUT ${HOOKS}/${DASHED}`]: ok({ id: BARE }),
      [`GET ${HOOKS}/${DASHED}`]: ok(hook()),
    });
    await target.list([WEBHOOK]);
    await target.update(WEBHOOK, BARE, spec({ name: "Renamed" }), OWNER);
    expect(log()).toEqual([`GET ${HOOKS}`, `PUT ${HOOKS}/${DASHED}`, `GET ${HOOKS}/${DASHED}`]);
    expect(requests[1]?.body).toMatchObject({ name: "Renamed", secret: "s3cret-value" });
  });

  it("whose creation lost its answer are looked for by name", async () => {
    const { target, log } = await start({
      [`GET ${HOOKS}`]: [ok([]), ok([hook()])],
      [`POST ${HOOKS}`]: {
        status: 500,
        json: { success: false, errors: [{ code: 1000, message: "internal" }] },
      },
      [`GET ${HOOKS}/${DASHED}`]: ok(hook()),
    });
    expect((await target.create(WEBHOOK, spec(), OWNER)).remoteId).toBe(BARE);
    expect(log().filter((line) => line.startsWith("POST"))).toHaveLength(1);
  });

  it("are removed by an envelope without a result, or when they are gone", async () => {
    const { target, log } = await start({
      [`GET ${HOOKS}`]: ok([hook()]),
      [`DELETE ${HOOKS}/${DASHED}`]: [
        { json: { success: true, errors: [], messages: [] } },
        {
          status: 404,
          json: {
            success: false,
            errors: [{ code: 1002, message: "not found" }],
            messages: [],
            result: null,
          },
        },
      ],
    });
    await target.list([WEBHOOK]);
    await target.remove(WEBHOOK, BARE);
    await target.remove(WEBHOOK, BARE);
    expect(log()).toHaveLength(3);
  });
});

describe("policies", () => {
  it("come without empty lists and nulls, and with ids in one spelling", async () => {
    const { target } = await start({ [`GET ${POLICIES}`]: ok([policy()]) });
    const [object] = await target.list([POLICY]);
    expect(object?.fields).toMatchObject({ mechanisms: { webhooks: [{ id: BARE }] }, filters: {} });
    expect(object?.fields["mechanisms"]).not.toHaveProperty("email");
    expect(object?.version).toBe("2026-01-02T00:00:00Z");
  });

  it("refer to destinations in one spelling, and say everything in a PUT", async () => {
    const { target, requests } = await start({
      [`GET ${HOOKS}`]: ok([hook()]),
      [`GET ${POLICIES}`]: ok([policy()]),
      [`PUT ${POLICIES}/${BARE}`]: ok({ id: BARE }),
      [`GET ${POLICIES}/${BARE}`]: ok(policy()),
    });
    await target.list([WEBHOOK, POLICY]);
    await target.update(
      POLICY,
      BARE,
      policySpec({ mechanisms: { email: [], webhooks: [{ id: DASHED }] } }),
      OWNER,
    );
    expect(requests.find(({ method }) => method === "PUT")?.body).toEqual({
      name: "DDoS",
      alert_type: "dos_attack_l7",
      enabled: true,
      description: "",
      filters: {},
      mechanisms: { webhooks: [{ id: BARE }] },
    });
  });

  it("are created and read again", async () => {
    const { target, log } = await start({
      [`GET ${POLICIES}`]: ok([]),
      [`POST ${POLICIES}`]: ok({ id: BARE }),
      [`GET ${POLICIES}/${BARE}`]: ok(policy()),
    });
    expect((await target.create(POLICY, policySpec(), OWNER)).remoteId).toBe(BARE);
    expect(log()).toEqual([`GET ${POLICIES}`, `POST ${POLICIES}`, `GET ${POLICIES}/${BARE}`]);
  });
});

describe("a refusal", () => {
  it.each(cloudflareRefusals)("is told apart: $what", async ({ answer, code, says, hint }) => {
    const { target } = await start({ [`GET ${HOOKS}`]: ok([]), [`POST ${HOOKS}`]: answer });
    const failure = await failureOf(target.create(WEBHOOK, spec(), OWNER));
    expect(failure.code).toBe(code);
    for (const text of says) expect(failure.message).toContain(text);
    expect(failure.hint ?? "").toContain(hint ?? "");
  });

  it("under a status of success also fails a list", async () => {
    const { target } = await start({
      [`GET ${HOOKS}`]: { json: { success: false, errors: [{ code: 1003, message: "no" }] } },
    });
    expect((await failureOf(target.list([WEBHOOK]))).code).toBe("api-rejected");
  });
});

it("reads the structured rate headers", async () => {
  const headers = { ratelimit: '"default";r=0;t=30', "ratelimit-policy": '"default";q=100;w=60' };
  const { target, clock } = await start({ [`GET ${HOOKS}`]: { ...ok([]), headers } });
  await target.list([WEBHOOK]);
  await target.list([WEBHOOK]);
  expect(clock.slept).toEqual([30_000]);
});

it("repeats a list after a failure of the provider, and gives up in the end", async () => {
  const { target, log, clock } = await start({ [`GET ${HOOKS}`]: { status: 500, text: "oops" } });
  expect((await failureOf(target.list([WEBHOOK]))).code).toBe("api-unreachable");
  expect(log()).toHaveLength(4);
  expect(clock.slept).toEqual([250, 500, 1000]);
});
