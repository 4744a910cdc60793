import { describe, expect, test } from "vitest";
import { reveal } from "../../src/model/secret.ts";
import type { Secret } from "../../src/model/secret.ts";
import { emulate, fakeClock } from "./support.ts";

const PATH = "/v1/integrations/notifications";
const RAW = {
  name: "Example Notification",
  type: "RAW_WEBHOOK",
  webhook: "https://example.com/webhooks",
  events: { "trigger:build:start": true, "trigger:build:abort": false },
};

describe("create", () => {
  test("answers 200 with the whole integration, but no secret", async () => {
    const { now } = fakeClock();
    const { call } = await emulate({ now });
    const body = { ...RAW, restricted: true, projects: ["default-project"], secret: "s3cret" };
    const answer = await call("POST", PATH, { body });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      data: {
        id: "example-notification",
        name: "Example Notification",
        type: "RAW_WEBHOOK",
        webhook: "https://example.com/webhooks",
        createdAt: "2026-01-02T03:04:05.000Z",
        updatedAt: "2026-01-02T03:04:05.000Z",
        restricted: true,
        projects: ["default-project"],
        events: { "trigger:build:start": true, "trigger:build:abort": false },
        status: { disabled: false, numberOfFailedRequests: 0 },
      },
    });
  });

  test("stores what a daemon delivers for, with its secrets masked", async () => {
    const { call, stored } = await emulate();
    await call("POST", PATH, { body: { ...RAW, secret: "s3cret" } });
    const [record] = await stored("northflank/notification");
    expect(record).toMatchObject({ scope: "", id: "example-notification", confirm: true });
    expect(record?.key).toBeUndefined();
    expect(Object.keys(record?.spec ?? {})).toEqual(["name", "type", "webhook", "events", "secret"]);
    expect(reveal(record!.spec["secret"] as Secret)).toBe("s3cret");
    expect(JSON.stringify(record)).not.toContain("s3cret");
  });

  test("leaves out what is not documented, and takes events that are new", async () => {
    const { call, stored } = await emulate();
    const events = { "trigger:brand-new:thing": true };
    const body = { ...RAW, events, notificationId: "x", id: "mine", status: { disabled: true } };
    const answer = await call("POST", PATH, { body });
    expect(answer.body.data).toMatchObject({ id: "example-notification", events });
    expect((await stored("northflank/notification"))[0]?.spec).not.toHaveProperty("notificationId");
  });

  test.for([
    ["no name", { name: undefined }, "name"],
    ["a name that is too short", { name: "ab" }, "name"],
    ["a name with a double space", { name: "a  b" }, "name"],
    ["an unknown type", { type: "PAGER" }, "type"],
    ["Slack, which is only set up in the dashboard", { type: "SLACK" }, "type"],
    ["no webhook", { webhook: undefined }, "webhook"],
    ["a webhook that is no URL", { webhook: "example.com" }, "webhook"],
    ["no events", { events: undefined }, "events"],
    ["events as a list", { events: ["trigger:build:start"] }, "events"],
    ["an event that is none", { events: { "build:start": true } }, "events.build:start"],
    [
      "an event that is not true or false",
      { events: { "trigger:build:start": "yes" } },
      "events.trigger:build:start",
    ],
    ["a secret where the type takes none", { type: "DISCORD", secret: "x" }, "secret"],
    ["a project that is no id", { projects: ["a b"] }, "projects.0"],
    ["restricted as text", { restricted: "true" }, "restricted"],
    ["a tag that is too short", { restrictions: { tags: { items: ["a"] } } }, "restrictions.tags.items.0"],
  ] as const)("refuses %s", async ([, change, path]) => {
    const { call, stored } = await emulate();
    const answer = await call("POST", PATH, { body: { ...RAW, ...change } });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({
      status: 400,
      message: "Validation failed",
      id: "validation-error",
    });
    expect(answer.body.error.details.errors.map((error: { path: string }) => error.path)).toContain(path);
    expect(await stored("northflank/notification")).toEqual([]);
  });

  test.for([
    ["{", 400],
    ["[]", 400],
    ['"text"', 400],
    ["", 400],
  ] as const)("refuses the body %j", async ([raw, status]) => {
    const { call } = await emulate();
    const answer = await call("POST", PATH, { raw, headers: { "content-type": "application/json" } });
    expect(answer.status).toBe(status);
    expect(answer.body.error.status).toBe(status);
  });

  test("refuses a body that is too large in the same form", async () => {
    const { call } = await emulate();
    const answer = await call("POST", PATH, {
      body: { ...RAW, webhook: `https://e.com/${"x".repeat(2e6)}` },
    });
    expect(answer.status).toBe(413);
    expect(answer.body.error.status).toBe(413);
  });

  test("a repeat of the same request soon after makes no second one; later, or different, it is refused", async () => {
    const clock = fakeClock();
    const { call, stored } = await emulate({ now: clock.now });
    const first = await call("POST", PATH, { body: RAW });
    clock.pass(2000);
    const repeat = await call("POST", PATH, { body: RAW });
    expect(repeat).toMatchObject({ status: 200, body: first.body });
    const other = await call("POST", PATH, { body: { ...RAW, webhook: "https://example.com/other" } });
    expect(other).toMatchObject({ status: 409, body: { error: { status: 409, id: "conflict" } } });
    clock.pass(60_000);
    expect((await call("POST", PATH, { body: RAW })).status).toBe(409);
    expect(await stored("northflank/notification")).toHaveLength(1);
  });
});

describe("read, update, delete", () => {
  test("get shows what list leaves out", async () => {
    const { call } = await emulate();
    await call("POST", PATH, { body: RAW });
    const one = await call("GET", `${PATH}/example-notification`);
    expect(one.body.data).toMatchObject({ restricted: false, projects: [], events: RAW.events });
    const all = await call("GET", PATH);
    const [item] = all.body.data.notificationIntegrations;
    expect(Object.keys(item).toSorted()).toEqual([
      "createdAt",
      "id",
      "name",
      "status",
      "type",
      "updatedAt",
      "webhook",
    ]);
  });

  test("update is a partial POST that answers nothing, and keeps the id, the type and the other events", async () => {
    const clock = fakeClock();
    const { call } = await emulate({ now: clock.now });
    await call("POST", PATH, { body: { ...RAW, secret: "kept" } });
    clock.pass(1000);
    const body = { name: "New name", type: "DISCORD", events: { "trigger:build:abort": true } };
    const answer = await call("POST", `${PATH}/example-notification`, { body });
    expect(answer).toMatchObject({ status: 200, body: { data: {} } });
    const { data } = (await call("GET", `${PATH}/example-notification`)).body;
    expect(data).toMatchObject({
      id: "example-notification",
      name: "New name",
      type: "RAW_WEBHOOK",
      webhook: RAW.webhook,
      events: { "trigger:build:start": true, "trigger:build:abort": true },
      createdAt: "2026-01-02T03:04:05.000Z",
      updatedAt: "2026-01-02T03:04:06.000Z",
    });
  });

  test("update refuses what create refuses, and another one's name", async () => {
    const { call } = await emulate();
    await call("POST", PATH, { body: RAW });
    await call("POST", PATH, { body: { ...RAW, name: "Other" } });
    const bad = await call("POST", `${PATH}/other`, { body: { webhook: "nope" } });
    expect(bad.status).toBe(400);
    const taken = await call("POST", `${PATH}/other`, { body: { name: RAW.name } });
    expect(taken.status).toBe(409);
    expect((await call("POST", `${PATH}/other`, { body: {} })).status).toBe(200);
  });

  test("delete answers 200 with JSON, also with an empty body that calls itself JSON", async () => {
    const { call, stored } = await emulate();
    await call("POST", PATH, { body: RAW });
    const headers = { "content-type": "application/json" };
    const answer = await call("DELETE", `${PATH}/example-notification`, { headers, raw: "" });
    expect(answer).toMatchObject({ status: 200, body: { data: {} } });
    expect(await stored("northflank/notification")).toEqual([]);
  });

  test.for([["GET"], ["POST"], ["DELETE"]] as const)(
    "%s of one that is not there is a 404",
    async ([method]) => {
      const { call } = await emulate();
      const answer = await call(method, `${PATH}/nothing`, method === "POST" ? { body: {} } : {});
      expect(answer).toMatchObject({ status: 404, body: { error: { status: 404, message: "Not found" } } });
    },
  );

  test("teams are separate from each other and from no team", async () => {
    const { call } = await emulate();
    await call("POST", `/v1/teams/blue${PATH.slice(3)}`, { body: RAW });
    const ids = async (path: string): Promise<string[]> =>
      (await call("GET", path)).body.data.notificationIntegrations.map((item: { id: string }) => item.id);
    expect(await ids("/v1/teams/blue/integrations/notifications")).toEqual(["example-notification"]);
    expect(await ids("/v1/teams/red/integrations/notifications")).toEqual([]);
    expect(await ids(PATH)).toEqual([]);
  });
});

describe("pages", () => {
  const names = Array.from({ length: 120 }, (_, index) => `Item ${index}`);

  async function filled() {
    const resources = names.map((name) => ({
      kind: "northflank/notification",
      scope: "",
      spec: { ...RAW, name },
    }));
    return emulate({ seed: { resources, journal: [] } });
  }

  test("cursors lead to every item once, and the last page has none", async () => {
    const { call } = await filled();
    const seen: string[] = [];
    const pages: unknown[] = [];
    let cursor: string | undefined;
    do {
      const query: string = cursor === undefined ? "" : `&cursor=${cursor}`;
      const { body } = await call("GET", `${PATH}?per_page=50${query}`);
      seen.push(...body.data.notificationIntegrations.map((item: { name: string }) => item.name));
      cursor = body.pagination.cursor;
      pages.push(body.pagination);
    } while (cursor !== undefined);
    const inUrls = expect.stringMatching(/^[A-Za-z0-9_-]+$/);
    expect(pages).toEqual([
      { hasNextPage: true, cursor: inUrls, count: 50 },
      { hasNextPage: true, cursor: inUrls, count: 50 },
      { hasNextPage: false, count: 20 },
    ]);
    expect(seen).toEqual(names);
  });

  test.for([
    ["", 50, 0],
    ["?per_page=100", 100, 0],
    ["?per_page=100&page=2", 20, 100],
    ["?page=9", 0, 0],
  ] as const)("%s", async ([query, count, first]) => {
    const { call } = await filled();
    const { body } = await call("GET", `${PATH}${query}`);
    expect(body.pagination.count).toBe(count);
    expect(body.data.notificationIntegrations).toHaveLength(count);
    expect(body.data.notificationIntegrations[0]?.name).toBe(count > 0 ? names[first] : undefined);
  });

  test.for([["per_page=101"], ["per_page=0"], ["page=0"], ["page=x"], ["cursor=!!"]] as const)(
    "%s is refused",
    async ([query]) => {
      const { call } = await emulate();
      expect((await call("GET", `${PATH}?${query}`)).status).toBe(400);
    },
  );
});

test("a seeded Slack integration with a status is given back, and can be changed but not made", async () => {
  const { call } = await emulate({
    seed: {
      journal: [],
      resources: [
        {
          kind: "northflank/notification",
          scope: "",
          spec: { ...RAW, name: "Chat", type: "SLACK" },
          facts: { status: { disabled: true, reason: "too many failures", numberOfFailedRequests: 12 } },
        },
      ],
    },
  });
  const { data } = (await call("GET", `${PATH}/chat`)).body;
  expect(data).toMatchObject({
    type: "SLACK",
    status: { disabled: true, reason: "too many failures", numberOfFailedRequests: 12 },
  });
  expect((await call("POST", `${PATH}/chat`, { body: { restricted: true } })).status).toBe(200);
});

test("login answers", async () => {
  const { call } = await emulate();
  expect(await call("GET", "/v1/login")).toMatchObject({ status: 200, body: { data: {} } });
});
