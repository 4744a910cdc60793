/** Qovery's adapter against recorded exchanges. */
import { afterEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/model/secret.ts";
import { Unresolved } from "../../src/model/value.ts";
import type { Fields } from "../../src/model/value.ts";
import { connect } from "../../src/providers/qovery/connect.ts";
import { qoveryRefusals } from "./errors.ts";
import { TOKEN, bench, failureOf } from "./exchanges.ts";
import type { Bench, BenchOptions, Routes } from "./exchanges.ts";

const KIND = "qovery/webhook";
const ORG = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
const PATH = `/organization/${ORG}/webhook`;
const ID = "11111111-0d44-4b50-8888-8dd25736052a";
const OWNER = { key: "failures", confirm: true };

const webhook = (extra: object = {}) => ({
  id: ID,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-02T00:00:00Z",
  kind: "STANDARD",
  target_url: "https://ci.example.com/qovery",
  target_secret_set: true,
  description: "",
  enabled: true,
  events: ["DEPLOYMENT_FAILURE"],
  project_names_filter: ["Prod*"],
  environment_types_filter: [],
  ...extra,
});

const spec = (extra: Fields = {}): Fields => ({
  kind: "STANDARD",
  target_url: new Secret("https://ci.example.com/qovery"),
  target_secret: new Secret("s3cret-value"),
  events: ["DEPLOYMENT_FAILURE"],
  project_names_filter: ["prod*"],
  ...extra,
});

let open: Bench | undefined;
afterEach(async () => open?.close());
const start = async (routes: Routes, options: BenchOptions = {}): Promise<Bench> =>
  (open = await bench(connect, routes, { scope: ORG, ...options }));

it.each([
  [undefined, `Token ${TOKEN}`],
  ["Token", `Token ${TOKEN}`],
  ["Bearer", `Bearer ${TOKEN}`],
])("sends the token with scheme %s", async (scheme, expected) => {
  const credentials = { token: new Secret(TOKEN), ...(scheme === undefined ? {} : { scheme }) };
  const { target, requests } = await start({ [`GET ${PATH}`]: { json: { results: [] } } }, { credentials });
  await target.list([KIND]);
  expect(requests[0]?.headers["authorization"]).toBe(expected);
});

it("names a token whose variable is not set", async () => {
  const credentials = { token: new Unresolved("${env:QOVERY_API_TOKEN}", true) };
  await expect(start({}, { credentials })).rejects.toMatchObject({
    code: "api-unauthorised",
    message: "the target live has no token: ${env:QOVERY_API_TOKEN} is not set",
  });
});

describe("list", () => {
  it("gives the fields, and what Qovery tells of the secret", async () => {
    const { target } = await start({
      [`GET ${PATH}`]: {
        json: {
          results: [
            webhook(),
            webhook({ id: "none", target_secret_set: false }),
            { id: "bare", created_at: "x" },
          ],
        },
      },
    });
    const [set, none, bare] = await target.list([KIND]);
    expect(set?.fields).not.toHaveProperty("target_secret");
    expect(none?.fields["target_secret"]).toBeNull();
    expect(bare).toEqual({ remoteId: "bare", kind: KIND, fields: { id: "bare", created_at: "x" } });
    expect(set?.version).toBe("2026-01-02T00:00:00Z");
  });
});

describe("create", () => {
  it("sends everything, and leaves no mark", async () => {
    const { target, requests } = await start({
      [`GET ${PATH}`]: { json: { results: [] } },
      [`POST ${PATH}`]: { status: 201, json: webhook() },
      [`GET ${PATH}/${ID}`]: { json: webhook() },
    });
    expect((await target.create(KIND, spec(), OWNER)).remoteId).toBe(ID);
    expect(requests[1]?.body).toEqual({
      kind: "STANDARD",
      target_url: "https://ci.example.com/qovery",
      target_secret: "s3cret-value",
      description: "",
      enabled: true,
      events: ["DEPLOYMENT_FAILURE"],
      project_names_filter: ["prod*"],
      environment_types_filter: [],
    });
  });

  it("finds what a lost answer made, among its likes of before", async () => {
    const twin = webhook({ id: "twin" });
    const { target, log } = await start({
      [`GET ${PATH}`]: [
        { json: { results: [twin] } },
        { json: { results: [twin, webhook({ project_names_filter: ["PROD*"] })] } },
      ],
      [`POST ${PATH}`]: { drop: true },
      [`GET ${PATH}/${ID}`]: { json: webhook() },
    });
    expect((await target.create(KIND, spec(), OWNER)).remoteId).toBe(ID);
    expect(log().filter((line) => line.startsWith("POST"))).toHaveLength(1);
  });

  it("does not take somebody else's new webhook for its own", async () => {
    const { target, log } = await start({
      [`GET ${PATH}`]: [
        { json: { results: [] } },
        { json: { results: [webhook({ id: "else", target_url: "https://else.example.com" })] } },
      ],
      [`POST ${PATH}`]: [{ status: 502 }, { status: 201, json: webhook() }],
      [`GET ${PATH}/${ID}`]: { json: webhook() },
    });
    expect((await target.create(KIND, spec(), OWNER)).remoteId).toBe(ID);
    expect(log().filter((line) => line.startsWith("POST"))).toHaveLength(2);
  });

  it("tells two that are alike apart when both answers are lost", async () => {
    const made: object[] = [];
    const { target } = await start({
      [`GET ${PATH}`]: () => ({ json: { results: [...made] } }),
      [`POST ${PATH}`]: () => {
        made.push(webhook({ id: `made-${made.length}` }));
        return { drop: true };
      },
      [`GET ${PATH}/made-0`]: { json: webhook({ id: "made-0" }) },
      [`GET ${PATH}/made-1`]: { json: webhook({ id: "made-1" }) },
    });
    const both = await Promise.all([target.create(KIND, spec(), OWNER), target.create(KIND, spec(), OWNER)]);
    expect(both.map(({ remoteId }) => remoteId)).toEqual(["made-0", "made-1"]);
    expect(made).toHaveLength(2);
  });

  it("warns when the secret was not taken", async () => {
    const { target, notices } = await start({
      [`GET ${PATH}`]: { json: { results: [] } },
      [`POST ${PATH}`]: { status: 201, json: webhook() },
      [`GET ${PATH}/${ID}`]: { json: webhook({ target_secret_set: false }) },
    });
    const object = await target.create(KIND, spec(), OWNER);
    expect(object.fields["target_secret"]).toBeNull();
    expect(notices[0]).toMatchObject({ level: "warning" });
  });
});

describe("update", () => {
  const routes = {
    [`GET ${PATH}/${ID}`]: { json: webhook() },
    [`PUT ${PATH}/${ID}`]: { json: webhook() },
  };

  it("replaces everything, the secret included", async () => {
    const { target, requests, log } = await start(routes);
    await target.update(KIND, ID, spec({ enabled: false }), OWNER);
    expect(requests.find(({ method }) => method === "PUT")?.body).toMatchObject({
      enabled: false,
      target_secret: "s3cret-value",
    });
    expect(log().at(-1)).toBe(`GET ${PATH}/${ID}`);
  });

  it("is refused where the secret has no value", async () => {
    const { target, log } = await start(routes);
    const failure = await failureOf(
      target.update(KIND, ID, spec({ target_secret: new Unresolved("${env:HOOK_SECRET}", true) }), OWNER),
    );
    expect(failure).toMatchObject({ code: "config-invalid", hint: "set HOOK_SECRET and apply again" });
    expect(log().some((line) => line.startsWith("PUT"))).toBe(false);
  });

  it("is refused where Qovery has a secret that nobody declares", async () => {
    const { target, log } = await start(routes);
    const { target_secret: _, ...without } = spec();
    expect(await failureOf(target.update(KIND, ID, without, OWNER))).toMatchObject({
      code: "config-invalid",
      hint: "add target_secret to the integration's spec",
    });
    expect(log().some((line) => line.startsWith("PUT"))).toBe(false);
  });

  it("clears a secret that was ours", async () => {
    const { target, requests, notices } = await start(routes, {
      known: () => ({ applied: {}, secrets: { target_secret: "f".repeat(64) } }),
    });
    const { target_secret: _, ...without } = spec();
    await target.update(KIND, ID, without, OWNER);
    expect(requests.find(({ method }) => method === "PUT")?.body).not.toHaveProperty("target_secret");
    expect(notices[0]?.message).toContain("still has a secret");
  });

  it("says that it is gone", async () => {
    const missing = { status: 404, json: { status: 404, message: "not found" } };
    const { target } = await start({ [`GET ${PATH}/${ID}`]: missing, [`PUT ${PATH}/${ID}`]: missing });
    expect((await failureOf(target.update(KIND, ID, spec(), OWNER))).code).toBe("not-found");
  });
});

it("removes, also what is gone already, and after an answer that was lost", async () => {
  const { target, log } = await start({
    [`DELETE ${PATH}/${ID}`]: [{ drop: true }, { status: 404, json: {} }],
  });
  await target.remove(KIND, ID);
  expect(log()).toHaveLength(2);
});

describe("a refusal", () => {
  it.each(qoveryRefusals)("is told apart: $what", async ({ answer, code, says }) => {
    const { target } = await start({ [`GET ${PATH}`]: { json: { results: [] } }, [`POST ${PATH}`]: answer });
    const failure = await failureOf(target.create(KIND, spec(), OWNER));
    expect(failure.code).toBe(code);
    for (const text of says) expect(failure.message).toContain(text);
  });

  it("by nobody at all is unreachable", async () => {
    const { target, close } = await start({});
    await close();
    open = undefined;
    const failure = await failureOf(target.list([KIND]));
    expect(failure.code).toBe("api-unreachable");
  });
});

it("corrects the budget by a reset in seconds since the epoch", async () => {
  const reset = String(Date.parse("2026-11-20T12:00:45Z") / 1000);
  const headers = { "x-ratelimit-limit": "1000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
  const { target, clock } = await start({ [`GET ${PATH}`]: { json: { results: [] }, headers } });
  await target.list([KIND]);
  await target.list([KIND]);
  expect(clock.slept).toEqual([45_000]);
});
