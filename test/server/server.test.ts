import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLog } from "../../src/lib/log.ts";
import { Secret } from "../../src/model/secret.ts";
import { startServer } from "../../src/server/server.ts";
import type { Server } from "../../src/server/server.ts";
import { port } from "./port.ts";
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
