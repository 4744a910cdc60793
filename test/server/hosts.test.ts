/** Pages in a browser must not reach a daemon without a token by a name of their own. */
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { clientOf, findDaemon } from "../../src/commands/daemon-client.ts";
import { createLog } from "../../src/lib/log.ts";
import { Secret } from "../../src/model/secret.ts";
import { isOfThisMachine } from "../../src/server/hosts.ts";
import { startServer } from "../../src/server/server.ts";
import { tempDir } from "../support/temp.ts";
import { port } from "./port.ts";

const log = createLog({ level: "silent", pretty: false, write: () => undefined });

async function daemonAt(listen: string, token?: string): Promise<string> {
  const server = await startServer({
    listen,
    token: () => (token === undefined ? undefined : new Secret(token)),
    key: "the key",
    eventPaths: () => ["/events"],
    ingest: () => [],
    log,
    port,
  });
  onTestFinished(() => server.close());
  return server.url;
}

interface Asked {
  readonly status: number | undefined;
  readonly body: string;
}

/** With whatever `Host`, as a browser sends it after the name was made to resolve here. */
const ask = (
  url: string,
  host: string | undefined,
  method = "GET",
  headers: Record<string, string> = {},
): Promise<Asked> =>
  new Promise((resolve, reject) => {
    const asking = request(
      url,
      { method, headers: { ...headers, ...(host === undefined ? {} : { host }) }, setHost: false },
      (answer) => {
        let body = "";
        answer.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
        answer.on("end", () => resolve({ status: answer.statusCode, body }));
      },
    );
    asking.once("error", reject).end();
  });

const ROUTES = [
  ["GET", "/healthz"],
  ["GET", "/readyz"],
  ["GET", "/api/status"],
  ["POST", "/api/integrations/hook/disable"],
  ["POST", "/api/events"],
  ["POST", "/events"],
  ["OPTIONS", "/events"],
  ["GET", "/nothing"],
] as const;

describe("a daemon without a token", () => {
  it.each(ROUTES)("refuses %s %s for another host, and says what to do", async (method, route) => {
    const url = await daemonAt("127.0.0.1:0");
    const json = { "content-type": "application/json" };
    const { status, body } = await ask(url + route, "rebound.example.com:8420", method, json);
    expect(status).toBe(403);
    expect(JSON.parse(body)).toEqual({
      error: {
        code: "forbidden",
        message:
          'without a token only requests to localhost are answered, and this one is to "rebound.example.com:8420"; set daemon.token, or ask at the address that the daemon listens on',
      },
    });
  });

  it.each([
    "localhost",
    "LOCALHOST:1",
    "bellhop.localhost:8420",
    "127.0.0.1",
    "127.9.8.7:8420",
    "[::1]:8420",
    "[::1]",
    "localhost.",
  ])("answers %s", async (host) => {
    const url = await daemonAt("127.0.0.1:0");
    expect(await ask(`${url}/api/status`, host)).toMatchObject({ status: 200 });
  });

  it("answers who names no host, as HTTP/1.0 allows", async () => {
    const { hostname, port: at } = new URL(await daemonAt("127.0.0.1:0"));
    const socket = connect(Number(at), hostname);
    socket.write("GET /healthz HTTP/1.0\r\n\r\n");
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.[01] 200 /);
  });

  it.each(["127.0.0.1:0", "127.0.0.2:0", "[::1]:0", "localhost:0"])(
    "that listens on %s is found and asked by the command line",
    async (listen) => {
      const url = await daemonAt(listen);
      const dataDir = await tempDir();
      await writeFile(join(dataDir, "daemon.json"), JSON.stringify({ pid: 1, url, key: "the key" }));
      const daemon = clientOf(await findDaemon({ dataDir, daemon: {} }));
      expect(await daemon?.post("/api/integrations/hook/test", "{}")).toEqual({ eventId: "test of hook" });
    },
  );
});

it("asks for no host where there is a token", async () => {
  const url = await daemonAt("127.0.0.1:0", "sesame");
  expect(await ask(`${url}/healthz`, "bellhop.example.com")).toMatchObject({ status: 200 });
  const headers = { authorization: "Bearer sesame" };
  expect(await ask(`${url}/api/status`, "bellhop.example.com", "GET", headers)).toMatchObject({
    status: 200,
  });
  expect(await ask(`${url}/api/status`, "localhost")).toMatchObject({ status: 401 });
});

it.each([
  "",
  "localhost.example.com",
  "127.0.0.1.example.com",
  "127.0.0.1@example.com",
  "example.com:127.0.0.1",
  "localhost:80:80",
  "128.0.0.1",
  "10.0.0.1",
  "0.0.0.0",
  "[::2]",
  "[::1].example.com",
  "xlocalhost",
  "[::1",
  "evil.example/.localhost",
  ".localhost",
])("takes %j for another machine", (host) => {
  expect(isOfThisMachine(host)).toBe(false);
});
