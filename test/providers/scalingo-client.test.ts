/** Scalingo's adapter against recorded exchanges. */
import { afterEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/model/secret.ts";
import type { Fields } from "../../src/model/value.ts";
import { connect } from "../../src/providers/scalingo/connect.ts";
import { scalingoRefusals } from "./errors.ts";
import { TOKEN, bench, failureOf } from "./exchanges.ts";
import type { Bench, BenchOptions, Routes } from "./exchanges.ts";

const KIND = "scalingo/notifier";
const OLDER = "scalingo/notification";
const PATH = "/v1/apps/storefront/notifiers";
const OLDER_PATH = "/v1/apps/storefront/notifications";
const EXCHANGE = "POST /v1/tokens/exchange";
const OWNER = { key: "deploys", confirm: true };

const notifier = (extra: object = {}) => ({
  id: "no-1",
  name: "Deploys",
  app: "storefront",
  app_id: "app1",
  active: true,
  type: "webhook",
  platform_id: "5982f145d48c3600273ef08a",
  send_all_events: false,
  send_all_alerts: false,
  selected_event_ids: ["ev-2", "ev-1"],
  selected_events: ["app_deployed"],
  type_data: { webhook_url: "https://ci.example.com/hook-123456789", extra: 1 },
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-02T00:00:00Z",
  ...extra,
});

const spec = (extra: Fields = {}): Fields => ({
  name: "Deploys",
  platform: "webhook",
  active: true,
  selected_events: ["app_crashed", "app_deployed"],
  type_data: { webhook_url: new Secret("https://ci.example.com/hook-123456789") },
  ...extra,
});

const jwt = (expiresAt: number): string =>
  `h.${Buffer.from(JSON.stringify({ exp: expiresAt })).toString("base64url")}.s`;
const NOON = Date.parse("2026-11-20T12:00:00Z") / 1000;

const catalogue: Routes = {
  "GET /v1/notification_platforms": {
    json: {
      notification_platforms: [
        { id: "5982f145d48c3600273ef089", name: "slack" },
        { id: "5982f145d48c3600273ef08a", name: "webhook" },
        { id: "59c52ac27651ce002c1d4620", name: "email" },
      ],
    },
  },
  "GET /v1/event_types": {
    json: {
      event_types: [
        { id: "ev-1", name: "app_deployed" },
        { id: "ev-2", name: "app_crashed" },
      ],
    },
  },
};

let open: Bench | undefined;
afterEach(async () => open?.close());
const start = async (routes: Routes, options: BenchOptions = {}): Promise<Bench> => {
  const all = { [EXCHANGE]: { json: { token: jwt(NOON + 3600) } }, ...catalogue, ...routes };
  return (open = await bench(connect, all, { scope: "storefront", ...options }));
};

describe("the token exchange", () => {
  it("goes with Basic and no user, once for many requests", async () => {
    const { target, requests } = await start({ [`GET ${PATH}`]: { json: { notifiers: [] } } });
    await Promise.all([target.list([KIND]), target.list([KIND])]);
    const [exchange, ...others] = requests;
    expect(exchange?.headers["authorization"]).toBe(`Basic ${Buffer.from(`:${TOKEN}`).toString("base64")}`);
    expect(exchange?.body).toEqual({});
    expect(others.map(({ path }) => path)).toEqual([PATH, PATH]);
    expect(others.every(({ headers }) => headers["authorization"] === `Bearer ${jwt(NOON + 3600)}`)).toBe(
      true,
    );
  });

  it("is made anew shortly before the token ends", async () => {
    const { target, clock, requests } = await start({
      [EXCHANGE]: [{ json: { token: jwt(NOON + 3600) } }, { json: { token: jwt(NOON + 7200) } }],
      [`GET ${PATH}`]: { json: { notifiers: [] } },
    });
    await target.list([KIND]);
    clock.advance(50 * 60_000);
    await target.list([KIND]);
    clock.advance(6 * 60_000);
    await target.list([KIND]);
    expect(requests.filter(({ path }) => path.endsWith("/exchange"))).toHaveLength(2);
    expect(requests.at(-1)?.headers["authorization"]).toBe(`Bearer ${jwt(NOON + 7200)}`);
  });

  it("is made anew once when a token is refused, and the request repeated", async () => {
    const { target, log } = await start({
      [`GET ${PATH}`]: [{ status: 401, json: { error: "token expired" } }, { json: { notifiers: [] } }],
    });
    expect(await target.list([KIND])).toEqual([]);
    expect(log()).toEqual([EXCHANGE, `GET ${PATH}`, EXCHANGE, `GET ${PATH}`]);
  });

  it("does not go on for ever", async () => {
    const { target, log } = await start({ [`GET ${PATH}`]: { status: 401, json: { error: "no" } } });
    expect((await failureOf(target.list([KIND]))).code).toBe("api-unauthorised");
    expect(log()).toHaveLength(4);
  });

  it("that is refused says so without the token", async () => {
    const { target } = await start({
      [EXCHANGE]: { status: 401, json: { error: `invalid token ${TOKEN}` } },
    });
    const failure = await failureOf(target.list([KIND]));
    expect(failure.code).toBe("api-unauthorised");
    expect(failure.message).toContain("invalid token (secret)");
    expect(failure.message).not.toContain(TOKEN);
  });
});

describe("notifiers", () => {
  it("are listed with names in place of ids", async () => {
    const { target, log } = await start({ [`GET ${PATH}`]: { json: { notifiers: [notifier()] } } });
    const [object] = await target.list([KIND]);
    expect(object).toMatchObject({ remoteId: "no-1", version: "2026-01-02T00:00:00Z" });
    expect(object?.fields).toMatchObject({
      platform: "webhook",
      selected_events: ["app_crashed", "app_deployed"],
    });
    expect(Object.keys(object?.fields["type_data"] as object)).toEqual(["webhook_url"]);
    await target.list([KIND]);
    expect(log().filter((line) => line.includes("event_types"))).toHaveLength(1);
  });

  it("keep an event id that nobody knows, so that it shows", async () => {
    const { target } = await start({
      [`GET ${PATH}`]: { json: { notifiers: [notifier({ selected_event_ids: ["ev-9"] })] } },
    });
    expect((await target.list([KIND]))[0]?.fields["selected_events"]).toEqual(["ev-9"]);
  });

  it("that send everything have no selection", async () => {
    const { target } = await start({
      [`GET ${PATH}`]: { json: { notifiers: [notifier({ send_all_events: true })] } },
    });
    expect((await target.list([KIND]))[0]?.fields["selected_events"]).toEqual([]);
  });

  it("are created with looked-up ids and read again", async () => {
    const { target, requests, log } = await start({
      [`GET ${PATH}`]: { json: { notifiers: [] } },
      [`POST ${PATH}`]: { status: 201, json: { notifier: notifier() } },
      [`GET ${PATH}/no-1`]: { json: { notifier: notifier() } },
    });
    expect((await target.create(KIND, spec(), OWNER)).remoteId).toBe("no-1");
    expect(requests.find(({ method, path }) => method === "POST" && path === PATH)?.body).toEqual({
      notifier: {
        name: "Deploys",
        platform_id: "5982f145d48c3600273ef08a",
        active: true,
        send_all_events: false,
        send_all_alerts: false,
        selected_event_ids: ["ev-2", "ev-1"],
        type_data: { webhook_url: "https://ci.example.com/hook-123456789" },
      },
    });
    expect(log().at(-1)).toBe(`GET ${PATH}/no-1`);
  });

  it.each<[string, Fields, string]>([
    ["event", { selected_events: ["deployment"] }, "app_crashed, app_deployed"],
    ["platform", { platform: "rocket_chat" }, "email, slack, webhook"],
  ])("with an unknown %s are refused before anything is sent", async (_what, extra, offered) => {
    const { target, log } = await start({ [`GET ${PATH}`]: { json: { notifiers: [] } } });
    const failure = await failureOf(target.create(KIND, spec(extra), OWNER));
    expect(failure).toMatchObject({ code: "api-rejected", hint: `it offers ${offered}` });
    expect(log().some((line) => line === `POST ${PATH}`)).toBe(false);
  });

  it("are changed with PATCH, without the platform", async () => {
    const { target, requests } = await start({
      [`PATCH ${PATH}/no-1`]: { json: { notifier: notifier() } },
      [`GET ${PATH}/no-1`]: { json: { notifier: notifier() } },
    });
    await target.update(
      KIND,
      "no-1",
      spec({ platform: "email", type_data: { emails: ["a@example.com"] } }),
      OWNER,
    );
    const body = requests.find(({ method }) => method === "PATCH")?.body;
    expect(body).toMatchObject({ notifier: { type_data: { emails: ["a@example.com"], user_ids: [] } } });
    expect(body).not.toHaveProperty("notifier.platform_id");
  });

  it("whose creation lost its answer are looked for by name", async () => {
    const { target, log } = await start({
      [`GET ${PATH}`]: [
        { json: { notifiers: [notifier({ id: "no-0", name: "Others" })] } },
        { json: { notifiers: [notifier({ id: "no-0", name: "Others" }), notifier()] } },
      ],
      [`POST ${PATH}`]: { drop: true },
      [`GET ${PATH}/no-1`]: { json: { notifier: notifier() } },
    });
    expect((await target.create(KIND, spec(), OWNER)).remoteId).toBe("no-1");
    expect(log().filter((line) => line === `POST ${PATH}`)).toHaveLength(1);
  });

  it("are removed, also when they are gone already", async () => {
    const { target, log } = await start({
      [`DELETE ${PATH}/no-1`]: { status: 204 },
      [`DELETE ${PATH}/no-2`]: { status: 404, json: { resource: "Notifier", error: "not found" } },
    });
    await target.remove(KIND, "no-1");
    await target.remove(KIND, "no-2");
    expect(log()).toHaveLength(3);
  });

  it("that Scalingo made with the app are marked", async () => {
    const email = { platform_id: "59c52ac27651ce002c1d4620", type: "email" };
    const people = { user_ids: ["us-1"] };
    const { target } = await start(
      {
        [`GET ${PATH}`]: {
          json: {
            notifiers: [
              notifier({ ...email, id: "no-late", created_at: "2026-03-01T00:00:00Z", type_data: people }),
              notifier({ ...email, id: "no-own", created_at: "2025-12-01T00:00:00Z", type_data: people }),
              notifier({ ...email, id: "no-default", created_at: "2026-01-01T00:00:00Z", type_data: people }),
              notifier({
                ...email,
                id: "no-list",
                created_at: "2025-01-01T00:00:00Z",
                type_data: { emails: ["a@b.c"] },
              }),
            ],
          },
        },
      },
      { known: (_kind, id) => (id === "no-own" ? { applied: {}, secrets: {} } : undefined) },
    );
    const objects = await target.list([KIND]);
    expect(objects.filter(({ foreign }) => foreign !== undefined).map(({ remoteId }) => remoteId)).toEqual([
      "no-default",
    ]);
  });
});

describe("the older notifications", () => {
  const url = "https://hooks.slack.com/services/T0/B0/abcdefgh1";
  const body = { id: "575a917de6d67217900386e6", type: "slack", webhook_url: url, active: true };

  it("work where the API still has them, with a warning", async () => {
    const { target, requests, notices } = await start({
      [`GET ${OLDER_PATH}`]: [{ json: { notifications: [] } }, { json: { notifications: [body] } }],
      [`POST ${OLDER_PATH}`]: { status: 201, json: { notification: body } },
      [`PATCH ${OLDER_PATH}/${body.id}`]: { json: { notification: body } },
      [`DELETE ${OLDER_PATH}/${body.id}`]: { status: 204 },
    });
    const made = await target.create(OLDER, { webhook_url: new Secret(url), active: false }, OWNER);
    expect(made.fields).toMatchObject({ type: "slack", active: true });
    await target.update(OLDER, made.remoteId, { webhook_url: new Secret(url), active: true }, OWNER);
    await target.remove(OLDER, made.remoteId);
    expect(requests.find(({ method, path }) => method === "POST" && path === OLDER_PATH)?.body).toEqual({
      notification: { webhook_url: url, active: false },
    });
    await target.list([OLDER]);
    expect(notices.filter(({ level }) => level === "warning")).toHaveLength(1);
    expect(notices[0]?.message).toContain("superseded");
  });

  it("are none where the API no longer has them", async () => {
    const missing = { status: 404, json: { error: "not found" } };
    const { target, notices } = await start({
      [`GET ${OLDER_PATH}`]: missing,
      [`POST ${OLDER_PATH}`]: missing,
    });
    expect(await target.list([OLDER])).toEqual([]);
    expect(notices[0]?.level).toBe("warning");
    const failure = await failureOf(target.create(OLDER, { webhook_url: new Secret(url) }, OWNER));
    expect(failure).toMatchObject({ code: "unsupported" });
    expect(failure.hint).toContain("scalingo/notifier");
  });
});

describe("a refusal", () => {
  it.each(scalingoRefusals)("is told apart: $what", async ({ answer, code, says, hint }) => {
    const { target } = await start({
      [`GET ${PATH}`]: { json: { notifiers: [] } },
      [`POST ${PATH}`]: answer,
    });
    const failure = await failureOf(target.create(KIND, spec(), OWNER));
    expect(failure.code).toBe(code);
    for (const text of says) expect(failure.message).toContain(text);
    expect(failure.hint ?? "").toContain(hint ?? "");
  });

  it("of an app that is not there fails the list", async () => {
    const { target } = await start({
      [`GET ${PATH}`]: { status: 404, json: { resource: "App", error: "not found" } },
    });
    expect(await failureOf(target.list([KIND]))).toMatchObject({
      code: "not-found",
      message: expect.stringContaining("App not found"),
    });
  });
});

it("keeps to 60 requests a minute", async () => {
  const { target, clock, requests } = await start({ [`GET ${PATH}`]: { json: { notifiers: [] } } });
  for (let count = 0; count < 61; count += 1) await target.list([KIND]);
  expect(requests.filter(({ path }) => path === PATH)).toHaveLength(61);
  expect(clock.slept).toEqual([60_000]);
});

it("repeats a PATCH after a plain-text 429, and honours Retry-After", async () => {
  const { target, clock } = await start({
    [`PATCH ${PATH}/no-1`]: [
      { status: 429, text: "Retry later", headers: { "retry-after": "7" } },
      { status: 502, text: "bad gateway" },
      { json: { notifier: notifier() } },
    ],
    [`GET ${PATH}/no-1`]: { json: { notifier: notifier() } },
  });
  await target.update(KIND, "no-1", spec(), OWNER);
  expect(clock.slept).toEqual([7000, 500]);
});
