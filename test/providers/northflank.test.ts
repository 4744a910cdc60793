import express from "express";
import { describe, expect, test } from "vitest";
import { CONFIRM_TYPE } from "../../src/model/event.ts";
import { confirmationEvent } from "../../src/providers/confirm.ts";
import { compileRoutes } from "../../src/routing/match.ts";
import { listen } from "../support/receiver.ts";
import {
  behaviour,
  eventFrom,
  plainHeaders,
  render,
  requestOf,
  secret,
  storeRecord,
} from "../support/records.ts";
import { northflankBuildStart } from "./documented.ts";

const spec = {
  name: "Example Notification",
  type: "RAW_WEBHOOK",
  webhook: secret("https://ci.example.com/hook"),
  secret: secret("s3cret"),
  events: { "trigger:build:start": true },
};
const event = eventFrom(northflankBuildStart);

describe("the documented request", () => {
  test("headers and body", () => {
    const { url, headers, body } = requestOf(
      render(storeRecord("northflank/notification", spec, { id: "example-notification" }), event),
    );
    expect(url).toBe("https://ci.example.com/hook");
    expect(headers).toEqual({
      "content-type": "application/json",
      "X-Northflank-Notification-Integration-Id": "example-notification",
      "X-Northflank-Notification-Integration-Name": "Example Notification",
      "X-Northflank-Notification-Integration-Token": "s3cret",
      "X-Northflank-Notification-Integration-Event-Id": "ev-1",
      "X-Northflank-Notification-Integration-Event-Type": "build:start",
    });
    expect(body).toEqual(northflankBuildStart);
  });

  test("without a secret there is no token header", () => {
    const { secret: _secret, ...open } = spec;
    const { headers } = requestOf(render(storeRecord("northflank/notification", open), event));
    expect(Object.keys(headers)).not.toContain("X-Northflank-Notification-Integration-Token");
  });

  test("header values are legal whatever they hold", () => {
    const hostile = { ...event, id: "a\r\nX-Evil: 1", type: "build:\u4E2D\u0000" };
    const record = storeRecord("northflank/notification", {
      ...spec,
      name: "Zürich 🚀\n",
      secret: secret("a\nb"),
    });
    const { headers } = requestOf(render(record, hostile));
    expect(headers).toMatchObject({
      "X-Northflank-Notification-Integration-Event-Id": "a%0D%0AX-Evil: 1",
      "X-Northflank-Notification-Integration-Event-Type": "build:%E4%B8%AD%00",
      "X-Northflank-Notification-Integration-Name": "Zürich %F0%9F%9A%80%0A",
      "X-Northflank-Notification-Integration-Token": "a%0Ab",
    });
    expect(() => new Headers(headers)).not.toThrow();
  });

  test("a CloudEvent of a known type travels in the same envelope, named as Northflank does", () => {
    const cloudEvent = eventFrom({
      specversion: "1.0",
      id: "c-1",
      source: "/ci",
      type: "trigger:build:start",
      data: [1, "two"],
    });
    const { headers, body } = requestOf(render(storeRecord("northflank/notification", spec), cloudEvent));
    expect(body).toEqual({ event: "build:start", data: [1, "two"] });
    expect(headers["X-Northflank-Notification-Integration-Event-Type"]).toBe("build:start");
  });

  test("the confirmation has the same form", () => {
    const record = storeRecord("northflank/notification", spec);
    const { body } = requestOf(render(record, confirmationEvent(record, "c-1", "2026-01-01T00:00:00Z")));
    expect(body).toMatchObject({ event: CONFIRM_TYPE, data: { integration: "the-key" } });
  });
});

/** The receiver of the guide "Configure notification integrations", as it is printed there, around our own secret. */
function exampleHandler(actualSecret: string, handled: unknown[]): express.Express {
  const app = express();
  app.use(express.json());
  app.post("/webhook", (request, response) => {
    const receivedSecret = request.get("X-Northflank-Notification-Integration-Token");
    if (receivedSecret !== actualSecret) {
      response.sendStatus(401);
      return;
    }
    const { event: name, data } = request.body;
    switch (name) {
      case "build:start": {
        const { project, service, build } = data;
        handled.push({ project, service, build });
        break;
      }
      default:
        handled.push(`Unhandled event ${name}.`);
    }
    response.sendStatus(200);
  });
  return app;
}

describe("the documented example receiver", () => {
  test.for([
    { sent: "s3cret", status: 200 },
    { sent: "other", status: 401 },
    { sent: undefined, status: 401 },
  ])("answers $status to the secret $sent", async ({ sent, status }) => {
    const handled: unknown[] = [];
    const origin = await listen(exampleHandler("s3cret", handled));
    const { secret: _secret, ...open } = { ...spec, webhook: secret(`${origin}/webhook`) };
    const record = storeRecord(
      "northflank/notification",
      sent === undefined ? open : { ...open, secret: secret(sent) },
    );
    const { url, headers, text } = requestOf(render(record, event));
    const response = await fetch(url, { method: "POST", headers, body: text });
    expect(response.status).toBe(status);
    const { project, service, build } = northflankBuildStart.data;
    expect(handled).toEqual(status === 200 ? [{ project, service, build }] : []);
  });
});

test.for([
  ["SLACK", "slack"],
  ["DISCORD", "discord"],
  ["TEAMS", "teams"],
  ["TEAMS_WORKFLOWS", "teams"],
] as const)("type %s is a %s message without Northflank's headers", ([type, format]) => {
  const { secret: _secret, ...open } = spec;
  const rendered = render(storeRecord("northflank/notification", { ...open, type }), event);
  expect(rendered).toMatchObject({ form: "message", format, headers: [] });
  expect(rendered.form === "message" && rendered.message.title).toBe(
    "Build started: Website in Personal Blog",
  );
  expect(rendered.form === "message" && plainHeaders(rendered.headers)).toEqual({});
});

describe("subscriptions", () => {
  const matches = (more: object, happened = event): boolean => {
    const record = storeRecord("northflank/notification", { ...spec, ...more });
    return compileRoutes(behaviour(record.kind).subscriptions(record, [record])).match(happened).length === 1;
  };
  const tagged = eventFrom({ event: "build:start", data: { service: { id: "web", tags: ["eu", "web"] } } });
  const tags = (items: string[], matchCondition?: string) => ({
    restrictions: { tags: { enabled: true, items, ...(matchCondition !== undefined && { matchCondition }) } },
  });

  test.for([
    { more: {}, expected: true },
    { more: { events: { "trigger:build:start": false } }, expected: false },
    { more: { events: { "build:start": true } }, expected: true },
    { more: { events: { "trigger:build:success": true } }, expected: false },
    { more: { restricted: true, projects: ["personal-blog"] }, expected: true },
    { more: { restricted: true, projects: ["other"] }, expected: false },
    { more: { restricted: true }, expected: false },
    { more: { restricted: false, projects: ["other"] }, expected: true },
    { more: tags(["eu"]), expected: false },
  ])("$more: $expected", ({ more, expected }) => {
    expect(matches(more)).toBe(expected);
  });

  test.for([
    { more: tags(["eu", "us"]), expected: true },
    { more: tags(["eu", "us"], "and"), expected: false },
    { more: tags(["eu", "web"], "and"), expected: true },
    { more: { restrictions: { tags: { enabled: false, items: ["us"] } } }, expected: true },
  ])("$more of a tagged service: $expected", ({ more, expected }) => {
    expect(matches(more, tagged)).toBe(expected);
  });

  test("another platform's event of the same name is left alone", () => {
    const foreign = eventFrom({ id: "1", type: "build:start", timestamp: "2026-01-01T00:00:00Z", data: {} });
    expect(matches({}, foreign)).toBe(false);
  });
});

test("ids are slugs of the name, made unique", () => {
  const kind = behaviour("northflank/notification");
  expect(kind.newId(spec, new Set())).toBe("example-notification");
  expect(kind.newId(spec, new Set(["example-notification", "example-notification-2"]))).toBe(
    "example-notification-3",
  );
});

test.for([
  ["build:failure", "Build failed: web in shop", "error"],
  ["job-run:success", "Job run succeeded: web in shop", "success"],
  ["infrastructure:service:container-crash", "Infrastructure service container crash: web in shop", "error"],
  ["billing:invoice-paid", "Billing invoice paid: web in shop", "success"],
  ["anything:new", "Anything new: web in shop", "info"],
] as const)("%s reads: %s", ([type, title, level]) => {
  const happened = eventFrom({ event: type, data: { service: { id: "web" }, project: { id: "shop" } } });
  const rendered = render(storeRecord("northflank/notification", { ...spec, type: "SLACK" }), happened);
  expect(rendered).toMatchObject({ message: { title, level } });
});
