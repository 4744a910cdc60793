/** The egress guard, counted where it matters: at the sockets of a server that listens on every address of this machine. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { networkInterfaces } from "node:os";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { judge } from "../../src/delivery/outcome.ts";
import { createHttpClient } from "../../src/lib/http.ts";
import type { HttpClientOptions } from "../../src/lib/http.ts";
import { onRequests, rawServer } from "../support/raw-server.ts";
import type { RawServer } from "../support/raw-server.ts";
import { ANSWERS, ELSEWHERE, NO_ADDRESS, THIS_MACHINE, TRICKS } from "./egress-forms.ts";

const NOWHERE = ["127.0.0.0/8", "::1", "0.0.0.0", "::"];

/** Not every machine speaks IPv6 to itself. */
const speaksV6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);

const everywhere = (headers = ""): Promise<RawServer> =>
  rawServer(
    (socket) => {
      // A TLS client is only counted.
      socket.once("data", (chunk: Buffer) => void (chunk[0] === 0x16 && socket.destroy()));
      onRequests(socket, () => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${headers}\r\nok`));
    },
    { host: speaksV6 ? "::" : "0.0.0.0" },
  );

function client(options: Partial<HttpClientOptions> & { allow?: readonly string[] } = {}) {
  const { allow = [], ...others } = options;
  const http = createHttpClient({ maxBodyBytes: 1024, userAgent: "test", egress: { allow }, ...others });
  onTestFinished(() => http.close());
  return (url: string) => http.post({ url, headers: [], body: "{}", deadlineMs: 20_000 });
}

/** Sockets that this process has begun to connect, to whatever address. */
function countSockets(): () => number {
  let count = 0;
  const onSocket = (): void => void (count += 1);
  subscribe("net.client.socket", onSocket);
  onTestFinished(() => void unsubscribe("net.client.socket", onSocket));
  return () => count;
}

const refused = {
  is: "retry",
  errorClass: "egress-refused",
  ours: false,
  note: expect.stringMatching(
    /^\S+ is an? .*; to send there all the same, set daemon: \{ egress: \{ allow: \[\S+\] \} \}$/,
  ),
};

it("tries at least 120 forms and tricks", () => {
  const all = [THIS_MACHINE, TRICKS, ELSEWHERE, NO_ADDRESS, ANSWERS.map(String)];
  for (const list of all) expect(new Set(list).size).toBe(list.length);
  expect(all.reduce((sum, list) => sum + list.length, 0)).toBeGreaterThan(200);
});

describe("this machine", () => {
  const urls = [...THIS_MACHINE.map((host) => host.replace(/$/, ":PORT")), ...TRICKS];
  const at = (url: string, port: number): string =>
    (/^\s*h\W*t/i.test(url) ? url : `http://${url}/`).replace("PORT", String(port));

  it.each(urls)("is not connected to as %j", async (url) => {
    const server = await everywhere();
    const result = await client()(at(url, server.port));
    expect(judge("raw", result)).toMatchObject({ ...refused, note: expect.stringMatching(/ is an? /) });
    expect(server.accepted()).toBe(0);
  });

  // So that none of the others is refused for another reason.
  it.each(urls.filter((url) => speaksV6 || !url.includes("[")))(
    "is connected to as %j where that is allowed",
    async (url) => {
      const server = await everywhere();
      await client({ allow: NOWHERE })(at(url, server.port));
      expect(server.accepted()).toBe(1);
    },
  );
});

describe("an address that is not public", () => {
  it.each(ELSEWHERE)("gets not even a socket as %j", async (host) => {
    const sockets = countSockets();
    const result = await client()(`http://${host}/`);
    expect(judge("raw", result)).toMatchObject({ is: "retry", errorClass: "egress-refused", ours: false });
    expect(sockets()).toBe(0);
  });
});

describe("a URL that leads nowhere", () => {
  it.each(NO_ADDRESS)("is not sent to: %j", async (text) => {
    const server = await everywhere();
    const sockets = countSockets();
    const result = await client({ allow: NOWHERE })(text.replace("PORT", String(server.port)));
    expect(judge("raw", result)).toMatchObject({ is: "invalid", errorClass: "render" });
    expect([server.accepted(), sockets()]).toEqual([0, 0]);
  });
});

describe("a name", () => {
  const answers = (addresses: readonly string[]) => () =>
    Promise.resolve(addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })));

  it.each(ANSWERS.map((addresses) => [addresses]))(
    "is not connected to when it resolves to %j",
    async (addresses) => {
      const server = await everywhere();
      const result = await client({ resolve: answers(addresses) })(`http://hooks.example:${server.port}/`);
      expect(judge("raw", result)).toMatchObject({ is: "retry", errorClass: "egress-refused", ours: false });
      expect(server.accepted()).toBe(0);
    },
  );

  it("that resolves to nothing is not known, and that is nobody's fault", async () => {
    const result = await client({ resolve: answers([]) })("http://hooks.example/");
    expect(judge("raw", result)).toMatchObject({ is: "retry", errorClass: "dns", ours: true });
  });

  it("is connected to when all its addresses are allowed", async () => {
    const server = await everywhere();
    const post = client({ allow: ["127.0.0.2", "127.0.0.3"], resolve: answers(["127.0.0.2", "127.0.0.3"]) });
    const result = await post(`http://hooks.example:${server.port}/`);
    expect(result).toMatchObject({
      remoteAddress: expect.stringMatching(/127\.0\.0\.2$/),
      response: { body: "ok" },
    });
  });

  it("is resolved once for a connection, and that answer is the one that is used", async () => {
    const server = await everywhere();
    const turns = [["127.0.0.2"], ["127.0.0.1"]];
    const resolve = vi.fn(() => answers(turns.shift() ?? ["127.0.0.1"])());
    const result = await client({ allow: ["127.0.0.2"], resolve })(`http://hooks.example:${server.port}/`);
    expect(result.response?.status).toBe(200);
    expect(resolve).toHaveBeenCalledTimes(1);
  });

  it("that changes to a private address later is refused then", async () => {
    const server = await everywhere("connection: close\r\n");
    const turns = [["127.0.0.2"], ["127.0.0.1"], ["127.0.0.2", "10.0.0.1"]];
    const resolve = () => answers(turns.shift() ?? [])();
    const post = client({ allow: ["127.0.0.2"], resolve });
    const url = `http://hooks.example:${server.port}/`;
    expect((await post(url)).response?.status).toBe(200);
    await server.allClosed();
    expect(judge("raw", await post(url))).toMatchObject({
      ...refused,
      note: expect.stringMatching(/^127\.0\.0\.1 /),
    });
    expect(judge("raw", await post(url))).toMatchObject({
      ...refused,
      note: expect.stringMatching(/^10\.0\.0\.1 /),
    });
    expect(server.accepted()).toBe(1);
  });

  it("is asked for once by all who wait for it", async () => {
    const server = await everywhere();
    const resolve = vi.fn(answers(["127.0.0.2"]));
    const post = client({ allow: ["127.0.0.2"], resolve });
    const urls = Array.from({ length: 10 }, (_, index) => `http://hooks.example:${server.port}/${index}`);
    const results = await Promise.all(urls.map(post));
    expect(results.map(({ response }) => response?.status)).toEqual(urls.map(() => 200));
    expect(resolve).toHaveBeenCalledTimes(1);
  });

  it("that does not resolve in time counts against nobody, and leaves nothing behind", async () => {
    const http = createHttpClient({
      maxBodyBytes: 1024,
      userAgent: "test",
      resolve: () => new Promise(() => undefined),
    });
    onTestFinished(() => http.close());
    const result = await http.post({ url: "http://slow.example/", headers: [], body: "", deadlineMs: 50 });
    expect(judge("raw", result)).toMatchObject({ is: "retry", errorClass: "dns", ours: true });
  });
});

describe("the guard", () => {
  it("says what to allow, and that is then allowed", async () => {
    const server = await everywhere();
    const url = `http://127.0.0.1:${server.port}/`;
    expect(judge("raw", await client()(url))).toMatchObject({
      note: "127.0.0.1 is a loopback address; to send there all the same, set daemon: { egress: { allow: [127.0.0.1] } }",
    });
    expect((await client({ allow: ["127.0.0.1"] })(url)).response?.status).toBe(200);
    expect(judge("raw", await client()("http://[fe80::1]/"))).toMatchObject({
      note: expect.stringContaining('allow: ["fe80::1"]'),
    });
  });

  it("does not follow a redirect to where it may not go", async () => {
    const inside = await everywhere();
    const outside = await rawServer((socket) =>
      onRequests(socket, () => socket.end(`HTTP/1.1 307 Over there\r\nlocation: ${inside.url}/\r\n\r\n`)),
    );
    const result = await client({ allow: ["127.0.0.1"] })(outside.url);
    expect(judge("raw", result)).toMatchObject({ is: "retry", errorClass: "redirect" });
    expect(inside.accepted()).toBe(0);
  });

  it("is not led around by the environment's proxies", async () => {
    const proxy = await everywhere();
    const server = await everywhere();
    for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]) {
      vi.stubEnv(name, `http://127.0.0.1:${proxy.port}`);
    }
    vi.stubEnv("NO_PROXY", "");
    vi.stubEnv("NODE_USE_ENV_PROXY", "1");
    onTestFinished(() => void vi.unstubAllEnvs());
    const url = `http://127.0.0.1:${server.port}/`;
    expect(judge("raw", await client()(url))).toMatchObject(refused);
    expect((await client({ allow: ["127.0.0.1"] })(url)).response?.status).toBe(200);
    expect([proxy.accepted(), server.accepted()]).toEqual([0, 1]);
  });

  it("is a client's own: where it is not asked for, this machine may be reached", async () => {
    const server = await everywhere();
    const http = createHttpClient({ maxBodyBytes: 1024, userAgent: "test" });
    onTestFinished(() => http.close());
    const url = `http://127.0.0.1:${server.port}/`;
    expect((await http.post({ url, headers: [], body: "{}", deadlineMs: 20_000 })).response?.status).toBe(
      200,
    );
    expect(judge("raw", await client()(url))).toMatchObject(refused);
    expect(server.accepted()).toBe(1);
  });
});
