import { describe, expect, test } from "vitest";
import type { Fields } from "../../src/model/value.ts";
import { compileRoutes } from "../../src/routing/match.ts";
import { behaviour, eventFrom, render, requestOf, secret, storeRecord } from "../support/records.ts";
import { qoveryFailure } from "./documented.ts";

const organization = qoveryFailure.payload.organization.id;
const spec: Fields = {
  kind: "STANDARD",
  target_url: secret("https://hooks.example.com/qovery"),
  target_secret: secret("s3cret"),
  events: ["DEPLOYMENT_FAILURE"],
};
const event = eventFrom(qoveryFailure);

test("the documented body, with the secret in both headers", () => {
  const { headers, body } = requestOf(render(storeRecord("qovery/webhook", spec), event));
  expect(headers).toEqual({
    "content-type": "application/json",
    "Qovery-Signature": "s3cret",
    "Qovery-Secret": "s3cret",
  });
  expect(body).toEqual(qoveryFailure);
});

test("a CloudEvent in the same envelope, and no header without a secret", () => {
  const { target_secret: _secret, ...open } = spec;
  const cloudEvent = eventFrom({
    specversion: "1.0",
    id: "c-1",
    source: "/ci",
    type: "DEPLOYMENT_FAILURE",
    time: "2026-03-04T05:06:07Z",
    data: { why: "disk" },
  });
  const { headers, body } = requestOf(render(storeRecord("qovery/webhook", open), cloudEvent));
  expect(headers).toEqual({ "content-type": "application/json" });
  expect(body).toEqual({
    created_at: "2026-03-04T05:06:07Z",
    event_type: "DEPLOYMENT_FAILURE",
    payload_type: "DEPLOYMENT",
    payload_id: "c-1",
    payload: { why: "disk" },
  });
});

test("kind SLACK is a Slack message", () => {
  expect(render(storeRecord("qovery/webhook", { ...spec, kind: "SLACK" }), event)).toMatchObject({
    form: "message",
    format: "slack",
    headers: [],
    message: { title: "Deployment failed: Product-Shop / main", level: "error" },
  });
});

describe("subscriptions", () => {
  test.for<[Fields, boolean]>([
    [{}, true],
    [{ enabled: false }, false],
    [{ events: ["DEPLOYMENT_STARTED"] }, false],
    [{ events: [] }, false],
    [{ project_names_filter: ["product*"] }, true],
    [{ project_names_filter: ["PRODUCT-SHOP"] }, true],
    [{ project_names_filter: ["product"] }, false],
    [{ project_names_filter: ["product-sho?"] }, false],
    [{ project_names_filter: [] }, true],
    [{ environment_types_filter: ["PRODUCTION", "STAGING"] }, true],
    [{ environment_types_filter: ["PREVIEW"] }, false],
  ])("%j: %s", ([more, expected]) => {
    const record = storeRecord("qovery/webhook", { ...spec, ...more }, { scope: organization });
    const routes = compileRoutes(behaviour(record.kind).subscriptions(record, [record]));
    expect(routes.match(event)).toHaveLength(expected ? 1 : 0);
  });

  test("another organisation's events are not meant", () => {
    const record = storeRecord("qovery/webhook", spec, { scope: "00000000-0000-4000-8000-000000000000" });
    expect(compileRoutes(behaviour(record.kind).subscriptions(record, [record])).match(event)).toEqual([]);
  });
});

test("ids are UUIDs", () => {
  expect(behaviour("qovery/webhook").newId(spec, new Set())).toMatch(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  );
});
