import { describe, expect, test } from "vitest";
import { emulate, fakeClock } from "./support.ts";

const ORGANIZATION = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
const PATH = `/organization/${ORGANIZATION}/webhook`;
const HOOK = { kind: "STANDARD", target_url: "https://example.com/qovery", events: ["DEPLOYMENT_FAILURE"] };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("create answers 201 and says only whether there is a secret", async () => {
  const { call, stored } = await emulate({ now: fakeClock().now });
  const body = {
    ...HOOK,
    target_secret: "s3cret",
    description: "failures",
    project_names_filter: ["web-*"],
    environment_types_filter: ["PRODUCTION"],
  };
  const answer = await call("POST", PATH, { body });
  expect(answer.status).toBe(201);
  expect(answer.body).toEqual({
    id: expect.stringMatching(UUID),
    created_at: "2026-01-02T03:04:05.000Z",
    updated_at: "2026-01-02T03:04:05.000Z",
    kind: "STANDARD",
    target_url: "https://example.com/qovery",
    target_secret_set: true,
    description: "failures",
    enabled: true,
    events: ["DEPLOYMENT_FAILURE"],
    project_names_filter: ["web-*"],
    environment_types_filter: ["PRODUCTION"],
  });
  const [record] = await stored("qovery/webhook");
  expect(record).toMatchObject({ scope: ORGANIZATION, id: answer.body.id, confirm: true });
  expect(JSON.stringify(record)).not.toContain("s3cret");
});

test.for([
  ["no kind", { kind: undefined }],
  ["an unknown kind", { kind: "TEAMS" }],
  ["no target", { target_url: undefined }],
  ["a target that is no URL", { target_url: "example.com" }],
  ["no events", { events: undefined }],
  ["an unknown event", { events: ["DEPLOYMENT_SUCCEEDED"] }],
  ["events as text", { events: "DEPLOYMENT_FAILURE" }],
  ["an unknown environment type", { environment_types_filter: ["TEST"] }],
  ["enabled as text", { enabled: "true" }],
] as const)("create refuses %s", async ([, change]) => {
  const { call, stored } = await emulate();
  const answer = await call("POST", PATH, { body: { ...HOOK, ...change } });
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual({
    status: 400,
    error: "Bad Request",
    message: expect.stringContaining(Object.keys(change)[0] ?? ""),
  });
  expect(await stored("qovery/webhook")).toEqual([]);
});

test.for(["{", "null", "[]", ""] as const)("create refuses the body %j", async (raw) => {
  const { call } = await emulate();
  expect((await call("POST", PATH, { raw, headers: { "content-type": "application/json" } })).status).toBe(
    400,
  );
});

describe("an existing webhook", () => {
  async function withOne() {
    const emulator = await emulate();
    const body = { ...HOOK, target_secret: "s3cret", description: "old", enabled: false };
    const created = await emulator.call("POST", PATH, { body });
    return { ...emulator, created: created.body, path: `${PATH}/${created.body.id}` };
  }

  test("PUT replaces everything, the secret included, and keeps the id", async () => {
    const { call, created, path } = await withOne();
    const answer = await call("PUT", path, { body: { ...HOOK, kind: "SLACK" } });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id: created.id,
      kind: "SLACK",
      enabled: true,
      target_secret_set: false,
    });
    expect(answer.body).not.toHaveProperty("description");
    expect((await call("GET", path)).body).toEqual(answer.body);
  });

  test("PUT of an earlier answer is taken, as the console does it", async () => {
    const { call, created, path } = await withOne();
    const answer = await call("PUT", path, {
      body: { ...created, target_secret: "again", description: null },
    });
    expect(answer).toMatchObject({ status: 200, body: { id: created.id, target_secret_set: true } });
  });

  test("PUT refuses what create refuses", async () => {
    const { call, path } = await withOne();
    expect((await call("PUT", path, { body: { kind: "STANDARD" } })).status).toBe(400);
  });

  test("list, get, delete", async () => {
    const { call, created, path } = await withOne();
    expect((await call("GET", PATH)).body).toEqual({ results: [created] });
    expect((await call("GET", path.toUpperCase().replace(PATH.toUpperCase(), PATH))).body).toEqual(created);
    expect(await call("DELETE", path)).toMatchObject({ status: 204, body: undefined });
    expect((await call("GET", PATH)).body).toEqual({ results: [] });
  });
});

test.for([
  ["GET", ""],
  ["PUT", ""],
  ["DELETE", ""],
  ["GET", "/event"],
] as const)("%s %s of one that is not there is a 404", async ([method, rest]) => {
  const { call } = await emulate();
  const path = `${PATH}/11111111-1111-4111-8111-111111111111${rest}`;
  const answer = await call(method, path, method === "PUT" ? { body: HOOK } : {});
  expect(answer).toMatchObject({ status: 404, body: { status: 404, error: "Not Found" } });
});

test("an organisation has nothing of another one", async () => {
  const { call } = await emulate();
  const { body } = await call("POST", PATH, { body: HOOK });
  expect((await call("GET", `/organization/other/webhook/${body.id}`)).status).toBe(404);
  expect((await call("GET", "/organization/other/webhook")).body).toEqual({ results: [] });
});

test("deliveries of a webhook are those that were seeded", async () => {
  const id = "11111111-1111-4111-8111-111111111111";
  const entry = { id: "e1", matched_event: "DEPLOYMENT_FAILURE", target_response_status_code: 500 };
  const { call } = await emulate({
    seed: {
      resources: [{ kind: "qovery/webhook", scope: ORGANIZATION, id, spec: HOOK }],
      journal: [{ topic: "qovery/webhook-event", scope: `${ORGANIZATION}/${id}`, entry }],
    },
  });
  expect((await call("GET", `${PATH}/${id}/event`)).body).toEqual({ results: [entry] });
});
