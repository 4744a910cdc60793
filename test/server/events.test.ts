/** `POST` of events, from the request to what the outbox holds. */
import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { send, startReceiving } from "./support.ts";
import type { Answer, Receiving } from "./support.ts";

const JSON_TYPE = { "content-type": "application/json" };
const event = (id: string, data: unknown = {}) => ({
  specversion: "1.0",
  id,
  source: "/ci",
  type: "build:done",
  data,
});
const ids = ({ body }: Answer): string[] => body["ids"] as string[];

async function post(on: Receiving, type: string, body: string | Uint8Array<ArrayBuffer>): Promise<Answer> {
  return send(`${on.url}/events`, { "content-type": type }, body);
}

describe("a body", () => {
  it.for([
    ["one event", "application/json", JSON.stringify(event("a")), ["a"]],
    ["an array", "application/json; charset=utf-8", JSON.stringify([event("a"), event("b")]), ["a", "b"]],
    ["a structured CloudEvent", "application/cloudevents+json", JSON.stringify(event("a")), ["a"]],
    [
      "a batch of CloudEvents",
      "application/cloudevents-batch+json",
      JSON.stringify([event("a"), event("b")]),
      ["a", "b"],
    ],
    ["an empty batch", "application/cloudevents-batch+json", "[]", []],
    [
      "lines",
      "application/x-ndjson",
      `${JSON.stringify(event("a"))}\r\n\n${JSON.stringify(event("b"))}`,
      ["a", "b"],
    ],
    ["a type in capitals", "Application/JSON", JSON.stringify(event("a")), ["a"]],
  ] as const)("may hold %s", async ([, type, body, expected]) => {
    const on = await startReceiving();
    const answer = await post(on, type, body);
    expect(answer).toMatchObject({
      status: 202,
      body: { accepted: expected.length, ids: expected, rejected: [] },
    });
    for (const id of expected) expect(await on.stored(id)).toMatchObject({ id, type: "build:done" });
  });

  it("is taken in part when not all of it is events", async () => {
    const on = await startReceiving();
    const answer = await post(on, "application/json", JSON.stringify([event("a"), { what: 1 }, 7]));
    const reason = "not an event of a known shape";
    const rejected = [
      { position: "[1]", reason },
      { position: "[2]", reason: `${reason}: not a JSON object` },
    ];
    expect(answer).toMatchObject({ status: 202, body: { ids: ["a"], rejected } });
    expect(await on.rejected()).toMatchObject([{ head: "7" }, { head: '{"what":1}' }]);
  });

  it.for([
    [
      "nothing that is an event",
      "application/json",
      "{}",
      422,
      "nothing in the body is an event; body: not an event of a known shape",
    ],
    [
      "lines that are no JSON",
      "application/x-ndjson",
      "\nx\n",
      422,
      "nothing in the body is an event; line 2: not JSON",
    ],
    ["what is no JSON", "application/json", '{\n "a": tru }', 400, "the body is not JSON (line 2, column 7)"],
    [
      "what is no UTF-8",
      "application/json",
      new Uint8Array([0x22, 0xff, 0x22]),
      400,
      "the body is not UTF-8",
    ],
  ] as const)("may hold %s: refused, and kept as rejected", async ([, type, body, status, message]) => {
    const on = await startReceiving();
    const answer = await post(on, type, body);
    expect(answer).toMatchObject({ status, body: { error: { message }, accepted: 0 } });
    expect(await on.rejected()).toHaveLength(1);
  });

  it.for([
    ["application/json", "", "the body is empty"],
    ["application/x-ndjson", "\n\n", "the body has no lines"],
  ] as const)("of type %s without anything is refused", async ([type, body, message]) => {
    const on = await startReceiving();
    expect(await post(on, type, body)).toMatchObject({
      status: 400,
      body: { error: { code: "bad-request", message } },
    });
    expect(await on.rejected()).toEqual([]);
  });

  it("may not be of another type, or packed", async () => {
    const on = await startReceiving();
    const body = JSON.stringify(event("a"));
    for (const headers of [
      { "content-type": "text/plain" },
      { "content-type": "" },
      { ...JSON_TYPE, "content-encoding": "gzip" },
    ]) {
      expect(await send(`${on.url}/events`, headers, body)).toMatchObject({
        status: 415,
        body: { error: { code: "unsupported-media-type" } },
      });
    }
    expect(on.batches).toEqual([]);
  });

  it("may not be larger than 8 MiB", async () => {
    const on = await startReceiving();
    const answer = await post(
      on,
      "application/json",
      JSON.stringify(event("a", "x".repeat(8 * 1024 * 1024))),
    );
    const message = "the body is larger than 8 MiB; send it in parts";
    expect(answer).toMatchObject({ status: 413, body: { error: { code: "payload-too-large", message } } });
  });
});

describe("CloudEvents in binary mode", () => {
  const ATTRIBUTES = { "ce-specversion": "1.0", "ce-id": "a", "ce-source": "/ci", "ce-type": "build:done" };

  it.for([
    ["JSON", "application/json", '{"n":1.5}', { n: 1.5 }],
    ["JSON of a type of its own", "application/vnd.acme+json; charset=utf-8", "[1]", [1]],
    ["text", "text/plain", "häuser", "häuser"],
    ["XML", "application/xml", "<a/>", "<a/>"],
    ["bytes", "image/png", new Uint8Array([0x89, 0x50, 0xff]), "iVD/"],
    ["JSON without a type", "", '{"n":1}', { n: 1 }],
  ] as const)("carry %s", async ([, type, body, data]) => {
    const on = await startReceiving();
    // A client that sends no type at all, which fetch never does.
    const headers = { ...ATTRIBUTES, ...(type !== "" && { "content-type": type }) };
    const status = await raw(`${on.url}/events`, headers, body);
    expect(status).toBe(202);
    expect(await on.stored("a")).toMatchObject({ id: "a", type: "build:done", data });
  });

  it("may be without data", async () => {
    const on = await startReceiving();
    expect((await send(`${on.url}/events`, { ...ATTRIBUTES, ...JSON_TYPE }, undefined)).status).toBe(202);
    expect(await on.stored("a")).toMatchObject({ data: null });
  });

  it("have attributes that are percent-encoded, quoted, or neither", async () => {
    const on = await startReceiving();
    const headers = {
      ...ATTRIBUTES,
      ...JSON_TYPE,
      "ce-subject": "Euro%20%E2%82%AC%20%f0%9f%98%80",
      "ce-project": String.raw`"web \"shop\""`,
      "ce-environment": "50% of it",
      "ce-x-other": "not an attribute",
    };
    expect((await send(`${on.url}/events`, headers, "{}")).status).toBe(202);
    const stored = await on.stored("a");
    expect(stored).toMatchObject({ project: { name: 'web "shop"' }, environment: { name: "50% of it" } });
    expect(stored?.body).toEqual({
      specversion: "1.0",
      id: "a",
      source: "/ci",
      type: "build:done",
      subject: "Euro € 😀",
      project: 'web "shop"',
      environment: "50% of it",
      datacontenttype: "application/json",
      data: {},
    });
  });

  it.for([
    [
      "whose encoding is no UTF-8",
      { "ce-subject": "%C0%A0" },
      "{}",
      "has a header ce-subject whose percent-encoding is not UTF-8",
    ],
    ["without a type", { "ce-type": undefined }, "{}", "is a CloudEvent without the header ce-type"],
    [
      "without a version",
      { "ce-specversion": undefined },
      "{}",
      "is a CloudEvent without the header ce-specversion",
    ],
    [
      "whose data is not what it says",
      {},
      "{",
      "has data that is not JSON, as its content type application/json says",
    ],
  ] as const)("are refused: one %s", async ([, changed, body, reason]) => {
    const on = await startReceiving();
    const all = Object.entries({ ...ATTRIBUTES, ...JSON_TYPE, ...changed });
    const headers = Object.fromEntries(
      all.filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    const answer = await send(`${on.url}/events`, headers, body);
    expect(answer).toMatchObject({ status: 400, body: { error: { message: `the body ${reason}` } } });
    expect(await on.rejected()).toMatchObject([{ source: "http", reason, head: body }]);
  });
});

/** Sends exactly these headers. */
function raw(url: string, headers: Record<string, string>, body: string | Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

describe("sent again", () => {
  it("an event with an id is one event", async () => {
    const on = await startReceiving();
    const body = JSON.stringify(event("a"));
    expect((await post(on, "application/json", body)).body).toMatchObject({ accepted: 1, duplicates: 0 });
    expect((await post(on, "application/json", body)).body).toMatchObject({
      accepted: 0,
      duplicates: 1,
      ids: ["a"],
    });
  });

  const anonymous = JSON.stringify(
    [1, 2].map(() => ({ specversion: "1.0", source: "/ci", type: "build:done" })),
  );

  it("events without ids are new ones", async () => {
    const on = await startReceiving();
    const first = await post(on, "application/json", anonymous);
    const second = await post(on, "application/json", anonymous);
    expect(new Set([...ids(first), ...ids(second)]).size).toBe(4);
  });

  it("events without ids are the same ones under the same Idempotency-Key", async () => {
    const on = await startReceiving();
    const headers = { ...JSON_TYPE, "idempotency-key": "7f3a" };
    const first = await send(`${on.url}/events`, headers, anonymous);
    const second = await send(`${on.url}/events`, headers, anonymous);
    expect(new Set(ids(first)).size).toBe(2);
    expect(second.body).toMatchObject({ accepted: 0, duplicates: 2, ids: ids(first) });
    const other = JSON.stringify({ specversion: "1.0", source: "/ci", type: "something:else" });
    expect((await send(`${on.url}/events`, headers, other)).body).toMatchObject({
      accepted: 1,
      duplicates: 0,
    });
  });
});

describe("an outbox that cannot write", () => {
  it("is a 503 that says when to come back, and nothing else", async () => {
    const on = await startReceiving();
    on.outboxGone = true;
    const answer = await post(on, "application/json", JSON.stringify(event("a")));
    expect(answer).toMatchObject({ status: 503, body: { error: { code: "service-unavailable" } } });
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(JSON.stringify(answer.body)).not.toContain("disk full");
    expect(on.logged()).toContain("/var/db: disk full");
    on.outboxGone = false;
    expect((await post(on, "application/json", JSON.stringify(event("a")))).body).toMatchObject({
      accepted: 1,
    });
  });
});

describe("paths", () => {
  it.for(["/a*b*", "/:id/(x)", "/häuser", "/a//b", "/api/events"])(
    "are taken as they are: %s",
    async (path) => {
      const on = await startReceiving();
      on.eventPaths.push(path);
      const url = on.url + encodeURI(path);
      expect((await send(url, JSON_TYPE, JSON.stringify(event("a")))).status).toBe(202);
      expect((await send(`${on.url}/aXbX`, JSON_TYPE, "{}")).status).toBe(404);
    },
  );

  it("come and go while the server listens", async () => {
    const on = await startReceiving();
    const body = JSON.stringify(event("a"));
    expect((await send(`${on.url}/more`, JSON_TYPE, body)).status).toBe(404);
    on.eventPaths.push("/more");
    expect((await send(`${on.url}/more`, JSON_TYPE, body)).status).toBe(202);
    on.eventPaths.length = 0;
    expect((await send(`${on.url}/events`, JSON_TYPE, body)).status).toBe(404);
  });
});

describe("the handshake of CloudEvents webhooks", () => {
  it("says yes to whoever asks, without a token", async () => {
    const on = await startReceiving({ token: "sesame" });
    const asked = { "webhook-request-origin": "eventemitter.example.com", "webhook-request-rate": "120" };
    const { status, headers } = await send(`${on.url}/events`, asked, undefined, "OPTIONS");
    expect(status).toBe(200);
    const names = ["allow", "webhook-allowed-origin", "webhook-allowed-rate", "access-control-allow-origin"];
    expect(names.map((name) => headers.get(name))).toEqual([
      "POST, OPTIONS",
      "eventemitter.example.com",
      "*",
      null,
    ]);
  });

  it("says nothing where nobody asked, or nothing is", async () => {
    const on = await startReceiving();
    expect(
      (await send(`${on.url}/events`, {}, undefined, "OPTIONS")).headers.get("webhook-allowed-origin"),
    ).toBeNull();
    const asked = { "webhook-request-origin": "x" };
    expect((await send(`${on.url}/nope`, asked, undefined, "OPTIONS")).status).toBe(404);
  });
});

describe("the token", () => {
  it.for([
    ["in the header", "", { authorization: "Bearer sesame" }, 202],
    ["in the URL", "?access_token=sesame", {}, 202],
    ["wrong", "?access_token=no", {}, 401],
    ["missing", "", {}, 401],
  ] as const)("%s", async ([, query, headers, status]) => {
    const on = await startReceiving({ token: "sesame" });
    const answer = await send(
      `${on.url}/events${query}`,
      { ...JSON_TYPE, ...headers },
      JSON.stringify(event("a")),
    );
    expect(answer.status).toBe(status);
    if (status === 401) expect(on.batches).toEqual([]);
    if (query.includes("sesame")) expect(answer.headers.get("cache-control")).toBe("private");
  });
});
