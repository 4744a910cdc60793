import { describe, expect, test } from "vitest";
import type { StoreRecord } from "../../src/model/record.ts";
import type { Fields } from "../../src/model/value.ts";
import { confirmationEvent } from "../../src/providers/confirm.ts";
import { compileRoutes } from "../../src/routing/match.ts";
import { behaviour, eventFrom, render, requestOf, secret, storeRecord } from "../support/records.ts";
import { cloudflareHealthCheck } from "./documented.ts";

const account = "023e105f4ecef8ad9ca31a8372d0c353";
const webhookId = "b115d5ec15c641ee8b7692c449b5227b";
const webhook = storeRecord(
  "cloudflare/webhook",
  { name: "On-call hook", url: secret("https://hooks.example.com/cf"), secret: secret("s3cret") },
  { uid: "uid-webhook", scope: account, id: webhookId },
);
const policy = (more: Fields = {}, scope = account): StoreRecord =>
  storeRecord(
    "cloudflare/policy",
    {
      name: "Shop health",
      alert_type: "health_check_status_notification",
      mechanisms: { webhooks: [{ id: webhookId }] },
      ...more,
    },
    { uid: "uid-policy", scope, id: "f174e90afafe4643bbbc4a0ed4fc8415" },
  );
const event = eventFrom(cloudflareHealthCheck);

describe("the documented request", () => {
  test("name is the destination's, policy and account are ours", () => {
    const { headers, body } = requestOf(render(webhook, event, policy()));
    expect(headers).toEqual({ "content-type": "application/json", "cf-webhook-auth": "s3cret" });
    expect(body).toEqual({
      text: "Health check shop is unhealthy.",
      name: "On-call hook",
      data: cloudflareHealthCheck.data,
      ts: cloudflareHealthCheck.ts,
      account_id: account,
      policy_id: "f174e90afafe4643bbbc4a0ed4fc8415",
      policy_name: "Shop health",
      alert_type: "health_check_status_notification",
      alert_correlation_id: cloudflareHealthCheck.alert_correlation_id,
      alert_event: "ALERT_STATE_EVENT_START",
    });
  });

  test("a CloudEvent in the same envelope", () => {
    const cloudEvent = eventFrom({
      specversion: "1.0",
      id: "c-1",
      source: "/x",
      type: "universal_ssl_event_type",
      time: "2026-03-04T05:06:07.900Z",
      data: { days: 3 },
    });
    const { body } = requestOf(render(webhook, cloudEvent, policy()));
    expect(body).toEqual({
      text: "Universal ssl event type",
      name: "On-call hook",
      data: { days: 3 },
      ts: 1772600767,
      account_id: account,
      policy_id: "f174e90afafe4643bbbc4a0ed4fc8415",
      policy_name: "Shop health",
      alert_type: "universal_ssl_event_type",
    });
  });

  test("the confirmation is a text, like Cloudflare's own and in our words", () => {
    const { headers, body } = requestOf(
      render(webhook, confirmationEvent(webhook, "c-1", "2026-01-01T00:00:00Z")),
    );
    expect(headers).toHaveProperty("cf-webhook-auth", "s3cret");
    expect(body).toEqual({ text: expect.stringContaining("Bellhop") });
    expect(JSON.stringify(body)).not.toContain("Hello World");
  });
});

test.for([
  ["https://hooks.slack.com/services/T/B/x", "slack"],
  ["https://discord.com/api/webhooks/1/x", "discord"],
  ["https://canary.discord.com/api/webhooks/1/x", "discord"],
] as const)("%s gets a %s message", ([url, format]) => {
  const record = { ...webhook, spec: { ...webhook.spec, url: secret(url) } };
  expect(render(record, event, policy())).toMatchObject({
    form: "message",
    format,
    message: { level: "error", text: "Health check shop is unhealthy." },
  });
});

test.for(["https://evil-hooks.slack.com.example/x", "https://notdiscord.com/x"])(
  "%s is an ordinary URL",
  (url) => {
    const record = { ...webhook, spec: { ...webhook.spec, url: secret(url) } };
    expect(render(record, event, policy()).form).toBe("request");
  },
);

describe("subscriptions", () => {
  const found = (record: StoreRecord, others: readonly StoreRecord[] = [webhook], happened = event) =>
    compileRoutes(behaviour(record.kind).subscriptions(record, [record, ...others])).match(happened);

  test("a policy leads to its webhooks, whichever way their ids are written", () => {
    expect(found(policy())).toMatchObject([{ uid: "uid-policy", destinationUid: "uid-webhook" }]);
    const dashed = { mechanisms: { webhooks: [{ id: "b115d5ec-15c6-41ee-8b76-92c449b5227b" }] } };
    expect(found(policy(dashed))).toHaveLength(1);
    const second = { ...webhook, uid: "uid-2", id: "1860572c5d964d27aa0f379d13645940" };
    const both = { mechanisms: { webhooks: [{ id: webhookId }, { id: second.id }, { id: webhookId }] } };
    expect(found(policy(both), [webhook, second]).map(({ destinationUid }) => destinationUid)).toEqual([
      "uid-webhook",
      "uid-2",
    ]);
  });

  test("a webhook asks for nothing by itself", () => {
    expect(behaviour("cloudflare/webhook").subscriptions(webhook, [webhook])).toEqual([]);
  });

  test.for<[Fields, boolean]>([
    [{ enabled: false }, false],
    [{ alert_type: "universal_ssl_event_type" }, false],
    [{ mechanisms: { webhooks: [{ id: "00000000000000000000000000000000" }] } }, false],
    [{ mechanisms: { email: [{ id: "ops@example.com" }] } }, false],
    [{ filters: { zones: [cloudflareHealthCheck.data.zone_tag] } }, true],
    [{ filters: { zones: ["00000000000000000000000000000000"] } }, false],
    [{ filters: { new_status: ["Unhealthy"] } }, true],
    [{ filters: { new_health: ["Healthy"] } }, false],
    [{ filters: { health_check_id: ["5d3f7a0b-e01e-4c1a-b9a4-fd2e6c7a0005"] } }, true],
    [{ filters: { slo: ["99.9"] } }, true],
    [{ filters: { pool_id: ["p"], zones: [cloudflareHealthCheck.data.zone_tag] } }, false],
    [{ filters: { zones: [] } }, true],
  ])("%j: %s", ([more, expected]) => {
    expect(found(policy(more))).toHaveLength(expected ? 1 : 0);
  });

  test("incidents by component and impact", () => {
    const incident = eventFrom({
      text: "Incident",
      ts: 1772600767,
      alert_type: "incident_alert",
      data: { affected_components: [{ id: "c1", name: "Workers" }], incident_impact: "major" },
    });
    const filters = { affected_components: ["Workers"], incident_impact: ["INCIDENT_IMPACT_MAJOR"] };
    expect(found(policy({ alert_type: "incident_alert", filters }), [webhook], incident)).toHaveLength(1);
  });

  test("the account is compared without hyphens", () => {
    const dashed = "023e105f-4ece-f8ad-9ca3-1a8372d0c353";
    expect(found(policy({}, dashed))).toHaveLength(1);
    expect(found(policy({}, "9035f53656c247e895c5a6939ae8a0e0"))).toHaveLength(0);
  });
});

test("ids are 32 hexadecimal digits", () => {
  expect(behaviour("cloudflare/policy").newId({}, new Set())).toMatch(/^[0-9a-f]{32}$/);
});
