/** The HTTP door against real servers: deadlines, bounded reads, failures told apart. */
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import net from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createHttpClient } from "../../src/lib/http.ts";

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
