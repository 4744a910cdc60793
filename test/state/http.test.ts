import { describe, expect, onTestFinished, test } from "vitest";
import { createHttpClient } from "../../src/lib/http.ts";
import { processSpace } from "../../src/lib/process-space.ts";
import type { StateStore } from "../../src/state/contract.ts";
import { openHttpState } from "../../src/state/http.ts";
import { intentOf, stateConformance, stateWith } from "../conformance/state.ts";
import { stateServer } from "../support/state-server.ts";

function opener(url: string): () => StateStore {
  const http = createHttpClient({ maxBodyBytes: 1024 * 1024, userAgent: "test" });
  onTestFinished(() => http.close());
  return () => openHttpState({ url, http, sleep: () => Promise.resolve() });
}

stateConformance("a state URL", async () => opener((await stateServer()).url));

test("credentials of the URL are sent, and never shown", async () => {
  const server = await stateServer();
  const url = server.url
    .replace("://", "://ana:hunter2-secret@")
    .replace("/state", "/state?key=query-secret");
  const store = opener(url)();
  await store.write(stateWith("a"));
  expect(server.requests.at(-1)).toMatchObject({
    method: "POST",
    path: "/state?key=query-secret",
    auth: `Basic ${Buffer.from("ana:hunter2-secret").toString("base64")}`,
  });
  for (const status of [401, 400, 500]) {
    server.meddle = (_request, response) => response.writeHead(status).end() !== undefined;
    const error: unknown = await store.read().catch((reason: unknown) => reason);
    expect(String(error)).toMatch(/^AppError: the state at http:\/\/127\.0\.0\.1:\d+\/…/);
    expect(JSON.stringify(error) + String(error)).not.toMatch(/hunter2|query-secret/);
  }
});

test.for([204, 404])("an empty answer of status %i means that there is none yet", async (status) => {
  const server = await stateServer();
  server.meddle = (_request, response) => response.writeHead(status).end() !== undefined;
  expect(await opener(server.url)().read()).toBeUndefined();
});

test.for(["", " \n"])(
  "an answer 200 with the body %j is an error, and nothing is overwritten",
  async (body) => {
    const server = await stateServer();
    const store = opener(server.url)();
    await store.write(stateWith("a"));
    const good = server.body;
    server.meddle = (request, response) =>
      request.method === "GET" && response.writeHead(200).end(body) !== undefined;
    const failure = { code: "state-unreadable", hint: expect.stringContaining("404 or 204") };
    await expect(store.read()).rejects.toMatchObject(failure);
    await expect(opener(server.url)().write(stateWith("a", "b"))).rejects.toMatchObject(failure);
    await expect(store.append([intentOf("b")])).rejects.toMatchObject(failure);
    expect(server.body).toBe(good);
    // What state rebuild does once it was told to.
    await store.write(stateWith("a", "b"), { overwrite: true });
    expect(server.body).not.toBe(good);
  },
);

test("locks speak Terraform's JSON, and writes under a lock name it", async () => {
  const server = await stateServer();
  const store = opener(server.url)();
  const lock = await store.lock({ operation: "bellhop apply", waitMs: 0 });
  expect(JSON.parse(server.lock ?? "")).toEqual({
    ID: lock.info.id,
    Operation: "bellhop apply",
    Info: `process ${process.pid} in ${lock.info.space}`,
    Who: lock.info.who,
    Version: "",
    Created: lock.info.created,
    Path: "",
  });
  await store.write(stateWith("a"));
  expect(server.requests.at(-1)?.path).toBe(`/state?ID=${lock.info.id}`);
});

test.for<[string, number, string, string]>([
  [
    "Terraform's own",
    423,
    '{"ID":"1","Operation":"OperationTypeApply","Who":"bo@ci","Created":"2026-01-02"}',
    "OperationTypeApply by bo@ci since 2026-01-02",
  ],
  ["one that says little", 409, '{"ID":"1"}', "something by somebody since an unknown time"],
  ["one that says nothing", 423, "busy", "somebody who does not say who it is"],
])("a lock is held by %s", async ([, status, body, message]) => {
  const server = await stateServer();
  server.meddle = (_request, response) => response.writeHead(status).end(body) !== undefined;
  const lock = opener(server.url)().lock({ operation: "bellhop apply", waitMs: 0 });
  await expect(lock).rejects.toMatchObject({
    code: "state-locked",
    message: expect.stringContaining(message),
  });
});

describe("a holder that is dead", () => {
  const GONE = 2 ** 30;
  const held = (over: Record<string, unknown>): string =>
    JSON.stringify({ ID: "1", Operation: "bellhop apply", Who: "ana@here", Created: "2026-01-02", ...over });
  const space = processSpace() ?? "";

  test("is noticed where it ran, and its lock is taken", async () => {
    const server = await stateServer();
    server.lock = held({ Info: `process ${GONE} in ${space}` });
    const notes: string[] = [];
    const onNote = (note: string): void => void notes.push(note);
    const lock = await opener(server.url)().lock({ operation: "bellhop apply", waitMs: 0, onNote });
    expect(notes).toEqual([
      expect.stringContaining(
        `from a dead process: bellhop apply by ana@here (process ${GONE}) since 2026-01-02`,
      ),
    ]);
    expect(JSON.parse(server.lock)).toMatchObject({ ID: lock.info.id });
    await lock.release();
    expect(server.lock).toBeUndefined();
  });

  test.for<[string, string]>([
    ["one that runs", `process ${process.pid} in ${space}`],
    ["one of another boot or container", `process ${GONE} in ${"0".repeat(8)}/1`],
    ["one that does not say where it runs", `process ${GONE}`],
    ["one that says something else", "by hand"],
  ])("is not %s", async ([, Info]) => {
    const server = await stateServer();
    server.lock = held({ Info });
    const lock = opener(server.url)().lock({ operation: "bellhop apply", waitMs: 0 });
    await expect(lock).rejects.toMatchObject({ code: "state-locked" });
    expect(JSON.parse(server.lock)).toMatchObject({ ID: "1" });
  });

  test("whose lock somebody else takes first is waited for like any other", async () => {
    const server = await stateServer();
    server.lock = held({ Info: `process ${GONE} in ${space}` });
    server.meddle = (request, response) =>
      request.method === "UNLOCK" && response.writeHead(409).end() !== undefined;
    const lock = opener(server.url)().lock({ operation: "bellhop apply", waitMs: 0 });
    await expect(lock).rejects.toMatchObject({ code: "state-locked" });
  });
});

test("waiting for a lock ends with the signal", async () => {
  const server = await stateServer();
  server.lock = '{"ID":"1","Who":"bo@ci"}';
  const stop = new AbortController();
  const onNote = (): void => stop.abort();
  const lock = opener(server.url)().lock({
    operation: "bellhop apply",
    waitMs: 3_600_000,
    onNote,
    signal: stop.signal,
  });
  await expect(lock).rejects.toMatchObject({ code: "state-locked" });
});

test("a server that cannot lock is refused", async () => {
  const server = await stateServer();
  server.meddle = (_request, response) => response.writeHead(405).end() !== undefined;
  const lock = opener(server.url)().lock({ operation: "bellhop apply", waitMs: 0 });
  await expect(lock).rejects.toMatchObject({ code: "unsupported" });
});

test.for(["POST", "LOCK"])("an answer to %s that got lost is found out", async (method) => {
  const server = await stateServer();
  let lost = 0;
  server.loses = (asked) => asked === method && lost++ === 0;
  const store = opener(server.url)();
  const lock = await store.lock({ operation: "bellhop apply", waitMs: 0 });
  await store.write(stateWith("a"));
  await store.append([intentOf("b")]);
  await lock.release();
  expect(await store.read()).toMatchObject({ serial: 1, pending: [{ key: "b" }] });
  expect(server.lock).toBeUndefined();
});

test("a failure of the server is tried again, three times in all", async () => {
  const server = await stateServer();
  let failures = 2;
  server.meddle = (_request, response) => failures-- > 0 && response.writeHead(503).end() !== undefined;
  const store = opener(server.url)();
  expect(await store.read()).toBeUndefined();
  failures = 3;
  await expect(store.read()).rejects.toMatchObject({ code: "api-unreachable" });
});

test("a journal is not put over what somebody else wrote after the lock was taken away", async () => {
  const server = await stateServer();
  const open = opener(server.url);
  const store = open();
  await store.write(stateWith("a"));
  await open().write(stateWith("a", "b"));
  await expect(store.append([intentOf("c")])).rejects.toMatchObject({ code: "state-moved" });
  expect(await open().read()).toEqual(stateWith("a", "b"));
});

test("every upload has a higher serial, as state servers expect", async () => {
  const server = await stateServer();
  const store = opener(server.url)();
  await store.write(stateWith("a"));
  await store.append([intentOf("b")]);
  await store.append([intentOf("c")]);
  await store.write(stateWith("a", "b"));
  const uploads = server.requests.filter(({ method }) => method === "POST");
  expect(uploads.map(({ body }) => (JSON.parse(body) as { serial: number }).serial)).toEqual([1, 2, 3, 4]);
});

test.for<[string, (text: string) => string]>([
  ["cut short", (text) => text.slice(0, 50)],
  ["edited", (text) => text.replace("id-a", "id-x")],
  ["Terraform's", () => '{"version":4,"serial":1,"lineage":"x","resources":[]}'],
])("a document that is %s is not read, and can be made anew", async ([, damage]) => {
  const server = await stateServer();
  const store = opener(server.url)();
  await store.write(stateWith("a"));
  server.body = damage(server.body);
  await expect(store.read()).rejects.toMatchObject({ code: "state-unreadable" });
  await expect(store.write(stateWith("a", "b"))).rejects.toMatchObject({ code: "state-unreadable" });
  await store.write(stateWith("a", "b"), { overwrite: true });
  expect(await store.read()).toEqual(stateWith("a", "b"));
});

test("what arrives otherwise than it was sent is not read", async () => {
  const server = await stateServer();
  const store = opener(server.url)();
  await store.write(stateWith("a"));
  server.meddle = (_request, response) =>
    response.writeHead(200, { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" }).end(server.body) !== undefined;
  await expect(store.read()).rejects.toThrow("Content-MD5");
});
