import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLog } from "../../src/lib/log.ts";
import { Secret } from "../../src/model/secret.ts";
import { startServer } from "../../src/server/server.ts";
import type { Server } from "../../src/server/server.ts";
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
    token: new Secret("sesame"),
    eventPaths: ["/events"],
    log: createLog({ level: "info", pretty: false, write: (line) => void (logged += line) }),
    port: {
      ready: () => true,
      test: () => Promise.resolve(undefined),
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

const contents = () => batches.flatMap(({ items }) => items.map(({ content }) => content));

describe("POST of events", () => {
  it.for([
    ["one", "application/json", '{"a":1}', ['{"a":1}']],
    ["an array", "application/json; charset=utf-8", ' [{"a":1},2]', ['{"a":1}', "2"]],
    ["a batch of CloudEvents", "application/cloudevents-batch+json", "[1]", ["1"]],
    ["lines", "application/x-ndjson", "1\n\n2\r\n", ["1", "2\r"]],
    ["no JSON", "application/json", "{", ["{"]],
  ] as const)("takes %s", async ([, type, body, texts]) => {
    expect((await post("/events", type, body)).status).toBe(202);
    expect(contents()).toEqual(texts.map((text) => ({ text })));
  });

  it("keeps what is no UTF-8 as rejected", async () => {
    const answer = await post("/events", "application/json", new Uint8Array([0x22, 0xff, 0x22]));
    expect(answer.status).toBe(422);
    expect(contents()).toMatchObject([{ rejected: "is not UTF-8" }]);
  });
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
    expect(contents()).toEqual([]);
  });

  it("refuse a wrong token", async () => {
    const answer = await post("/events", "application/json", "{}", "wrong");
    expect([answer.status, contents()]).toEqual([401, []]);
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
  const { listen, log, port, eventPaths } = {
    listen: "127.example.com:0",
    log: createLog({ level: "silent", pretty: false, write: () => undefined }),
    port: {
      ready: () => true,
      test: () => Promise.resolve(undefined),
      accept: () => Promise.reject(new Error()),
    },
    eventPaths: [],
  };
  const refused = startServer({ listen, token: undefined, eventPaths, port, log });
  await expect(refused).rejects.toThrow("127.example.com:0 is reachable from outside, and there is no token");
});
