import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLog } from "../../src/lib/log.ts";
import { Secret } from "../../src/model/secret.ts";
import { startServer } from "../../src/server/server.ts";
import type { Server } from "../../src/server/server.ts";
import { isProof, proofOf } from "../../src/server/identity.ts";
import { asked, port } from "./port.ts";
import type { SourceBatch } from "../../src/sources/contract.ts";

let server: Server;
let logged = "";
let batches: SourceBatch[] = [];
let fails = false;

beforeEach(async () => {
  logged = "";
  batches = [];
  fails = false;
  server = await startServer({
    listen: "127.0.0.1:0",
    token: () => new Secret("sesame"),
    key: "the key",
    eventPaths: () => ["/events"],
    ingest: () => [],
    log: createLog({ level: "info", pretty: false, write: (line) => void (logged += line) }),
    port: {
      ...port,
      accept: (batch) => {
        if (fails) return Promise.reject(new Error("/secret/path is full"));
        batches.push(batch);
        const taken = batch.items.filter(({ content }) => "text" in content);
        return Promise.resolve({
          accepted: taken.length,
          duplicates: [],
          deliveries: 0,
          eventIds: taken.map(({ seed }) => seed),
          rejected: [],
        });
      },
    },
  });
});
afterEach(() => server.close());

const post = (route: string, type: string, body: string | Uint8Array, token = "sesame") =>
  fetch(server.url + route, {
    method: "POST",
    headers: { "content-type": type, authorization: `Bearer ${token}` },
    body,
  });

describe("errors", () => {
  it.for([
    ["an unknown route", "/nope", "application/json", "{}", 404, "not-found"],
    ["an unknown integration", "/api/integrations/x/test", "application/json", "{}", 404, "unknown-key"],
    ["a wrong content type", "/events", "application/xml", "<a/>", 415, "unsupported-media-type"],
    ["text, which any web page may send", "/events", "text/plain", "{}", 415, "unsupported-media-type"],
  ] as const)("have one form: %s", async ([, route, type, body, status, code]) => {
    const answer = await post(route, type, body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ error: { code, message: expect.any(String) } });
    expect(batches).toEqual([]);
  });

  it("refuse a wrong token", async () => {
    const answer = await post("/events", "application/json", "{}", "wrong");
    expect([answer.status, batches]).toEqual([401, []]);
  });

  it("of our own go to the log, and tell the client nothing", async () => {
    fails = true;
    const answer = await post("/events", "application/json", "{}");
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("/secret/path");
    expect(logged).toContain("/secret/path is full");
  });
});

it("takes no name for an address of this machine", async () => {
  const options = {
    listen: "127.example.com:0",
    log: createLog({ level: "silent", pretty: false, write: () => undefined }),
    port,
    key: "the key",
    eventPaths: () => [],
    ingest: () => [],
  };
  const refused = startServer({ ...options, token: () => undefined });
  await expect(refused).rejects.toThrow("127.example.com:0 is reachable from outside, and there is no token");
});

describe("what operators ask for", () => {
  const json = (route: string, body: unknown) => post(route, "application/json", JSON.stringify(body));

  it.for([
    ["/api/integrations/hook/test", {}, 202, { eventId: "test of hook" }],
    ["/api/integrations/hook/enable", {}, 200, { name: "hook", disabled: false, reason: null }],
    ["/api/integrations/hook/disable", {}, 200, { disabled: true, reason: "somebody asked for it" }],
    ["/api/integrations/hook/disable", { reason: "maintenance" }, 200, { reason: "maintenance" }],
    ["/api/integrations/hook/recover", {}, 202, { name: "hook", dryRun: false, held: 3 }],
    ["/api/integrations/hook/recover", { dryRun: true }, 200, { dryRun: true, held: 3 }],
    ["/api/deliveries/resend", { ids: ["A"] }, 200, { resent: 1 }],
    ["/api/deliveries/resend", { filter: { status: ["held"] }, dryRun: true }, 200, { resent: 1 }],
  ] as const)("%s with %j", async ([route, body, status, reply]) => {
    const answer = await json(route, body);
    expect([answer.status, await answer.json()]).toMatchObject([status, reply]);
  });

  it.for([
    ["/api/integrations/policy/recover", {}, 409, "unsupported"],
    ["/api/integrations/other/enable", {}, 404, "unknown-key"],
    ["/api/integrations/hook/disable", { reason: "" }, 400, "bad-request"],
    ["/api/deliveries/resend", {}, 400, "bad-request"],
    ["/api/deliveries/resend", { ids: [], filter: {} }, 400, "bad-request"],
    ["/api/deliveries/resend", { ids: ["A"], filter: {} }, 400, "bad-request"],
    ["/api/deliveries/resend", { filter: { status: ["lost"] } }, 400, "bad-request"],
  ] as const)("%s with %j is refused", async ([route, body, status, code]) => {
    asked.length = 0;
    const answer = await json(route, body);
    expect([answer.status, await answer.json()]).toMatchObject([status, { error: { code } }]);
    expect(asked).toEqual([]);
  });

  it.for([
    ["/api/integrations/hook/disable", "somebody asked for it"],
    ["/api/integrations/hook/enable", null],
  ] as const)("%s needs no body, and no type for it", async ([route, reason]) => {
    const authorization = "Bearer sesame";
    const typed = { authorization, "content-type": "application/json" };
    for (const init of [
      { headers: { authorization } },
      { headers: { authorization }, body: new Uint8Array() },
      { headers: { authorization }, body: new TextEncoder().encode("{}") },
      { headers: { authorization }, body: new TextEncoder().encode(" \n") },
      { headers: typed },
      { headers: typed, body: "" },
      { headers: typed, body: "null" },
    ]) {
      const answer = await fetch(server.url + route, { method: "POST", ...init });
      expect([answer.status, await answer.json()]).toMatchObject([200, { name: "hook", reason }]);
    }
  });

  it("takes a reason without a type too", async () => {
    const body = new TextEncoder().encode('{"reason":"maintenance"}');
    const init = { method: "POST", headers: { authorization: "Bearer sesame" }, body };
    const answer = await fetch(`${server.url}/api/integrations/hook/disable`, init);
    expect(await answer.json()).toMatchObject({ disabled: true, reason: "maintenance" });
  });

  it.for([
    ["/api/integrations/hook/disable", { reasn: 1 }, 'body has an unknown field "reasn"'],
    ["/api/integrations/hook/enable", { reason: "x" }, 'body has an unknown field "reason"'],
    ["/api/integrations/hook/test", { a: 1 }, 'body has an unknown field "a"'],
    ["/api/integrations/hook/recover", { dryrun: true }, 'body has an unknown field "dryrun"'],
    ["/api/deliveries/resend", { filter: { evnt: "x" } }, 'body/filter has an unknown field "evnt"'],
    ["/api/integrations/hook/disable", [], "body must be object,null"],
  ] as const)("%s with %j says what is wrong", async ([route, body, message]) => {
    const answer = await json(route, body);
    expect([answer.status, await answer.json()]).toEqual([400, { error: { code: "bad-request", message } }]);
  });

  it("needs the token, and JSON, which no page of somebody else's may send", async () => {
    const route = "/api/integrations/hook/disable";
    expect((await post(route, "application/json", "{}", "wrong")).status).toBe(401);
    expect((await post(route, "text/plain", "{}")).status).toBe(415);
    for (const [name, value] of [
      ["origin", "https://example.com"],
      ["origin", "null"],
    ] as const) {
      const bare = { method: "POST", headers: { authorization: "Bearer sesame", [name]: value } };
      expect((await fetch(server.url + route, bare)).status).toBe(415);
    }
    expect((await fetch(`${server.url}/api/status`)).status).toBe(401);
    const headers = { authorization: "Bearer sesame" };
    const status = await (await fetch(`${server.url}/api/status`, { headers })).json();
    expect(status).toMatchObject({ config: { file: "/n.yaml", error: null }, integrations: [] });
  });
});

it("proves to whoever knows the key that it is this daemon, and tells nobody the key", async () => {
  const answer = await (await fetch(`${server.url}/healthz?nonce=abc`)).json();
  expect(answer).toEqual({ status: "ok", proof: proofOf("the key", "abc") });
  expect(isProof(proofOf("the key", "abc"), "the key", "abc")).toBe(true);
  expect(isProof(proofOf("the key", "abc"), "the key", "abd")).toBe(false);
  expect(isProof(undefined, "the key", "abc")).toBe(false);
  expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({ status: "ok" });
});
