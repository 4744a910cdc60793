/** Northflank's adapter against recorded exchanges. */
import { afterEach, describe, expect, it } from "vitest";
import { kinds } from "../../src/generated/kinds/northflank.ts";
import { Secret, reveal } from "../../src/model/secret.ts";
import { Unresolved } from "../../src/model/value.ts";
import type { Fields } from "../../src/model/value.ts";
import type { Known } from "../../src/providers/adapter-contract.ts";
import { connect } from "../../src/providers/northflank/connect.ts";
import { northflankRefusals } from "./errors.ts";
import { TOKEN, bench, failureOf } from "./exchanges.ts";
import type { Bench, BenchOptions, Routes } from "./exchanges.ts";

const KIND = "northflank/notification";
const PATH = "/v1/integrations/notifications";
const OWNER = { key: "builds", confirm: true };
const documented = kinds[0]?.fields["events"]?.keys ?? [];

const full = (extra: object = {}) => ({
  id: "example-notification",
  name: "Example Notification",
  type: "RAW_WEBHOOK",
  webhook: "https://hooks.example.com/t0ken-1234567",
  restricted: false,
  projects: [],
  events: { "trigger:build:start": true, "trigger:build:abort": false },
  status: { disabled: false, reason: false },
  createdAt: "2021-01-20T11:19:53.175Z",
  updatedAt: "2021-01-20T11:19:53.175Z",
  ...extra,
});

/** As the list gives it. */
const item = (extra: object = {}) => {
  const {
    restricted: _r,
    projects: _p,
    events: _e,
    ...listed
  } = full(extra) as ReturnType<typeof full> & object;
  return listed;
};

const page = (
  items: readonly object[],
  pagination: object = { hasNextPage: false, count: items.length },
) => ({
  json: { data: { notificationIntegrations: items }, pagination },
});

const spec = (extra: Fields = {}): Fields => ({
  name: "Example Notification",
  type: "RAW_WEBHOOK",
  webhook: new Secret("https://hooks.example.com/t0ken-1234567"),
  secret: new Secret("s3cret-value"),
  restricted: false,
  events: { "trigger:build:start": true },
  ...extra,
});

let open: Bench | undefined;
afterEach(async () => open?.close());
const start = async (routes: Routes, options: BenchOptions = {}): Promise<Bench> =>
  (open = await bench(connect, routes, options));

describe("list", () => {
  it("follows the cursor and reads what the list leaves out", async () => {
    const { target, requests } = await start({
      [`GET ${PATH}`]: [
        page([item()], { hasNextPage: true, cursor: "a b", count: 1 }),
        page([item({ id: "other", name: "Other" })]),
      ],
      [`GET ${PATH}/example-notification`]: {
        json: { data: full({ projects: ["b", "a"], restricted: true }) },
      },
      [`GET ${PATH}/other`]: { json: { data: full({ id: "other", name: "Other" }) } },
    });
    const objects = await target.list([KIND]);
    expect(objects.map(({ remoteId, version }) => [remoteId, version])).toEqual([
      ["example-notification", "2021-01-20T11:19:53.175Z"],
      ["other", "2021-01-20T11:19:53.175Z"],
    ]);
    expect(objects[0]?.fields).toMatchObject({
      restricted: true,
      projects: ["b", "a"],
      events: { "trigger:build:start": true },
    });
    expect(objects[0]?.fields["webhook"]).toBeInstanceOf(Secret);
    expect(requests.slice(0, 2).map(({ path }) => path)).toEqual([
      `${PATH}?per_page=100`,
      `${PATH}?per_page=100&cursor=a%20b`,
    ]);
    expect(requests.every(({ headers }) => headers["authorization"] === `Bearer ${TOKEN}`)).toBe(true);
    expect(requests.every(({ headers }) => headers["content-type"] === undefined)).toBe(true);
  });

  it.each([[null], [undefined], [""]])("ends at a cursor of %j", async (cursor) => {
    const { target, log } = await start({ [`GET ${PATH}`]: page([], { hasNextPage: true, cursor }) });
    expect(await target.list([KIND])).toEqual([]);
    expect(log()).toHaveLength(1);
  });

  it("does not follow a cursor twice", async () => {
    const { target, log } = await start({ [`GET ${PATH}`]: page([], { hasNextPage: true, cursor: "same" }) });
    await target.list([KIND]);
    expect(log()).toHaveLength(2);
  });

  it("works in the team of the scope", async () => {
    const { target, log } = await start(
      { "GET /v1/teams/my-team/integrations/notifications": page([]) },
      { scope: "my-team" },
    );
    await target.list([KIND]);
    expect(log()).toEqual(["GET /v1/teams/my-team/integrations/notifications?per_page=100"]);
  });

  it("asks for nothing where no kind of it is wanted", async () => {
    const { target, log } = await start({});
    expect(await target.list(["scalingo/notifier"])).toEqual([]);
    expect(log()).toEqual([]);
  });

  it("reads only what has moved since our last write", async () => {
    const known: Record<string, Known> = {
      "example-notification": {
        version: "2021-01-20T11:19:53.175Z",
        applied: {
          name: "Example Notification",
          restricted: true,
          projects: ["a"],
          "events.trigger:build:start": true,
        },
        secrets: {},
      },
      moved: { version: "2020-01-01T00:00:00.000Z", applied: {}, secrets: {} },
      ignoring: { applied: { "events.trigger:build:start": true }, secrets: {} },
    };
    const { target, log } = await start(
      {
        [`GET ${PATH}`]: page([item(), item({ id: "moved" }), item({ id: "ignoring" })]),
        [`GET ${PATH}/moved`]: { json: { data: full({ id: "moved" }) } },
        [`GET ${PATH}/ignoring`]: { json: { data: full({ id: "ignoring" }) } },
      },
      { known: (_kind, id) => known[id] },
    );
    const [unmoved] = await target.list([KIND]);
    expect(log().slice(1).toSorted()).toEqual([`GET ${PATH}/ignoring`, `GET ${PATH}/moved`]);
    expect(unmoved?.fields).toMatchObject({
      name: "Example Notification",
      restricted: true,
      projects: ["a"],
      events: { "trigger:build:start": true },
      status: { disabled: false },
    });
    expect(unmoved?.version).toBe("2021-01-20T11:19:53.175Z");
  });

  it("marks what Slack's sign-in made, and does not read it", async () => {
    const { target, log } = await start({ [`GET ${PATH}`]: page([item({ type: "SLACK" })]) });
    const [object] = await target.list([KIND]);
    expect(object?.foreign).toContain("Slack");
    expect(log()).toHaveLength(1);
  });

  it("leaves out what vanished between list and read", async () => {
    const { target } = await start({
      [`GET ${PATH}`]: page([item()]),
      [`GET ${PATH}/example-notification`]: {
        status: 404,
        json: { error: { status: 404, message: "Not found" } },
      },
    });
    expect(await target.list([KIND])).toEqual([]);
  });
});

describe("create", () => {
  it("sends every event by name, and reads the object again", async () => {
    const { target, requests, log } = await start({
      [`GET ${PATH}`]: page([]),
      [`POST ${PATH}`]: { json: { data: full() } },
      [`GET ${PATH}/example-notification`]: { json: { data: full() } },
    });
    const object = await target.create(KIND, spec({ projects: ["a"] }), OWNER);
    expect(object.remoteId).toBe("example-notification");
    expect(log()).toEqual([`GET ${PATH}?per_page=100`, `POST ${PATH}`, `GET ${PATH}/example-notification`]);
    expect(requests[1]?.body).toEqual({
      name: "Example Notification",
      type: "RAW_WEBHOOK",
      webhook: "https://hooks.example.com/t0ken-1234567",
      secret: "s3cret-value",
      restricted: false,
      projects: ["a"],
      events: { ...Object.fromEntries(documented.map((name) => [name, false])), "trigger:build:start": true },
    });
    expect(documented.length).toBeGreaterThan(60);
  });

  it("takes a lost answer for done when the object is there", async () => {
    const { target, log, clock } = await start({
      [`GET ${PATH}`]: [
        page([item({ id: "older", name: "Example Notification" })]),
        page([item({ id: "older" }), item()]),
      ],
      [`POST ${PATH}`]: { drop: true },
      [`GET ${PATH}/example-notification`]: { json: { data: full() } },
    });
    expect((await target.create(KIND, spec(), OWNER)).remoteId).toBe("example-notification");
    expect(log().filter((line) => line.startsWith("POST"))).toHaveLength(1);
    expect(clock.slept.length).toBe(1);
  });

  it("makes it again only after it was looked for", async () => {
    const { target, log } = await start({
      [`GET ${PATH}`]: page([]),
      [`POST ${PATH}`]: [{ status: 503, text: "busy" }, { json: { data: full() } }],
      [`GET ${PATH}/example-notification`]: { json: { data: full() } },
    });
    await target.create(KIND, spec(), OWNER);
    expect(log().map((line) => line.split(" ")[0])).toEqual(["GET", "POST", "GET", "POST", "GET"]);
  });

  it("does not repeat a refusal", async () => {
    const { target, log } = await start({
      [`GET ${PATH}`]: page([]),
      [`POST ${PATH}`]: { status: 400, json: { error: { status: 400, message: "no" } } },
    });
    expect((await failureOf(target.create(KIND, spec(), OWNER))).code).toBe("api-rejected");
    expect(log()).toHaveLength(2);
  });

  it("refuses SLACK, masks and missing values before anything is sent", async () => {
    const { target, log } = await start({ [`GET ${PATH}`]: page([]) });
    const cases: [Fields, string][] = [
      [{ type: "SLACK" }, "unsupported"],
      [{ webhook: new Secret("https://hooks.example.com/… (secret 1a2b3c4d)") }, "config-invalid"],
      [{ secret: new Secret("********") }, "config-invalid"],
      [{ secret: new Unresolved("${env:CI_HOOK_SECRET}", true) }, "config-invalid"],
    ];
    for (const [extra, code] of cases) {
      expect((await failureOf(target.create(KIND, spec(extra), OWNER))).code).toBe(code);
    }
    expect(log().filter((line) => line.startsWith("POST"))).toEqual([]);
  });
});

describe("update", () => {
  it("posts everything but the type, switches off what else is on, and reads again", async () => {
    const { target, requests } = await start({
      [`GET ${PATH}`]: page([item()]),
      [`GET ${PATH}/example-notification`]: {
        json: { data: full({ events: { "trigger:new:thing": true } }) },
      },
      [`POST ${PATH}/example-notification`]: { json: { data: {} } },
    });
    await target.list([KIND]);
    const object = await target.update(KIND, "example-notification", spec(), OWNER);
    const sent = requests.find(({ method }) => method === "POST")?.body as Record<
      string,
      Record<string, boolean>
    >;
    expect(sent).not.toHaveProperty("type");
    expect(sent["secret"]).toBe("s3cret-value");
    expect(sent["events"]?.["trigger:new:thing"]).toBe(false);
    // What came back is not what was sent: the next list must not take it for that.
    expect(object.version).toBeUndefined();
  });

  it("finds an object whose id its new name changed", async () => {
    const renamed = { id: "renamed", name: "Renamed" };
    const { target, notices } = await start({
      [`GET ${PATH}`]: [page([item()]), page([item(renamed)])],
      [`GET ${PATH}/example-notification`]: [{ json: { data: full() } }, { status: 404, json: {} }],
      [`POST ${PATH}/example-notification`]: { json: { data: {} } },
      [`GET ${PATH}/renamed`]: { json: { data: full(renamed) } },
    });
    await target.list([KIND]);
    const object = await target.update(KIND, "example-notification", spec({ name: "Renamed" }), OWNER);
    expect(object.remoteId).toBe("renamed");
    expect(object.version).toBe("2021-01-20T11:19:53.175Z");
    expect(notices).toEqual([
      { level: "warning", message: "live: example-notification is renamed since it was renamed" },
    ]);
  });

  it("says that the object is gone", async () => {
    const missing = { status: 404, json: { error: { status: 404, message: "Not found" } } };
    const { target } = await start({
      [`GET ${PATH}`]: page([]),
      [`GET ${PATH}/gone`]: missing,
      [`POST ${PATH}/gone`]: missing,
    });
    expect((await failureOf(target.update(KIND, "gone", spec(), OWNER))).code).toBe("not-found");
  });
});

it("reads one object, and undefined where it is gone", async () => {
  const { target } = await start({
    [`GET ${PATH}/example-notification`]: { json: { data: full() } },
    [`GET ${PATH}/gone`]: { status: 404, json: {} },
  });
  const object = await target.read(KIND, "example-notification");
  expect(object?.fields["webhook"] instanceof Secret && reveal(object.fields["webhook"])).toBe(
    "https://hooks.example.com/t0ken-1234567",
  );
  expect(await target.read(KIND, "gone")).toBeUndefined();
});

it("removes, also what is gone already", async () => {
  const { target, requests } = await start({
    [`DELETE ${PATH}/a`]: { json: { data: {} } },
    [`DELETE ${PATH}/b`]: { status: 404, json: { error: { status: 404, message: "Not found" } } },
  });
  await target.remove(KIND, "a");
  await target.remove(KIND, "b");
  expect(requests.every(({ body }) => body === undefined)).toBe(true);
});

describe("a refusal", () => {
  it.each(northflankRefusals)("is told apart: $what", async ({ answer, code, says, hint }) => {
    const { target } = await start({ [`GET ${PATH}`]: page([]), [`POST ${PATH}`]: answer });
    const failure = await failureOf(target.create(KIND, spec(), OWNER));
    expect(failure.code).toBe(code);
    for (const text of says) expect(failure.message).toContain(text);
    expect(failure.hint ?? "").toContain(hint ?? "");
  });

  it("never repeats a secret that the provider echoes", async () => {
    const message = `no such host: https://hooks.example.com/t0ken-1234567 (/t0ken-1234567) with s3cret-value for ${TOKEN}`;
    const { target } = await start({
      [`GET ${PATH}`]: page([]),
      [`POST ${PATH}`]: { status: 400, json: { error: { status: 400, message } } },
    });
    const failure = await failureOf(target.create(KIND, spec(), OWNER));
    for (const secret of ["t0ken-1234567", "s3cret-value", TOKEN])
      expect(failure.message).not.toContain(secret);
    expect(failure.message).toContain("https://hooks.example.com/… (secret)");
  });
});

describe("the rate budget", () => {
  it("waits where the provider says that nothing is left, and tells", async () => {
    const headers = { "x-ratelimit-limit": "1000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "30" };
    const { target, clock, notices } = await start({ [`GET ${PATH}`]: { ...page([]), headers } });
    await target.list([KIND]);
    await target.list([KIND]);
    expect(clock.slept).toEqual([30_000]);
    expect(notices[0]?.message).toContain("waiting 30 s for Northflank");
  });

  it("waits out the window that a 429 names", async () => {
    const { target, clock } = await start({
      [`GET ${PATH}`]: [
        { status: 429, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "20" }, json: {} },
        page([]),
      ],
    });
    await target.list([KIND]);
    expect(clock.slept).toEqual([20_000]);
  });
});
