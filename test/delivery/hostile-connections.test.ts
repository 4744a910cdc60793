/** What one receiver does to a connection harms neither the next request nor the others of the same client. */
import { setImmediate } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { judge } from "../../src/delivery/outcome.ts";
import { createHttpClient } from "../../src/lib/http.ts";
import type { HttpClient } from "../../src/lib/http.ts";
import { drip, onRequests, pump, rawServer } from "../support/raw-server.ts";
import type { RawServer } from "../support/raw-server.ts";

const answer = (body: string, headers = ""): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${headers}\r\n${body}`;

function client(): HttpClient {
  const http = createHttpClient({ maxBodyBytes: 64 * 1024, userAgent: "bellhop-test" });
  onTestFinished(() => http.close());
  return http;
}

const post = (http: HttpClient, url: string, deadlineMs = 20_000, body = "{}") =>
  http.post({ url, headers: [], body, deadlineMs });

const healthy = (): Promise<RawServer> =>
  rawServer((socket) => onRequests(socket, (_nth, target) => socket.write(answer(`for ${target}`))));

it("carries one request after another over one connection", async () => {
  const server = await healthy();
  const http = client();
  for (const target of ["/1", "/2", "/3"]) {
    expect((await post(http, server.url + target)).response?.body).toBe(`for ${target}`);
  }
  expect(server.accepted()).toBe(1);
});

it("gives requests at the same time a connection each", async () => {
  const server = await healthy();
  const http = client();
  const targets = Array.from({ length: 20 }, (_, index) => `/${index}`);
  const results = await Promise.all(targets.map((target) => post(http, server.url + target)));
  expect(results.map(({ response }) => response?.body)).toEqual(targets.map((target) => `for ${target}`));
  expect(server.accepted()).toBe(20);
  await http.close();
  await server.allClosed();
});

it.each([
  ["in the same packet", (text: string) => text + answer("poison")],
  ["twice", (text: string) => text + answer("poison") + answer("poison")],
  ["half of it", (text: string) => `${text}HTTP/1.1 200 OK\r\ncontent-le`],
  ["as bytes beyond the length", (text: string) => `${text}poison`],
])("never takes a second answer for the next request's: %s", async (_what, spoilt) => {
  const server = await rawServer((socket) =>
    onRequests(socket, (_nth, target) => socket.write(spoilt(answer(`for ${target}`)))),
  );
  const http = client();
  for (const target of ["/1", "/2", "/3", "/4", "/5"]) {
    expect((await post(http, server.url + target)).response?.body).toBe(`for ${target}`);
  }
  expect(server.accepted()).toBe(5);
  await server.allClosed();
});

it("drops a connection on which something comes that nobody asked for", async () => {
  const late: (() => void)[] = [];
  const server = await rawServer((socket) =>
    onRequests(socket, (_nth, target) => {
      socket.write(answer(`for ${target}`));
      late.push(() => socket.write(answer("poison")));
    }),
  );
  const http = client();
  expect((await post(http, `${server.url}/1`)).response?.body).toBe("for /1");
  late.forEach((send) => send());
  await server.allClosed();
  expect((await post(http, `${server.url}/2`)).response?.body).toBe("for /2");
  expect(server.accepted()).toBe(2);
});

it("uses no connection again that the server wants closed, or closes", async () => {
  const server = await rawServer((socket, before) =>
    onRequests(socket, (_nth, target) => {
      if (before === 0) socket.write(answer(`for ${target}`, "connection: close\r\n"));
      else socket.end(answer(`for ${target}`));
    }),
  );
  const http = client();
  for (const target of ["/1", "/2", "/3"]) {
    expect((await post(http, server.url + target)).response?.body).toBe(`for ${target}`);
    await server.allClosed();
  }
  expect(server.accepted()).toBe(3);
});

it("keeps no connection longer because the server offers to", async () => {
  const server = await rawServer((socket) =>
    onRequests(socket, () => socket.write(answer("ok", "keep-alive: timeout=0\r\n"))),
  );
  expect((await post(client(), server.url)).response?.body).toBe("ok");
  await server.allClosed();
});

it("takes an answer that comes before the request was read", async () => {
  const server = await rawServer((socket) => {
    socket.end(answer("too big", "connection: close\r\n"), () => socket.resume());
  });
  const http = client();
  const result = await post(http, server.url, 20_000, "x".repeat(20 * 1024 * 1024));
  // Its closing may also overtake the answer.
  const verdict = judge("raw", result);
  if (verdict.is !== "delivered")
    expect(verdict).toMatchObject({ errorClass: "connection-reset", ours: false });
  await http.close();
  await server.allClosed();
});

it("lets nobody wait for a request of somebody else that is given up", async () => {
  const server = await rawServer((socket) =>
    onRequests(socket, (_nth, target) => {
      if (target === "/good") socket.write(answer("ok"));
    }),
  );
  const http = client();
  const hanging = Array.from({ length: 20 }, () => post(http, `${server.url}/hang`, 300));
  await setImmediate();
  expect((await post(http, `${server.url}/good`)).response?.body).toBe("ok");
  const classes = (await Promise.all(hanging)).map(({ failure }) => failure?.class);
  expect(new Set(classes)).toEqual(new Set(["timeout"]));
});

it("leaves no socket behind when it is closed, or a request is cut short", async () => {
  const server = await rawServer((socket) => void socket.resume());
  const http = client();
  const stop = new AbortController();
  const request = { url: server.url, headers: [], body: "{}", deadlineMs: 20_000 };
  const cut = http.post({ ...request, signal: stop.signal });
  const under = http.post(request);
  await expect.poll(() => server.accepted()).toBe(2);
  stop.abort();
  expect((await cut).failure?.class).toBe("aborted");
  await http.close();
  expect((await under).failure).toBeDefined();
  expect((await http.post(request)).failure).toBeDefined();
  await server.allClosed();
  expect(server.accepted()).toBe(2);
});

it("harms no other receiver, and neither memory nor sockets grow", async () => {
  const ok = "HTTP/1.1 200 OK\r\n";
  const hostile = await Promise.all([
    rawServer((socket) =>
      onRequests(socket, () => (socket.write(`${ok}\r\n`), pump(socket, "x".repeat(65_536)))),
    ),
    rawServer((socket) =>
      onRequests(socket, () => (socket.write(ok), pump(socket, "x-flood: yyyyyyyyyyyyyyy\r\n"))),
    ),
    rawServer((socket) => onRequests(socket, () => pump(socket, "HTTP/1.1 103 Early Hints\r\n\r\n"))),
    rawServer((socket) => onRequests(socket, () => drip(socket, `${ok}x: ${"y".repeat(9999)}`))),
    rawServer((socket) => onRequests(socket, () => socket.resetAndDestroy())),
    rawServer((socket) => onRequests(socket, () => socket.end("garbage\r\n\r\n"))),
    rawServer((socket) => void socket.resume()),
  ]);
  const good = await healthy();
  const http = client();
  const round = async (): Promise<void> => {
    const bad = hostile.flatMap(({ url }) => Array.from({ length: 10 }, () => post(http, url, 200)));
    const targets = Array.from({ length: 100 }, (_, index) => `/${index}`);
    const results = await Promise.all(targets.map((target) => post(http, good.url + target)));
    expect(results.map(({ response }) => response?.body)).toEqual(targets.map((target) => `for ${target}`));
    await Promise.all(bad);
  };
  await round();
  const before = process.memoryUsage().rss;
  for (let count = 0; count < 5; count += 1) await round();
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  // The client is still open: what is left is what it keeps for the good one.
  await Promise.all(hostile.map((server) => server.allClosed()));
  await http.close();
  await good.allClosed();
});
