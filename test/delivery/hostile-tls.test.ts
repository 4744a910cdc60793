/** Receivers whose TLS is not what it should be. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { TLSSocket } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { judge } from "../../src/delivery/outcome.ts";
import { createHttpClient } from "../../src/lib/http.ts";
import { onRequests, rawServer } from "../support/raw-server.ts";
import type { RawServer, Serve } from "../support/raw-server.ts";

const fixture = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, "../fixtures/tls", `${name}.pem`), "utf8");
const key = fixture("key");
const ca = fixture("ca");

/** Any name is this machine. */
const resolve = () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]);

const ok: Serve = (socket) =>
  onRequests(socket, () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
const secure = (cert: string): Promise<RawServer> => rawServer(ok, { tls: { key, cert: fixture(cert) } });

async function post(url: string, deadlineMs = 20_000) {
  const http = createHttpClient({ maxBodyBytes: 1024, userAgent: "bellhop-test", ca, resolve });
  onTestFinished(() => http.close());
  const send = () => http.post({ url, headers: [], body: "{}", deadlineMs });
  return { http, result: await send(), send };
}

it("with a good certificate is delivered to, over one connection", async () => {
  const server = await secure("valid");
  const { http, result, send } = await post(server.url);
  expect(result.response).toMatchObject({ status: 200, body: "ok" });
  expect(result.remoteAddress).toBe("127.0.0.1");
  expect((await send()).response?.status).toBe(200);
  expect(server.accepted()).toBe(1);
  await http.close();
  await server.allClosed();
});

it("that closes every connection is spared a whole handshake for the next", async () => {
  const answer: Serve = (socket) =>
    onRequests(socket, () => {
      const body = socket instanceof TLSSocket && socket.isSessionReused() ? "resumed" : "new";
      socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
  const server = await rawServer(answer, { tls: { key, cert: fixture("valid") } });
  const { result, send } = await post(server.url);
  expect(result.response?.body).toBe("new");
  expect((await send()).response?.body).toBe("resumed");
});

it("with a good certificate for its address is delivered to by address", async () => {
  const server = await secure("valid");
  const { result } = await post(`https://127.0.0.1:${server.port}`);
  expect(result.response?.status).toBe(200);
});

it("is delivered to with a dot at the end of its name", async () => {
  const server = await secure("valid");
  const { result } = await post(`https://localhost.:${server.port}`);
  expect(result.response?.status).toBe(200);
});

it.each([
  ["self-signed", /SELF_SIGNED/],
  ["expired", /EXPIRED/],
  ["wrong-host", /ALTNAME/],
])("with a certificate that is %s counts as a TLS failure, and says which", async (cert, says) => {
  const server = await secure(cert);
  const { http, result } = await post(server.url);
  expect(judge("raw", result)).toMatchObject({
    is: "retry",
    errorClass: "tls",
    ours: false,
    note: expect.stringMatching(says),
  });
  await http.close();
  await server.allClosed();
});

it("that speaks plain HTTP on its TLS port counts as a TLS failure", async () => {
  const server = await rawServer((socket) => void socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const { result } = await post(`https://localhost:${server.port}`);
  expect(judge("raw", result)).toMatchObject({ is: "retry", errorClass: "tls", ours: false });
  await server.allClosed();
});

it("that speaks TLS on its plain port is no HTTP", async () => {
  const server = await secure("valid");
  const { result } = await post(`http://localhost:${server.port}`);
  expect(judge("raw", result)).toMatchObject({ is: "retry", ours: false });
  expect(result.failure?.class).toMatch(/^(bad-response|connection-reset)$/);
});

it("that never finishes its handshake is given up at the deadline, with its connection", async () => {
  const server = await rawServer((socket) => void socket.resume());
  const { result } = await post(`https://localhost:${server.port}`, 1500);
  expect(judge("raw", result)).toMatchObject({ is: "retry", errorClass: "timeout", ours: false });
  expect(server.accepted()).toBe(1);
  // The client is still open: nothing but the deadline ended it.
  await server.allClosed();
});

it("that closes in its handshake counts as a reset", async () => {
  const server = await rawServer((socket) => socket.once("data", () => socket.destroy()));
  const { result } = await post(`https://localhost:${server.port}`);
  expect(judge("raw", result)).toMatchObject({ is: "retry", errorClass: "connection-reset", ours: false });
});
