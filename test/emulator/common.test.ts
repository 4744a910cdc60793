/** What holds for all four providers, each in its own form. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { emulators } from "../../src/generated/registry.ts";
import { readImports } from "../support/architecture.ts";
import { emulate, fakeClock } from "./support.ts";

const LISTS = [
  ["northflank", "/v1/integrations/notifications", { error: expect.objectContaining({ status: 401 }) }],
  ["scalingo", "/v1/apps/shop/notifiers", { error: expect.any(String) }],
  ["qovery", "/organization/acme/webhook", expect.objectContaining({ status: 401, error: "Unauthorized" })],
  [
    "cloudflare",
    "/client/v4/accounts/a/alerting/v3/destinations/webhooks",
    expect.objectContaining({
      success: false,
      result: null,
      errors: [{ code: 10_000, message: expect.any(String) }],
    }),
  ],
] as const;

describe("credentials", () => {
  test.for(LISTS)("%s refuses a request without one", async ([, path, body]) => {
    const { call } = await emulate();
    const answer = await call("GET", path, { headers: { authorization: undefined } });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual(body);
  });

  test.for(LISTS)("%s takes any that is not empty", async ([, path]) => {
    const { call } = await emulate();
    expect((await call("GET", path)).status).toBe(200);
    expect((await call("GET", path, { headers: { authorization: "Bearer " } })).status).toBe(401);
    expect((await call("GET", path, { headers: { authorization: "Digest x" } })).status).toBe(401);
  });

  test.for(LISTS)("%s takes only the given one when there is one", async ([, path, body]) => {
    const { call } = await emulate({ token: "right" });
    expect((await call("GET", path, { headers: { authorization: "Bearer right" } })).status).toBe(200);
    const wrong = await call("GET", path, { headers: { authorization: "Bearer wrong" } });
    expect(wrong.status).toBe(401);
    expect(wrong.body).toEqual(body);
  });

  test.for([
    ["qovery's API tokens", LISTS[2][1], { authorization: "Token right" }, 200],
    ["cloudflare's keys", LISTS[3][1], { "x-auth-email": "a@b.c", "x-auth-key": "right" }, 200],
    ["a wrong key of cloudflare", LISTS[3][1], { "x-auth-email": "a@b.c", "x-auth-key": "wrong" }, 401],
    ["a key of cloudflare without its address", LISTS[3][1], { "x-auth-key": "right" }, 401],
    ["qovery's scheme at northflank", LISTS[0][1], { authorization: "Token right" }, 401],
  ] as const)("%s", async ([, path, headers, status]) => {
    const { call } = await emulate({ token: "right" });
    expect((await call("GET", path, { headers: { authorization: undefined, ...headers } })).status).toBe(
      status,
    );
  });
});

describe("paths", () => {
  test.for([
    ["/v1/integrations/other", { error: expect.objectContaining({ status: 404 }) }],
    ["/v1/teams/blue/other", { error: expect.objectContaining({ status: 404 }) }],
    ["/v1/apps/shop/other", { resource: expect.any(String), error: "not found" }],
    ["/organization/acme/other", expect.objectContaining({ status: 404, error: "Not Found" })],
    ["/client/v4/other", expect.objectContaining({ success: false, result: null })],
    ["/elsewhere", { error: expect.stringContaining("northflank") }],
    ["/v10/apps", { error: expect.stringContaining("northflank") }],
  ] as const)("%s is not found in the form of its provider", async ([path, body]) => {
    const { call } = await emulate();
    const answer = await call("GET", path);
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual(body);
  });

  test("a method that a path does not have is not found either", async () => {
    const { call } = await emulate();
    const answer = await call("PATCH", "/v1/integrations/notifications", { body: {} });
    expect(answer).toMatchObject({ status: 404, body: { error: { status: 404 } } });
  });

  test("a path that is no URL is refused in the form of its provider", async () => {
    const { call } = await emulate();
    const answer = await call("GET", "/organization/%zz/webhook");
    expect(answer).toMatchObject({ status: 400, body: { status: 400, error: "Bad Request" } });
  });

  test("a slash at the end and an empty query are no difference", async () => {
    const { call } = await emulate();
    expect((await call("GET", "/v1/integrations/notifications/?")).status).toBe(200);
  });

  test("every answer has a request id of its own", async () => {
    const { call } = await emulate();
    const ids = [];
    for (const [, path] of LISTS) ids.push((await call("GET", path)).headers.get("x-request-id"));
    ids.push((await call("GET", "/elsewhere")).headers.get("x-request-id"));
    expect(new Set(ids).size).toBe(5);
    expect(ids).not.toContain(null);
  });
});

describe("budgets", () => {
  const window = { limit: 2, windowMs: 60_000 };
  const rateLimits = new Map(LISTS.map(([id]) => [id, window] as const));

  test.for([
    ["northflank", { "x-ratelimit-limit": "2", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "50" }],
    ["scalingo", {}],
    ["qovery", { "x-ratelimit-limit": "2", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767323105" }],
    [
      "cloudflare",
      { ratelimit: '"default";r=0;t=50', "ratelimit-policy": '"default";q=2;w=60', "retry-after": "50" },
    ],
  ] as const)("%s says what is left, refuses with 429 and starts anew", async ([id, headers]) => {
    const clock = fakeClock();
    const { call } = await emulate({ rateLimits, now: clock.now });
    const path = LISTS.find(([provider]) => provider === id)?.[1] ?? "";
    expect((await call("GET", path)).status).toBe(200);
    const second = await call("GET", path);
    expect(second.status).toBe(200);
    expect(second.headers.has("retry-after")).toBe(false);
    clock.pass(10_000);
    const third = await call("GET", path);
    expect(third.status).toBe(429);
    for (const [name, value] of Object.entries(headers)) expect(third.headers.get(name)).toBe(value);
    expect(typeof third.body).toBe(id === "scalingo" ? "string" : "object");
    const other = await call("GET", path, { headers: { authorization: "Bearer somebody-else" } });
    expect(other.status).toBe(200);
    clock.pass(50_000);
    expect((await call("GET", path)).status).toBe(200);
  });

  test("the documented ones hold when nothing is said", () => {
    const budgets = Object.fromEntries(emulators.map(({ id, budget }) => [id, budget]));
    expect(budgets).toEqual({
      northflank: { limit: 1000, windowMs: 3_600_000 },
      scalingo: { limit: 60, windowMs: 60_000 },
      qovery: { limit: 1000, windowMs: 3_600_000 },
      cloudflare: { limit: 1200, windowMs: 300_000 },
    });
  });

  test("nothing is counted when they are off", async () => {
    const { call } = await emulate({ rateLimits: "off" });
    for (let number = 0; number < 70; number++) {
      expect((await call("GET", "/v1/apps/shop/notifiers")).status).toBe(200);
    }
    expect((await call("GET", LISTS[0][1])).headers.has("x-ratelimit-limit")).toBe(false);
  });
});

test("ids are the same from run to run with the same seed, and not without one", async () => {
  const create = async (randomSeed: number | undefined): Promise<string> => {
    const { call } = await emulate(
      randomSeed === undefined ? { randomSeed: undefined as never } : { randomSeed },
    );
    const body = { kind: "STANDARD", target_url: "https://e.com", events: [] };
    return (await call("POST", "/organization/acme/webhook", { body })).body.id;
  };
  expect(await create(7)).toBe(await create(7));
  expect(await create(7)).not.toBe(await create(8));
  expect(await create(undefined)).not.toBe(await create(undefined));
});

test("a store that fails is a 500 in the provider's form, and is told without its cause", async () => {
  const failures: string[] = [];
  const store = {
    read: () => Promise.reject(new Error("disk full")),
    write: () => Promise.reject(new Error("disk full")),
    watch: () => () => undefined,
    close: () => Promise.resolve(),
  };
  const { call } = await emulate({ store, onFailure: (what) => failures.push(what) });
  const answer = await call("GET", "/client/v4/accounts/a/alerting/v3/policies");
  expect(answer.status).toBe(500);
  expect(answer.body).toMatchObject({ success: false, result: null });
  expect(JSON.stringify(answer.body)).not.toContain("disk full");
  expect(failures).toEqual(["GET /client/v4/accounts/a/alerting/v3/policies: disk full"]);
});

describe("independence", () => {
  const root = path.join(import.meta.dirname, "../../src/providers");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const isEmulator = (name: string): boolean => /^[^/]+\/emulator(\.ts|\/)/.test(name);
  const importsOf = (name: string): string[] =>
    readImports(readFileSync(path.join(root, name), "utf8"))
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => path.posix.join(path.posix.dirname(name), specifier));

  test("an emulator and the rest of its provider import nothing of each other", () => {
    const own = files.filter((name) => name.includes("/"));
    expect(own.filter(isEmulator).length).toBeGreaterThan(10);
    const crossing = own.flatMap((name) =>
      importsOf(name)
        .filter((to) => to.split("/")[0] === name.split("/")[0] && isEmulator(to) !== isEmulator(name))
        .map((to) => `${name} imports ${to}`),
    );
    expect(crossing).toEqual([]);
  });
});
