import { describe, expect, test } from "vitest";
import { emulate, fakeClock } from "./support.ts";
import type { TestEmulator } from "./support.ts";

const PATH = "/v1/apps/storefront/notifiers";
const LEGACY = "/v1/apps/storefront/notifications";
const SLACK = "https://hooks.slack.com/TXXXXX/BXXXXX/XXXXXXXXXX";

async function catalogue({ call }: TestEmulator) {
  const platforms: { id: string; name: string }[] = (await call("GET", "/v1/notification_platforms")).body
    .notification_platforms;
  const types: { id: string; name: string }[] = (await call("GET", "/v1/event_types")).body.event_types;
  const idOf = (list: { id: string; name: string }[], name: string): string =>
    list.find((entry) => entry.name === name)?.id ?? "missing";
  return {
    platform: (name: string) => idOf(platforms, name),
    event: (name: string) => idOf(types, name),
  };
}

describe("notifiers", () => {
  test("create answers 201 with ids for names; the store holds names", async () => {
    const emulator = await emulate({ now: fakeClock().now });
    const { platform, event } = await catalogue(emulator);
    const notifier = {
      name: "Deploys",
      platform_id: platform("webhook"),
      selected_event_ids: [event("app_deployed"), event("app_crashed")],
      type_data: { webhook_url: "https://example.com/hook" },
    };
    const answer = await emulator.call("POST", PATH, { body: { notifier } });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      notifier: {
        id: expect.stringMatching(/^no-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
        app_id: expect.stringMatching(/^[0-9a-f]{24}$/),
        app: "storefront",
        name: "Deploys",
        type: "webhook",
        platform_id: platform("webhook"),
        active: true,
        send_all_events: false,
        send_all_alerts: false,
        selected_event_ids: [event("app_deployed"), event("app_crashed")],
        type_data: { webhook_url: "https://example.com/hook" },
        created_at: "2026-01-02T03:04:05.000Z",
        updated_at: "2026-01-02T03:04:05.000Z",
      },
    });
    const [record] = await emulator.stored("scalingo/notifier");
    expect(record).toMatchObject({ scope: "storefront", confirm: true });
    expect(record?.spec).toMatchObject({
      name: "Deploys",
      platform: "webhook",
      selected_events: ["app_deployed", "app_crashed"],
    });
    expect(JSON.stringify(record)).not.toContain("/hook");
  });

  test("what Go clients send besides is no harm", async () => {
    const emulator = await emulate();
    const { platform } = await catalogue(emulator);
    const notifier = {
      id: "",
      app_id: "",
      type: "",
      created_at: "0001-01-01T00:00:00Z",
      updated_at: "0001-01-01T00:00:00Z",
      name: "Mail",
      platform_id: platform("email"),
      active: true,
      send_all_events: null,
      selected_event_ids: null,
      type_data: { webhook_url: "", emails: ["a@example.com"], user_ids: null, phone: "" },
    };
    const answer = await emulator.call("POST", `${PATH}?`, { body: { notifier } });
    expect(answer.status).toBe(201);
    expect(answer.body.notifier).toMatchObject({
      type: "email",
      selected_event_ids: [],
      type_data: { emails: ["a@example.com"] },
    });
    expect(answer.body.notifier.type_data).not.toHaveProperty("webhook_url");
  });

  test.for([
    ["no name", { name: undefined }, "name"],
    ["an empty name", { name: "" }, "name"],
    ["no platform", { platform_id: undefined }, "platform_id"],
    ["an unknown platform", { platform_id: "5982f145d48c3600273ef08a" }, "platform_id"],
    ["an unknown event", { selected_event_ids: ["5982f145d48c3600273ef08b"] }, "selected_event_ids"],
    ["a webhook without URL", { type_data: {} }, "type_data.webhook_url"],
    ["a URL that is none", { type_data: { webhook_url: "ftp://x" } }, "type_data.webhook_url"],
    ["an active that is text", { active: "yes" }, "active"],
  ] as const)("422 for %s", async ([, change, field]) => {
    const emulator = await emulate();
    const { platform } = await catalogue(emulator);
    const type_data = { webhook_url: "https://example.com/hook" };
    const notifier = { name: "Deploys", platform_id: platform("webhook"), type_data, ...change };
    const answer = await emulator.call("POST", PATH, { body: { notifier } });
    expect(answer.status).toBe(422);
    expect(Object.keys(answer.body.errors)).toContain(field);
    expect(answer.body.errors[field]).toEqual(expect.arrayContaining([expect.any(String)]));
    expect(await emulator.stored("scalingo/notifier")).toEqual([]);
  });

  test.for([
    ["{", 400],
    ['{"notifiers":{}}', 400],
    ['{"notifier":[]}', 400],
    ["", 400],
  ] as const)("the body %j is a %d", async ([raw, status]) => {
    const { call } = await emulate();
    const answer = await call("POST", PATH, { raw, headers: { "content-type": "application/json" } });
    expect(answer).toMatchObject({ status, body: { error: expect.any(String) } });
  });

  async function withOne() {
    const emulator = await emulate();
    const ids = await catalogue(emulator);
    const notifier = {
      name: "Deploys",
      platform_id: ids.platform("webhook"),
      send_all_alerts: true,
      type_data: { webhook_url: "https://example.com/hook" },
    };
    const { body } = await emulator.call("POST", PATH, { body: { notifier } });
    return { ...emulator, ...ids, id: String(body.notifier.id), appId: String(body.notifier.app_id) };
  }

  test("update changes what is given, and never the platform", async () => {
    const { call, id, platform, event } = await withOne();
    const notifier = {
      active: false,
      platform_id: platform("slack"),
      selected_event_ids: [event("app_stopped")],
    };
    const answer = await call("PATCH", `${PATH}/${id}`, { body: { notifier } });
    expect(answer.status).toBe(200);
    expect(answer.body.notifier).toMatchObject({
      id,
      name: "Deploys",
      active: false,
      send_all_alerts: true,
      type: "webhook",
      selected_event_ids: [event("app_stopped")],
      type_data: { webhook_url: "https://example.com/hook" },
    });
  });

  test("get, list, test and delete, by the application's name or its id", async () => {
    const { call, id, appId } = await withOne();
    const byId = `/v1/apps/${appId}/notifiers`;
    expect((await call("GET", `${PATH}/${id}`)).body.notifier.id).toBe(id);
    expect((await call("GET", `${byId}/${id}`)).body.notifier).toMatchObject({ id, app: "storefront" });
    expect((await call("GET", byId)).body.notifiers).toHaveLength(1);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect(await call("POST", `${PATH}/${id}/test`, { headers, raw: "" })).toMatchObject({ status: 200 });
    const deleted = await call("DELETE", `${PATH}/${id}`, {
      headers: { "content-type": "application/json" },
    });
    expect(deleted).toMatchObject({ status: 204, body: undefined });
    expect((await call("GET", PATH)).body).toEqual({ notifiers: [] });
  });

  test.for([
    ["GET", ""],
    ["PATCH", ""],
    ["DELETE", ""],
    ["POST", "/test"],
  ] as const)("%s %s of one that is not there is a 404 that names the resource", async ([method, rest]) => {
    const { call } = await emulate();
    const body = method === "GET" || method === "DELETE" ? {} : { body: { notifier: { name: "x" } } };
    const answer = await call(method, `${PATH}/no-thing${rest}`, body);
    expect(answer).toMatchObject({ status: 404, body: { resource: "Notifier", error: "not found" } });
  });

  test("an application has nothing of another one", async () => {
    const { call, id } = await withOne();
    expect((await call("GET", `/v1/apps/other/notifiers/${id}`)).status).toBe(404);
    expect((await call("GET", "/v1/apps/other/notifiers")).body).toEqual({ notifiers: [] });
  });

  test("changes are events of the application, in pages, newest first", async () => {
    const { call, id } = await withOne();
    await call("PATCH", `${PATH}/${id}`, { body: { notifier: { active: false } } });
    await call("DELETE", `${PATH}/${id}`);
    const first = await call("GET", "/v1/apps/storefront/events?page=1&per_page=2");
    expect(first.body.events.map((event: { type: string }) => event.type)).toEqual([
      "delete_notifier",
      "edit_notifier",
    ]);
    expect(first.body.meta).toEqual({
      pagination: { current_page: 1, prev_page: null, next_page: 2, total_pages: 2, total_count: 3 },
    });
    const second = await call("GET", "/v1/apps/storefront/events?page=2&per_page=2&from=1");
    expect(second.body.events).toHaveLength(1);
    const [event] = second.body.events;
    expect(event).toMatchObject({
      type: "new_notifier",
      app_name: "storefront",
      type_data: { active: true },
    });
    expect((await call("GET", `/v1/apps/storefront/events/${event.id}`)).body).toEqual({ event });
    expect((await call("GET", "/v1/apps/storefront/events?from=73")).status).toBe(400);
  });
});

describe("catalogue", () => {
  test.for([
    ["/v1/notification_platforms", "notification_platforms", 4],
    ["/v1/event_types", "event_types", 50],
    ["/v1/event_categories", "event_categories", 10],
  ] as const)("%s needs no credential", async ([path, wrapper, count]) => {
    const { call } = await emulate();
    const { status, body } = await call("GET", path, { headers: { authorization: undefined } });
    expect(status).toBe(200);
    expect(body[wrapper]).toHaveLength(count);
    for (const entry of body[wrapper]) expect(entry.id).toMatch(/^[0-9a-f]{24}$/);
  });

  test("ids are the same in another emulator, and refer to each other", async () => {
    const [one, other] = [await emulate({ randomSeed: 1 }), await emulate({ randomSeed: 2 })];
    const types = (await one.call("GET", "/v1/event_types")).body.event_types;
    expect((await other.call("GET", "/v1/event_types")).body.event_types).toEqual(types);
    const { event_categories: categories } = (await one.call("GET", "/v1/event_categories")).body;
    const known = new Set(categories.map((category: { id: string }) => category.id));
    for (const type of types) expect(known).toContain(type.category_id);
  });

  test("a platform is found by id and by name", async () => {
    const { call } = await emulate();
    const found = await call("GET", "/v1/notification_platforms/search?name=slack");
    const [platform] = found.body.notification_platforms;
    expect(platform.name).toBe("slack");
    const one = await call("GET", `/v1/notification_platforms/${platform.id}`);
    expect(one.body).toEqual({ notification_platform: platform });
    expect((await call("GET", "/v1/notification_platforms/none")).status).toBe(404);
    const none = await call("GET", "/v1/notification_platforms/search?name=pager");
    expect(none.body).toEqual({ notification_platforms: [] });
  });

  test("every region is the emulator itself", async () => {
    const { call, url } = await emulate();
    const { regions } = (await call("GET", "/v1/regions")).body;
    expect(regions.map((region: { name: string }) => region.name)).toEqual(["osc-fr1", "osc-secnum-fr1"]);
    expect(regions[0]).toMatchObject({ api: url, default: true, display_name: "Paris" });
  });
});

describe("tokens", () => {
  const basic = (token: string): string => `Basic ${Buffer.from(`:${token}`).toString("base64")}`;
  const exchange = ({ call }: TestEmulator, token: string) =>
    call("POST", "/v1/tokens/exchange", { body: {}, headers: { authorization: basic(token) } });

  test("an API token is exchanged for a JWT of one hour", async () => {
    const clock = fakeClock();
    const emulator = await emulate({ token: "tk-us-right", now: clock.now });
    const { status, body } = await exchange(emulator, "tk-us-right");
    expect(status).toBe(200);
    const [, claims = ""] = body.token.split(".");
    const { iat, exp } = JSON.parse(Buffer.from(claims, "base64url").toString());
    expect(exp - iat).toBe(3600);
    const headers = { authorization: `Bearer ${body.token}` };
    expect((await emulator.call("GET", PATH, { headers })).status).toBe(200);
    clock.pass(3_600_000);
    expect((await emulator.call("GET", PATH, { headers })).status).toBe(401);
  });

  test("a wrong API token, a forged JWT and an expired one are refused", async () => {
    const emulator = await emulate({ token: "tk-us-right" });
    expect(await exchange(emulator, "tk-us-wrong")).toMatchObject({
      status: 401,
      body: { error: "unauthorized" },
    });
    const { body } = await exchange(emulator, "tk-us-right");
    const authorization = `Bearer ${body.token.slice(0, -4)}AAAA`;
    expect((await emulator.call("GET", PATH, { headers: { authorization } })).status).toBe(401);
    const other = await exchange(await emulate({ token: "tk-us-right" }), "tk-us-right");
    const foreign = { authorization: `Bearer ${other.body.token}` };
    expect((await emulator.call("GET", PATH, { headers: foreign })).status).toBe(401);
    const noPassword = { authorization: basic("") };
    expect((await emulator.call("POST", "/v1/tokens/exchange", { headers: noPassword })).status).toBe(401);
  });
});

describe("the older notifications", () => {
  const make = ({ call }: TestEmulator, notification: object) =>
    call("POST", LEGACY, { body: { notification } });

  test("the type follows from the URL, and lists leave the application out", async () => {
    const emulator = await emulate();
    const slack = await make(emulator, { webhook_url: SLACK });
    expect(slack.status).toBe(201);
    expect(slack.body.notification).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      app_id: expect.stringMatching(/^[0-9a-f]{24}$/),
      type: "slack",
      webhook_url: SLACK,
      active: true,
    });
    expect((await make(emulator, { webhook_url: "https://example.com", active: false })).status).toBe(201);
    const { notifications } = (await emulator.call("GET", LEGACY)).body;
    expect(notifications.map((entry: { type: string }) => entry.type)).toEqual(["slack", "webhook"]);
    expect(notifications[0]).not.toHaveProperty("app_id");
    expect(notifications[1].active).toBe(false);
  });

  test("only one of each type can be enabled", async () => {
    const emulator = await emulate();
    await make(emulator, { webhook_url: "https://example.com/a" });
    const second = await make(emulator, { webhook_url: "https://example.com/b" });
    expect(second).toMatchObject({ status: 422, body: { errors: { type: [expect.any(String)] } } });
    const off = await make(emulator, { webhook_url: "https://example.com/b", active: false });
    expect(off.status).toBe(201);
    const path = `${LEGACY}/${off.body.notification.id}`;
    const on = await emulator.call("PATCH", path, { body: { notification: { active: "true" } } });
    expect(on.status).toBe(422);
  });

  test("an update keeps the type, takes active as text, and delete answers 204", async () => {
    const emulator = await emulate();
    const { notification } = (await make(emulator, { webhook_url: SLACK })).body;
    const path = `${LEGACY}/${notification.id}`;
    const other = { notification: { webhook_url: "https://myendpoint.com", active: "true" } };
    expect((await emulator.call("PATCH", path, { body: other })).status).toBe(422);
    const off = await emulator.call("PATCH", path, { body: { notification: { active: "false" } } });
    expect(off).toMatchObject({ status: 200, body: { notification: { active: false, webhook_url: SLACK } } });
    expect((await emulator.call("DELETE", path)).status).toBe(204);
    expect((await emulator.call("DELETE", path)).status).toBe(404);
    expect((await emulator.call("PATCH", path, { body: other })).status).toBe(404);
  });

  test.for([
    [{ notification: {} }, 422],
    [{ notification: { webhook_url: "nope" } }, 422],
    [{}, 400],
  ] as const)("%j is a %d", async ([body, status]) => {
    const { call } = await emulate();
    expect((await call("POST", LEGACY, { body })).status).toBe(status);
  });
});

test("the e-mail notifier that the platform looks after can be seeded", async () => {
  const { call } = await emulate({
    seed: {
      journal: [],
      resources: [
        {
          kind: "scalingo/notifier",
          scope: "storefront",
          spec: { name: "Default email notifier", platform: "email", send_all_alerts: true },
        },
      ],
    },
  });
  const { notifiers } = (await call("GET", PATH)).body;
  expect(notifiers).toMatchObject([{ name: "Default email notifier", type: "email", type_data: {} }]);
});
