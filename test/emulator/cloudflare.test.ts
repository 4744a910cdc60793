import { describe, expect, test } from "vitest";
import { reveal, Secret } from "../../src/model/secret.ts";
import { emulate, fakeClock } from "./support.ts";
import type { TestEmulator } from "./support.ts";

const ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353";
const BASE = `/client/v4/accounts/${ACCOUNT}/alerting/v3`;
const WEBHOOKS = `${BASE}/destinations/webhooks`;
const POLICIES = `${BASE}/policies`;
const HOOK = { name: "On call", url: "https://example.com/cf" };

const ok = (result: unknown) => ({ result, success: true, errors: [], messages: [] });
const refusal = (code: number) => ({
  result: null,
  success: false,
  errors: [expect.objectContaining({ code })],
  messages: [],
});
const dashed = (id: string): string => id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

async function makeWebhook({ call }: TestEmulator, body: object = HOOK): Promise<string> {
  return (await call("POST", WEBHOOKS, { body })).body.result.id;
}

describe("webhook destinations", () => {
  test("create answers 201 with the id alone; get shows the rest but no secret", async () => {
    const emulator = await emulate({ now: fakeClock().now });
    const created = await emulator.call("POST", WEBHOOKS, { body: { ...HOOK, secret: "s3cret" } });
    expect(created.status).toBe(201);
    expect(created.body).toEqual(ok({ id: expect.stringMatching(/^[0-9a-f]{32}$/) }));
    const { id } = created.body.result;
    const shown = {
      id,
      name: "On call",
      url: "https://example.com/cf",
      type: "generic",
      created_at: "2026-01-02T03:04:05.000Z",
      last_success: null,
      last_failure: null,
    };
    expect((await emulator.call("GET", `${WEBHOOKS}/${id}`)).body).toEqual(ok(shown));
    expect((await emulator.call("GET", `${WEBHOOKS}/${dashed(id)}`)).body).toEqual(ok(shown));
    expect((await emulator.call("GET", WEBHOOKS)).body).toEqual(ok([shown]));
    expect(await emulator.stored("cloudflare/webhook")).toMatchObject([
      { scope: ACCOUNT, id, confirm: true },
    ]);
  });

  test.for([
    ["https://hooks.slack.com/services/T0/B0/secret", "slack", "https://hooks.slack.com/services/T0/B0"],
    [
      "https://hooks.slack.com/triggers/T0/1/secret",
      "generic",
      "https://hooks.slack.com/triggers/T0/1/secret",
    ],
    ["https://discord.com/api/webhooks/123/secret", "discord", "https://discord.com/api/webhooks/123"],
    [
      "https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=secret",
      "gchat",
      "https://chat.googleapis.com/v1/spaces/A/messages",
    ],
    [
      "https://open.feishu.cn/open-apis/bot/v2/hook/secret",
      "feishu",
      "https://open.feishu.cn/open-apis/bot/v2/hook",
    ],
    ["https://api.datadoghq.com/api/v1/events", "datadog", "https://api.datadoghq.com/api/v1/events"],
    ["https://api.opsgenie.com/v2/alerts", "opsgenie", "https://api.opsgenie.com/v2/alerts"],
    [
      "https://inputs.acme.splunkcloud.com:8088/services/collector",
      "splunk",
      "https://inputs.acme.splunkcloud.com:8088/services/collector",
    ],
    ["https://prod-01.westeurope.logic.azure.com/workflows/x", "generic", undefined],
  ] as const)("%s is %s, and the store keeps the whole URL", async ([url, type, shown]) => {
    const emulator = await emulate();
    const id = await makeWebhook(emulator, { name: "Chat", url });
    const { result } = (await emulator.call("GET", `${WEBHOOKS}/${id}`)).body;
    expect(result).toMatchObject({ type, url: shown ?? url });
    const [record] = await emulator.stored("cloudflare/webhook");
    expect(reveal(record!.spec["url"] as Secret)).toBe(url);
  });

  test("a Slack URL without its last part and that part as the secret are one URL", async () => {
    const emulator = await emulate();
    const url = "https://hooks.slack.com/services/T0/B0";
    await makeWebhook(emulator, { name: "Chat", url, secret: "tail" });
    const [record] = await emulator.stored("cloudflare/webhook");
    expect(reveal(record!.spec["url"] as Secret)).toBe(`${url}/tail`);
    expect(record?.spec).not.toHaveProperty("secret");
  });

  test("PUT replaces everything, and clears the secret that is not sent", async () => {
    const emulator = await emulate();
    const id = await makeWebhook(emulator, { ...HOOK, secret: "s3cret" });
    const body = { name: "Renamed", url: "https://example.com/new" };
    const answer = await emulator.call("PUT", `${WEBHOOKS}/${dashed(id)}`, { body });
    expect(answer).toMatchObject({ status: 200, body: ok({ id }) });
    const [record] = await emulator.stored("cloudflare/webhook");
    expect(record?.spec).toEqual({ name: "Renamed", url: expect.any(Secret) });
    expect((await emulator.call("PUT", `${WEBHOOKS}/${id}`, { body: { name: "x" } })).status).toBe(400);
  });

  test("delete has no result", async () => {
    const emulator = await emulate();
    const id = await makeWebhook(emulator);
    const answer = await emulator.call("DELETE", `${WEBHOOKS}/${id}`);
    expect(answer).toMatchObject({ status: 200, body: { success: true, errors: [], messages: [] } });
    expect(answer.body).not.toHaveProperty("result");
    expect((await emulator.call("GET", WEBHOOKS)).body).toEqual(ok([]));
  });

  test.for([[{ name: "x" }], [{ url: "https://example.com" }], [{ ...HOOK, url: "nope" }], [[]]] as const)(
    "create refuses %j",
    async ([body]) => {
      const { call } = await emulate();
      const answer = await call("POST", WEBHOOKS, { body });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ success: false, result: null, messages: [] });
      expect(answer.body.errors[0].code).toBeGreaterThanOrEqual(1000);
    },
  );
});

describe("policies", () => {
  const policy = (webhook: string) => ({
    name: "Certificates",
    alert_type: "universal_ssl_event_type",
    enabled: true,
    mechanisms: { webhooks: [{ id: webhook }], email: [{ id: "ops@example.com" }] },
  });

  test("create answers 200 with the id alone; get shows the rest", async () => {
    const emulator = await emulate({ now: fakeClock().now });
    const webhook = await makeWebhook(emulator);
    const body = { ...policy(dashed(webhook)), description: "all", filters: null, alert_interval: "30m" };
    const created = await emulator.call("POST", POLICIES, { body });
    expect(created).toMatchObject({ status: 200, body: ok({ id: expect.stringMatching(/^[0-9a-f]{32}$/) }) });
    const { id } = created.body.result;
    const shown = await emulator.call("GET", `${POLICIES}/${dashed(id)}`);
    expect(shown.body).toEqual(
      ok({
        ...policy(webhook),
        id,
        description: "all",
        alert_interval: "30m",
        created: "2026-01-02T03:04:05.000Z",
        modified: "2026-01-02T03:04:05.000Z",
      }),
    );
    expect((await emulator.call("GET", POLICIES)).body.result).toHaveLength(1);
  });

  test.for([
    ["no name", { name: undefined }, 17_000],
    ["no alert type", { alert_type: undefined }, 17_000],
    ["no enabled", { enabled: undefined }, 17_000],
    ["no mechanisms", { mechanisms: undefined }, 17_000],
    ["an interval that is none", { alert_interval: "often" }, 17_000],
    [
      "an interval that its type does not take",
      {
        alert_type: "workers_observability_alert",
        filters: { status: ["FIRING_FAILED"] },
        alert_interval: "30m",
      },
      17_009,
    ],
    ["a filter that is no list", { filters: { zones: "a" } }, 17_000],
    ["filters that its type needs", { alert_type: "http_alert_origin_error" }, 17_103],
    ["an unknown destination", { mechanisms: { webhooks: [{ id: "0".repeat(32) }] } }, 17_104],
    ["an unknown alert type", { alert_type: "brand_new_alert" }, 17_200],
  ] as const)("create refuses %s", async ([, change, code]) => {
    const emulator = await emulate();
    const body = { ...policy(await makeWebhook(emulator)), ...change };
    const answer = await emulator.call("POST", POLICIES, { body });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(refusal(code));
    expect(await emulator.stored("cloudflare/policy")).toEqual([]);
  });

  test("an alert type gets its filters", async () => {
    const emulator = await emulate();
    const change = { alert_type: "http_alert_origin_error", filters: { zones: ["z"], slo: ["99.9"] } };
    const body = { ...policy(await makeWebhook(emulator)), ...change };
    expect((await emulator.call("POST", POLICIES, { body })).status).toBe(200);
  });

  test("PUT with null takes away what a policy can be without", async () => {
    const emulator = await emulate();
    const body = { ...policy(await makeWebhook(emulator)), description: "all", alert_interval: "30m" };
    const { id } = (await emulator.call("POST", POLICIES, { body })).body.result;
    const nulls = { name: null, description: null, alert_interval: null, filters: null };
    expect((await emulator.call("PUT", `${POLICIES}/${id}`, { body: nulls })).status).toBe(200);
    const { result } = (await emulator.call("GET", `${POLICIES}/${id}`)).body;
    expect(Object.keys(result).toSorted()).toEqual([
      "alert_type",
      "created",
      "enabled",
      "id",
      "mechanisms",
      "modified",
      "name",
    ]);
  });

  test("PUT changes what is given; delete has no result; a used destination stays", async () => {
    const emulator = await emulate();
    const webhook = await makeWebhook(emulator);
    const { id } = (await emulator.call("POST", POLICIES, { body: policy(webhook) })).body.result;
    const changed = await emulator.call("PUT", `${POLICIES}/${id}`, { body: { enabled: false } });
    expect(changed).toMatchObject({ status: 200, body: ok({ id }) });
    expect((await emulator.call("GET", `${POLICIES}/${id}`)).body.result).toMatchObject({
      ...policy(webhook),
      enabled: false,
    });
    expect((await emulator.call("DELETE", `${WEBHOOKS}/${webhook}`)).body).toEqual(refusal(17_105));
    const deleted = await emulator.call("DELETE", `${POLICIES}/${id}`);
    expect(deleted.body).toEqual({ success: true, errors: [], messages: [] });
    expect((await emulator.call("DELETE", `${WEBHOOKS}/${webhook}`)).status).toBe(200);
  });
});

test.for([
  ["GET", WEBHOOKS],
  ["PUT", WEBHOOKS],
  ["DELETE", WEBHOOKS],
  ["GET", POLICIES],
  ["PUT", POLICIES],
  ["DELETE", POLICIES],
] as const)("%s %s of one that is not there is a 404", async ([method, path]) => {
  const { call } = await emulate();
  const answer = await call(method, `${path}/${"0".repeat(32)}`, method === "PUT" ? { body: HOOK } : {});
  expect(answer.status).toBe(404);
  expect(answer.body).toEqual(refusal(17_101));
});

test("an account has nothing of another one", async () => {
  const emulator = await emulate();
  await makeWebhook(emulator);
  const other = await emulator.call("GET", WEBHOOKS.replace(ACCOUNT, "f".repeat(32)));
  expect(other.body).toEqual(ok([]));
});

test("available alerts name every alert type once, by category", async () => {
  const { call } = await emulate();
  const { result } = (await call("GET", `${BASE}/available_alerts`)).body;
  const types = Object.values(result).flatMap((alerts) =>
    (alerts as { type: string }[]).map(({ type }) => type),
  );
  expect(new Set(types).size).toBe(types.length);
  expect(types).toContain("universal_ssl_event_type");
  expect(types.length).toBeGreaterThanOrEqual(69);
});

test("eligible destinations", async () => {
  const { call } = await emulate();
  const { result } = (await call("GET", `${BASE}/destinations/eligible`)).body;
  expect(result.webhooks).toEqual([{ type: "webhook", eligible: true, ready: true }]);
  expect(Object.keys(result)).toEqual(["email", "pagerduty", "webhooks"]);
});

describe("history", () => {
  const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  const journal = Array.from({ length: 12 }, (_, index) => ({
    topic: "cloudflare/history",
    scope: ACCOUNT,
    entry: { id: `h${index}`, sent: at(index) },
  }));

  test.for([
    ["?per_page=5", 5, "h11"],
    ["?per_page=5&page=3", 2, "h1"],
    ["?per_page=5&page=4", 0, undefined],
    [`?since=${at(2)}&before=${at(8)}`, 6, "h7"],
  ] as const)("%s", async ([query, count, first]) => {
    const { call } = await emulate({ seed: { resources: [], journal } });
    const { status, body } = await call("GET", `${BASE}/history${query}`);
    expect(status).toBe(200);
    expect(body.result).toHaveLength(count);
    expect(body.result[0]?.id).toBe(first);
    expect(body.result_info.count).toBe(count);
  });

  test.for(["page=0", "per_page=4", "per_page=1001", "since=yesterday", "before=x"] as const)(
    "%s is refused",
    async (query) => {
      const { call } = await emulate();
      expect((await call("GET", `${BASE}/history?${query}`)).status).toBe(400);
    },
  );
});
