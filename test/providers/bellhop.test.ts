import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Fields } from "../../src/model/value.ts";
import { confirmationEvent } from "../../src/providers/confirm.ts";
import { recognise } from "../../src/routing/recognise.ts";
import { providers } from "../../src/generated/registry.ts";
import { compileRoutes } from "../../src/routing/match.ts";
import { behaviour, eventFrom, NOW, render, requestOf, secret, storeRecord } from "../support/records.ts";
import { northflankBuildStart, qoveryFailure, scalingoDeployment } from "./documented.ts";

const spec: Fields = {
  name: "Deploys",
  type: "RAW_WEBHOOK",
  webhook: secret("https://hooks.example.com/x"),
  events: ["*"],
};
const event = eventFrom(northflankBuildStart);

describe("the raw body", () => {
  test("of a platform's event", () => {
    const { headers, body } = requestOf(render(storeRecord("bellhop/integration", spec), event));
    expect(headers).toEqual({ "content-type": "application/json" });
    expect(body).toEqual({
      id: "ev-1",
      type: "build:start",
      timestamp: event.time,
      project: "personal-blog",
      environment: null,
      data: northflankBuildStart.data,
    });
  });

  test("names project and environment by id, else by name", () => {
    const { body } = requestOf(render(storeRecord("bellhop/integration", spec), eventFrom(qoveryFailure)));
    expect(body).toMatchObject({
      project: qoveryFailure.payload.project.id,
      environment: qoveryFailure.payload.environment.id,
    });
    const named = eventFrom({ specversion: "1.0", id: "1", source: "/", type: "t", project: "shop" });
    expect(requestOf(render(storeRecord("bellhop/integration", spec), named)).body).toMatchObject({
      project: "shop",
      environment: null,
      data: null,
    });
  });

  test("can be an event of another Bellhop", () => {
    const { body } = requestOf(render(storeRecord("bellhop/integration", spec), event));
    expect(recognise(body, providers)).toMatchObject({
      id: "ev-1",
      type: "build:start",
      provider: "bellhop",
    });
  });
});

describe("signatures by Standard Webhooks", () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  const signed = (plain: string, id = "ev-1", now = NOW) =>
    requestOf(
      render(
        storeRecord("bellhop/integration", { ...spec, secret: secret(plain) }),
        { ...event, id },
        undefined,
        now,
      ),
    );
  const base64 = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  test.for([
    { plain: base64, verifier: new Webhook(base64) },
    { plain: "a plain string", verifier: new Webhook("a plain string", { format: "raw" }) },
    { plain: "ключ", verifier: new Webhook(new TextEncoder().encode("ключ"), { format: "raw" }) },
    { plain: "whsec_not base64", verifier: new Webhook("whsec_not base64", { format: "raw" }) },
  ])("the official library accepts ours with $plain, and no other body, id or key", ({ plain, verifier }) => {
    const { headers, text, body } = signed(plain);
    expect(verifier.verify(text, headers)).toEqual(body);
    expect(() => verifier.verify(`${text} `, headers)).toThrow("No matching signature");
    expect(() => verifier.verify(text, { ...headers, "webhook-id": "other" })).toThrow(
      "No matching signature",
    );
    expect(() => new Webhook("other", { format: "raw" }).verify(text, headers)).toThrow(
      "No matching signature",
    );
  });

  test("the id is the same at every attempt, the time is the attempt's", () => {
    const first = signed(base64);
    const second = signed(base64, "ev-1", NOW + 60_500);
    expect(second.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(second.headers["webhook-timestamp"]).toBe(String(NOW / 1000 + 60));
    expect(new Webhook(base64).verify(second.text, second.headers)).toEqual(first.body);
  });

  test("an id that is no header value still verifies", () => {
    const { headers, text, body } = signed(base64, "line\nbreak 中");
    expect(headers["webhook-id"]).toBe("line%0Abreak %E4%B8%AD");
    expect(new Webhook(base64).verify(text, headers)).toEqual(body);
  });
});

test("further headers, without those that are the sender's", () => {
  const headers = {
    Authorization: secret("Bearer x"),
    "X-Team": secret("Zoë\n"),
    Host: secret("evil"),
    "Transfer-Encoding": secret("chunked"),
    "Webhook-Signature": secret("v1,x"),
    "not a name": secret("x"),
  };
  const raw = render(storeRecord("bellhop/integration", { ...spec, headers }), event);
  const expected = { Authorization: "Bearer x", "X-Team": "Zoë%0A" };
  expect(requestOf(raw).headers).toEqual({ "content-type": "application/json", ...expected });
  expect(JSON.stringify(raw)).not.toContain("Bearer x");
  const slack = render(storeRecord("bellhop/integration", { ...spec, type: "SLACK", headers }), event);
  expect(slack.form === "message" && slack.headers.map(({ name }) => name)).toEqual([
    "Authorization",
    "X-Team",
  ]);
});

test.for([
  ["SLACK", "slack"],
  ["DISCORD", "discord"],
  ["TEAMS", "teams"],
] as const)("type %s is a %s message in the words of the event's platform", ([type, format]) => {
  const record = storeRecord("bellhop/integration", { ...spec, type });
  expect(render(record, eventFrom(scalingoDeployment))).toMatchObject({
    form: "message",
    format,
    message: { title: "Deployment succeeded: appname" },
  });
  const confirmation = confirmationEvent(record, "c-1", "2026-01-01T00:00:00Z");
  expect(render(record, confirmation)).toMatchObject({
    message: { title: "Bellhop can reach this place: the-key" },
  });
});

test("an event that nobody knows is described by its parts, without what looks secret", () => {
  const unknown = eventFrom({
    specversion: "1.0",
    id: "1",
    source: "/x",
    type: "com.example.backup.failed",
    subject: "db-1",
    data: { message: "Disk full", size: 7, nested: { host: "a", apiKey: "hunter2" }, password: "hunter2" },
  });
  expect(render(storeRecord("bellhop/integration", { ...spec, type: "SLACK" }), unknown)).toMatchObject({
    message: {
      title: "com.example.backup.failed",
      text: "Disk full",
      level: "error",
      facts: [
        { name: "Event", value: "com.example.backup.failed" },
        { name: "Subject", value: "db-1" },
        { name: "size", value: "7" },
        { name: "nested.host", value: "a" },
      ],
    },
  });
});

describe("subscriptions", () => {
  test.for<[Fields, boolean]>([
    [{}, true],
    [{ enabled: false }, false],
    [{ events: ["build:start"] }, true],
    [{ events: ["trigger:build:start"] }, true],
    [{ events: ["trigger:build:*", "!build:start"] }, false],
    [{ events: ["!job:*"] }, true],
    [{ events: ["deployment"] }, false],
    [{ projects: ["PERSONAL-*"] }, true],
    [{ projects: ["personal blog"] }, true],
    [{ projects: ["web-*"] }, false],
    [{ environments: ["*"] }, false],
  ])("%j: %s", ([more, expected]) => {
    const record = storeRecord("bellhop/integration", { ...spec, ...more });
    const routes = compileRoutes(behaviour(record.kind).subscriptions(record, [record]));
    expect(routes.match(event)).toHaveLength(expected ? 1 : 0);
  });

  test("without events it asks for all", () => {
    const { events: _events, ...rest } = spec;
    const record = storeRecord("bellhop/integration", rest);
    expect(behaviour(record.kind).subscriptions(record, [])).toMatchObject([
      { events: "all", provider: "any" },
    ]);
  });
});
