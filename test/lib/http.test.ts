/** The HTTP door against real servers: deadlines, bounded reads, failures told apart. */
import { createServer } from "node:http";
import type { IncomingHttpHeaders, RequestListener, Server } from "node:http";
import net from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createHttpClient } from "../../src/lib/http.ts";
import { onRequests, rawServer } from "../support/raw-server.ts";

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(
    () => void server.close(),
    () => server.closeAllConnections(),
  );
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

function client() {
  const http = createHttpClient({ maxBodyBytes: 1024, userAgent: "bellhop-test" });
  closers.push(() => http.close());
  return http;
}

const post = (url: string, extra: { deadlineMs?: number; signal?: AbortSignal } = {}) =>
  client().post({
    url,
    headers: [["content-type", "application/json"]],
    body: "{}",
    deadlineMs: 5000,
    ...extra,
  });

describe("post", () => {
  it("sends the bytes and headers it is given, and reads the answer", async () => {
    let seen = "";
    const url = await serve((request, response) => {
      request.on(
        "data",
        (chunk: Buffer) => (seen += `${request.headers["user-agent"]} ${request.url} ${chunk.toString()}`),
      );
      request.on("end", () => response.writeHead(202, { "X-Two": "2" }).end("fine"));
    });
    const result = await post(`${url}/a?b=1`);
    expect(seen).toBe("bellhop-test /a?b=1 {}");
    expect(result.response).toMatchObject({ status: 202, body: "fine", truncated: false });
    expect(result.response?.headers).toContainEqual(["x-two", "2"]);
    expect(result.remoteAddress).toBe("127.0.0.1");
  });

  it("does not follow redirects", async () => {
    const url = await serve((_request, response) =>
      response.writeHead(302, { location: "/elsewhere" }).end(),
    );
    expect((await post(url)).response?.status).toBe(302);
  });

  it("reads no more than the limit of an endless body", async () => {
    let sent = 0;
    const url = await serve((_request, response) => {
      response.writeHead(200);
      const pump = (): void => {
        while (!response.destroyed && response.write("x".repeat(4096))) sent += 4096;
      };
      response.on("drain", pump);
      pump();
    });
    const result = await post(url);
    expect(result.response).toMatchObject({ status: 200, body: "x".repeat(1024), truncated: true });
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it("gives up at the deadline when no answer comes", async () => {
    const url = await serve(() => undefined);
    expect((await post(url, { deadlineMs: 50 })).failure?.class).toBe("timeout");
  });

  it("keeps the status when the deadline cuts the body", async () => {
    const url = await serve((_request, response) => response.writeHead(200).write("half"));
    const result = await post(url, { deadlineMs: 100 });
    expect(result.response).toMatchObject({ status: 200, body: "half", brokenOff: "timeout" });
  });

  it("is cut short by its signal", async () => {
    const stop = new AbortController();
    const url = await serve(() => stop.abort());
    expect((await post(url, { signal: stop.signal })).failure?.class).toBe("aborted");
  });

  it("tells a refused connection, a reset and nonsense apart", async () => {
    const free = net.createServer();
    await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
    const address = free.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await new Promise((resolve) => free.close(resolve));
    expect((await post(`http://127.0.0.1:${port}`)).failure?.class).toBe("connection-refused");

    const reset = await serve((request) => request.socket.resetAndDestroy());
    expect((await post(reset)).failure?.class).toBe("connection-reset");

    const babbler = net.createServer((socket) => socket.end("this is not HTTP\r\n\r\n"));
    await new Promise<void>((resolve) => babbler.listen(0, "127.0.0.1", resolve));
    closers.push(() => void babbler.close());
    const babble = babbler.address();
    const at = typeof babble === "object" && babble !== null ? babble.port : 0;
    expect((await post(`http://127.0.0.1:${at}`)).failure?.class).toBe("bad-response");
  });

  it("says that a name does not resolve", async () => {
    expect((await post("http://no-such-host.invalid/")).failure?.class).toBe("dns");
  });
});

/** What the server read of one request; undefined when none came. */
async function sent(request: {
  url?: (origin: string) => string;
  headers?: readonly (readonly [string, string])[];
  body?: string;
}) {
  let seen: { target: string | undefined; headers: IncomingHttpHeaders; raw: string[] } | undefined;
  const origin = await serve((incoming, response) => {
    seen = { target: incoming.url, headers: incoming.headers, raw: incoming.rawHeaders };
    response.end("ok");
  });
  const { url = (base) => base, headers = [], body = "{}" } = request;
  const result = await client().post({ url: url(origin), headers, body, deadlineMs: 20_000 });
  return { seen, result };
}

describe("a request", () => {
  it("leaves the fragment of its URL at home", async () => {
    const { seen } = await sent({ url: (origin) => `${origin}/a/../b?c=d%20e#secret` });
    expect(seen?.target).toBe("/b?c=d%20e");
  });

  it("has user and password of its URL as basic credentials", async () => {
    const { seen } = await sent({ url: (origin) => origin.replace("//", "//ro%20bot:p%C3%A4ss@") });
    expect(seen?.headers.authorization).toBe(`Basic ${Buffer.from("ro bot:päss").toString("base64")}`);
  });

  it("has a user of no valid encoding as it is", async () => {
    const { seen } = await sent({ url: (origin) => origin.replace("//", "//%zz@") });
    expect(seen?.headers.authorization).toBe(`Basic ${btoa("%zz:")}`);
  });

  it("keeps the authorization that it is given", async () => {
    const { seen } = await sent({
      url: (origin) => origin.replace("//", "//user:pass@"),
      headers: [["Authorization", "Bearer x"]],
    });
    expect(seen?.raw.filter((name) => name.toLowerCase() === "authorization")).toHaveLength(1);
    expect(seen?.headers.authorization).toBe("Bearer x");
  });

  it("may have a very long URL, when the server takes one", async () => {
    const server = await rawServer((socket) =>
      onRequests(socket, (_nth, target) => {
        const length = String(target.length);
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${length.length}\r\n\r\n${length}`);
      }),
    );
    const result = await post(`${server.url}/${"x".repeat(99_999)}`);
    expect(result.response?.body).toBe("100000");
    const { result: tooLong } = await sent({ url: (origin) => `${origin}/${"x".repeat(99_999)}` });
    expect(tooLong.response?.status).toBe(431);
  });

  it.for<readonly [string, string, RegExp]>([
    ["host", "evil.example", /the header host is set by the sender/],
    ["Host", "evil.example", /the header Host is set by the sender/],
    ["content-length", "0", /content-length is set by the sender/],
    ["transfer-encoding", "chunked", /transfer-encoding is set by the sender/],
    ["connection", "close", /connection is set by the sender/],
    ["keep-alive", "timeout=5", /keep-alive is set by the sender/],
    ["upgrade", "websocket", /upgrade is set by the sender/],
    ["expect", "100-continue", /expect is set by the sender/],
    ["te", "trailers", /te is set by the sender/],
    ["proxy-authorization", "Basic x", /proxy-authorization is set by the sender/],
    ["x y", "z", /"x y" cannot be the name of a header/],
    ["", "z", /"" cannot be the name of a header/],
    ["x-y:", "z", /cannot be the name of a header/],
    ["x-ü", "z", /cannot be the name of a header/],
    ["x-break", "hunter2\r\nx-evil: 1", /x-break has a line break/],
    ["x-nul", "hunter2\0", /x-nul has a line break, a control character/],
    ["x-script", "hunter2 中", /x-script has .* beyond Latin-1/],
    ["x-emoji", "hunter2 😀", /x-emoji has .* beyond Latin-1/],
    ["x-half", "hunter2 \uD800", /x-half has .* beyond Latin-1/],
  ])("with a header %j: %j is not sent, and says why", async ([name, value, why]) => {
    const { seen, result } = await sent({ headers: [[name, value]] });
    expect(seen).toBeUndefined();
    expect(result.failure).toMatchObject({ class: "invalid-request", detail: expect.stringMatching(why) });
    expect(result.failure?.detail).not.toContain("hunter2");
  });

  it("may have any header that HTTP can carry", async () => {
    const { seen } = await sent({
      headers: [
        ["X-Latin", "Zoë"],
        ["x-tab", "a\tb"],
        ["x-empty", ""],
      ],
    });
    expect(seen?.headers).toMatchObject({ "x-latin": "Zoë", "x-tab": "a\tb", "x-empty": "" });
  });

  it("has an empty body when it is given one", async () => {
    const { seen } = await sent({ body: "" });
    expect(seen?.headers["content-length"]).toBe("0");
  });
});
