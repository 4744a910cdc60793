import { describe, expect, test } from "vitest";
import { kinds } from "../../src/generated/kinds/scalingo.ts";
import { CONFIRM_TYPE } from "../../src/model/event.ts";
import type { Fields } from "../../src/model/value.ts";
import { confirmationEvent } from "../../src/providers/confirm.ts";
import { provider } from "../../src/providers/scalingo/index.ts";
import { compileRoutes } from "../../src/routing/match.ts";
import { behaviour, eventFrom, render, requestOf, secret, storeRecord } from "../support/records.ts";
import { scalingoDeployment } from "./documented.ts";

const url = secret("https://hooks.example.com/scalingo");
const spec: Fields = {
  name: "Deploys",
  platform: "webhook",
  selected_events: ["app_deployed"],
  type_data: { webhook_url: url },
};
const event = eventFrom(scalingoDeployment);
const known = eventFrom({
  specversion: "1.0",
  id: "c-1",
  source: "/ci",
  type: "app_deployed",
  data: { status: "ok" },
});

test("every event that can be selected has a payload type, and is found by either name", () => {
  const selectable = kinds.flatMap(({ fields }) => fields["selected_events"]?.items?.enum ?? []);
  expect(selectable.length).toBeGreaterThan(45);
  for (const name of selectable) {
    const names = provider.eventNames(name) ?? [];
    expect(names).toContain(name);
    expect(provider.eventNames(names[0] ?? "")).toEqual(names);
  }
  expect(provider.eventNames("app_deployed")).toEqual(["deployment", "app_deployed"]);
  expect(provider.eventNames("something_else")).toBeUndefined();
});

describe("a webhook gets the event's JSON", () => {
  test.for([
    { kind: "scalingo/notifier", fields: spec },
    { kind: "scalingo/notification", fields: { webhook_url: url } },
  ])("$kind: Scalingo's own as it came", ({ kind, fields }) => {
    const { url: to, headers, body } = requestOf(render(storeRecord(kind, fields), event));
    expect(to).toBe("https://hooks.example.com/scalingo");
    expect(headers).toEqual({ "content-type": "application/json" });
    expect(body).toEqual(scalingoDeployment);
  });

  test("any other in the documented envelope, data verbatim", () => {
    const record = storeRecord("scalingo/notifier", spec, { scope: "storefront" });
    expect(requestOf(render(record, known)).body).toEqual({
      id: "c-1",
      created_at: known.time,
      app_id: null,
      app_name: "storefront",
      type: "deployment",
      type_data: { status: "ok" },
    });
    const byId = storeRecord("scalingo/notifier", spec, { scope: "5343eccd646173000a140000" });
    expect(requestOf(render(byId, known)).body).toMatchObject({ app_id: byId.scope, app_name: null });
  });

  test("the confirmation in the same envelope", () => {
    const record = storeRecord("scalingo/notifier", spec, { scope: "storefront" });
    const { body } = requestOf(render(record, confirmationEvent(record, "c-1", "2026-01-01T00:00:00Z")));
    expect(body).toMatchObject({ type: CONFIRM_TYPE, type_data: { integration: "the-key" } });
  });
});

test.for([
  { kind: "scalingo/notifier", fields: { ...spec, platform: "slack" }, format: "slack" },
  { kind: "scalingo/notifier", fields: { ...spec, platform: "rocket_chat" }, format: "rocket-chat" },
  {
    kind: "scalingo/notification",
    fields: { webhook_url: secret("https://hooks.slack.com/services/T/B/x") },
    format: "slack",
  },
])("$kind becomes a $format message", ({ kind, fields, format }) => {
  expect(render(storeRecord(kind, fields), event)).toMatchObject({
    form: "message",
    format,
    message: { title: "Deployment succeeded: appname", level: "success" },
  });
});

describe("subscriptions", () => {
  const matches = (kind: string, fields: Fields, happened = event, scope = "appname"): boolean => {
    const record = storeRecord(kind, fields, { scope });
    return compileRoutes(behaviour(kind).subscriptions(record, [record])).match(happened).length === 1;
  };
  const crash = eventFrom({ ...scalingoDeployment, type: "crash" });
  const alert = eventFrom({ ...scalingoDeployment, type: "alert" });
  const stack = eventFrom({ ...scalingoDeployment, type: "stack_changed" });

  test.for([
    { fields: spec, happened: event, expected: true },
    { fields: { ...spec, selected_events: ["deployment"] }, happened: event, expected: true },
    { fields: spec, happened: crash, expected: false },
    { fields: { ...spec, selected_events: [] }, happened: event, expected: false },
    { fields: { ...spec, send_all_events: true }, happened: crash, expected: true },
    { fields: { ...spec, send_all_events: true }, happened: stack, expected: true },
    { fields: { ...spec, send_all_alerts: true }, happened: alert, expected: true },
    { fields: spec, happened: alert, expected: false },
    { fields: { ...spec, active: false }, happened: event, expected: false },
    {
      fields: { ...spec, platform: "email", type_data: { emails: ["a@b.c"] } },
      happened: event,
      expected: false,
    },
    { fields: spec, happened: known, expected: true },
  ])("notifier and $happened.type: $expected", ({ fields, happened, expected }) => {
    expect(matches("scalingo/notifier", fields, happened)).toBe(expected);
  });

  test.for([
    ["appname", true],
    ["5343eccd646173000a140000", true],
    ["other", false],
    ["", true],
  ] as const)("app %s: %s", ([scope, expected]) => {
    expect(matches("scalingo/notifier", spec, event, scope)).toBe(expected);
  });

  test("an older notification gets deployments alone", () => {
    expect(matches("scalingo/notification", { webhook_url: url })).toBe(true);
    expect(matches("scalingo/notification", { webhook_url: url }, crash)).toBe(false);
    expect(matches("scalingo/notification", { webhook_url: url, active: false })).toBe(false);
  });
});

test("messages show neither values of variables nor command lines", () => {
  const changed = eventFrom({
    ...scalingoDeployment,
    type: "edit_variable",
    type_data: { name: "API_KEY", value: "hunter2", old_value: "hunter1" },
  });
  const ran = eventFrom({
    ...scalingoDeployment,
    type: "run",
    type_data: { command: "deploy --token hunter2" },
  });
  for (const happened of [changed, ran]) {
    const message = JSON.stringify(
      render(storeRecord("scalingo/notifier", { ...spec, platform: "slack" }), happened),
    );
    expect(message).not.toContain("hunter");
  }
});

test("ids have Scalingo's form", () => {
  expect(behaviour("scalingo/notifier").newId(spec, new Set())).toMatch(
    /^no-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  );
  expect(behaviour("scalingo/notification").newId({}, new Set())).toMatch(/^[0-9a-f]{24}$/);
});
