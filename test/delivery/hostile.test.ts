/** Receivers that answer wrongly, slowly, without end or not at all: real sockets, and the verdict on each. */
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { judge } from "../../src/delivery/outcome.ts";
import { createHttpClient } from "../../src/lib/http.ts";
import { drip, onRequests, pump, rawServer } from "../support/raw-server.ts";

const LIMIT = 8 * 1024;
const OK = "HTTP/1.1 200 OK\r\n";
const whole = (body: string): string => `${OK}content-length: ${body.length}\r\n\r\n${body}`;

/** What it does once the request is in; `delivered`, or the class of an error that is tried again; what the body begins with. */
type Case = readonly [string, (socket: Socket) => void, string, string?];

const write =
  (text: string | Buffer) =>
  (socket: Socket): void =>
    void socket.write(text);
const finish =
  (text: string | Buffer) =>
  (socket: Socket): void =>
    void socket.end(text);

const SILENT: readonly Case[] = [
  ["never answers", () => undefined, "timeout"],
  ["drips its status line", (socket) => drip(socket, "HTTP/1.1 200 OKKKKKKKKKKK"), "timeout"],
  ["drips its headers", (socket) => drip(socket, `${OK}${"x: yyyyyyyyy\r\n".repeat(999)}`), "timeout"],
  ["stops in its status line", write("HTTP/1.1 20"), "timeout"],
  ["stops in its headers", write(`${OK}x-half: `), "timeout"],
  ["has a status line without end", (socket) => pump(socket, `HTTP/1.1 200 ${"k".repeat(9999)}`), "timeout"],
];

const SLOW: readonly Case[] = [
  [
    "drips its body",
    (socket) => {
      socket.write(`${OK}content-length: 9999\r\n\r\nz`);
      drip(socket, "z");
    },
    "delivered",
    "z",
  ],
  ["stops in its body", write(`${OK}content-length: 10\r\n\r\nhalf`), "delivered", "half"],
  ["stops in a chunk", write(`${OK}transfer-encoding: chunked\r\n\r\n8\r\nhalf`), "delivered", "half"],
  [
    "has a chunk extension without end",
    (socket) => {
      socket.write(`${OK}transfer-encoding: chunked\r\n\r\n4;x=`);
      pump(socket, "y".repeat(9999));
    },
    "delivered",
  ],
];

const ENDLESS: readonly Case[] = [
  [
    "has a body without end",
    (socket) => {
      socket.write(`${OK}\r\n`);
      pump(socket, "x".repeat(65_536));
    },
    "delivered",
    "xxxx",
  ],
  [
    "has chunks without end",
    (socket) => {
      socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
      pump(socket, `1000\r\n${"c".repeat(4096)}\r\n`);
    },
    "delivered",
    "cccc",
  ],
  [
    "has headers without end",
    (socket) => {
      socket.write(OK);
      pump(socket, "x-flood: yyyyyyyyyyyyyyyyyyyyyyyyy\r\n");
    },
    "bad-response",
  ],
  [
    "has one header without end",
    (socket) => {
      socket.write(`${OK}x-flood: `);
      pump(socket, "y".repeat(9999));
    },
    "bad-response",
  ],
  [
    "has trailers without end",
    (socket) => {
      socket.write(`${OK}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n`);
      pump(socket, "x-flood: yyyyyyyyyyyyyyyyyyyyyyyyy\r\n");
    },
    "delivered",
    "ok",
  ],
  [
    "sends early hints without end",
    (socket) => pump(socket, "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"),
    "bad-response",
  ],
  [
    "sends a gzip bomb, which stays packed",
    (socket) => {
      const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024));
      socket.write(`${OK}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    },
    "delivered",
    "\u001F",
  ],
];

const BROKEN: readonly Case[] = [
  ["resets at once", (socket) => socket.resetAndDestroy(), "connection-reset"],
  ["closes without a word", finish(""), "connection-reset"],
  ["closes in its status line", finish("HTTP/1.1 20"), "connection-reset"],
  ["closes in its headers", finish(`${OK}x: `), "connection-reset"],
  ["closes in its body", finish(`${OK}content-length: 9\r\n\r\nhalf`), "delivered", "half"],
  ["closes in a chunk", finish(`${OK}transfer-encoding: chunked\r\n\r\n8\r\nhalf`), "delivered", "half"],
  ["closes where its body ends", finish(`${OK}\r\nall of it`), "delivered", "all of it"],
  [
    "resets in its body",
    (socket) => socket.write(`${OK}content-length: 9\r\n\r\nhalf`, () => socket.resetAndDestroy()),
    "delivered",
  ],
  ["has a chunk of no size", finish(`${OK}transfer-encoding: chunked\r\n\r\nzz\r\nhalf`), "delivered"],
  [
    "has a chunk of any size",
    finish(`${OK}transfer-encoding: chunked\r\n\r\n${"F".repeat(20)}\r\nx`),
    "delivered",
  ],
  [
    "has chunks and a length",
    finish(`${OK}transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\nabc`),
    "bad-response",
  ],
  ["has two lengths", finish(`${OK}content-length: 1\r\ncontent-length: 3\r\n\r\nabc`), "bad-response"],
  ["has a length below nothing", finish(`${OK}content-length: -1\r\n\r\nabc`), "bad-response"],
  [
    "has a length of many digits",
    finish(`${OK}content-length: ${"9".repeat(30)}\r\n\r\nabc`),
    "bad-response",
  ],
  ["has a space in a header's name", finish(`${OK}x y: z\r\n\r\n`), "bad-response"],
  ["has a NUL in a header", finish(`${OK}x: a\0b\r\n\r\n`), "bad-response"],
  ["has a folded header", finish(`${OK}x: a\r\n b\r\ncontent-length: 0\r\n\r\n`), "bad-response"],
  [
    "wants another protocol",
    finish("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
    "bad-response",
  ],
  [
    "says to go on, which nobody asked",
    finish(`HTTP/1.1 100 Continue\r\n\r\n${whole("ok")}`),
    "bad-response",
  ],
  [
    "sends a few early hints first",
    finish(`${"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(3)}${whole("ok")}`),
    "delivered",
    "ok",
  ],
  ["has a status of words", finish("HTTP/1.1 fine OK\r\n\r\n"), "bad-response"],
  ["has a status of four digits", finish("HTTP/1.1 2000 OK\r\n\r\n"), "bad-response"],
  ["has a status of one digit", finish("HTTP/1.1 2 OK\r\n\r\n"), "bad-response"],
  ["speaks HTTP/9", finish("HTTP/9.9 200 OK\r\n\r\n"), "bad-response"],
  ["speaks HTTP/0.9", finish("<html>hello</html>"), "bad-response"],
  ["speaks HTTP/2", finish("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "bad-response"],
  ["speaks frames of HTTP/2", finish(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])), "bad-response"],
  ["speaks TLS", finish(Buffer.from([0x15, 3, 3, 0, 2, 2, 70])), "bad-response"],
  ["speaks SSH", finish("SSH-2.0-OpenSSH_9.9\r\n"), "bad-response"],
  ["speaks SMTP", finish("220 mail.example ESMTP\r\n"), "bad-response"],
  ["sends our own request back", finish("POST / HTTP/1.1\r\nhost: x\r\n\r\n"), "bad-response"],
  ["has bytes of no text", finish(`${OK}content-length: 4\r\n\r\n${"\u00FF\u00FE\0\u0001"}`), "delivered"],
];

async function attempt(serve: (socket: Socket) => void, deadlineMs: number) {
  const server = await rawServer((socket) => onRequests(socket, () => serve(socket)));
  const http = createHttpClient({ maxBodyBytes: LIMIT, userAgent: "bellhop-test" });
  onTestFinished(() => http.close());
  const result = await http.post({ url: `${server.url}/hook`, headers: [], body: "{}", deadlineMs });
  return { server, http, result, verdict: judge("raw", result) };
}

const KINDS: readonly (readonly [string, readonly Case[], number])[] = [
  ["that never comes to its answer", SILENT, 150],
  ["that never comes to the end of it", SLOW, 1500],
  ["without end", ENDLESS, 20_000],
  ["that breaks", BROKEN, 20_000],
];

describe.for(KINDS)("a receiver %s", ([, cases, deadlineMs]) => {
  it.for(cases)("%s", async ([, serve, expected, begins = ""]) => {
    const { server, http, result, verdict } = await attempt(serve, deadlineMs);
    expect(verdict).toMatchObject(
      expected === "delivered" ? { is: expected } : { is: "retry", errorClass: expected, ours: false },
    );
    expect(result.response?.body.startsWith(begins) ?? true).toBe(true);
    expect(result.response?.body.length ?? 0).toBeLessThanOrEqual(LIMIT);
    await http.close();
    await expect.poll(() => server.accepted()).toBe(1);
    await server.allClosed();
    expect(server.accepted()).toBe(1);
  });
});

describe("every receiver", () => {
  it("is asked for no encoding that would have to be unpacked", async () => {
    let asked = "";
    const server = await rawServer((socket) => {
      socket.on("data", (chunk: Buffer) => (asked += chunk.toString("latin1")));
      onRequests(socket, () => socket.write(whole("ok")));
    });
    const http = createHttpClient({ maxBodyBytes: LIMIT, userAgent: "bellhop-test" });
    onTestFinished(() => http.close());
    await http.post({ url: server.url, headers: [], body: "{}", deadlineMs: 20_000 });
    expect(asked).toMatch(/^POST \/ HTTP\/1\.1\r\n/);
    expect(asked).not.toMatch(/accept-encoding|^te:|upgrade|expect:/im);
  });
});
