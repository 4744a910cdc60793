// Receivers of every kind on one port. Healthy ones keep how long each event took since it was handed over. Prints its address.
import { createServer } from "node:http";

let latencies = [];
const now = () => performance.timeOrigin + performance.now();
const bad = {
  slow: (_request, response) => setTimeout(() => response.end(), 2000),
  hang: () => undefined,
  fail: (_request, response) => response.writeHead(503).end("no"),
  drip: (_request, response) => {
    response.writeHead(200, { "content-type": "text/plain" });
    const timer = setInterval(() => response.write("."), 500);
    response.on("close", () => clearInterval(timer));
  },
  endless: (_request, response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
    };
    response.on("drain", more);
    more();
  },
  headers: (request) => {
    request.socket.write(`HTTP/1.1 200 OK\r\n${"x-flood: 0123456789\r\n".repeat(10_000)}\r\n`);
  },
  reset: (request) => request.socket.resetAndDestroy(),
  half: (request) => request.socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
  continues: (request) => {
    const timer = setInterval(() => request.socket.write("HTTP/1.1 102 Processing\r\n\r\n"), 50);
    request.socket.on("close", () => clearInterval(timer));
  },
  garbage: (request) => request.socket.end("ceci n'est pas HTTP\r\n\r\n"),
};
const server = createServer((request, response) => {
  if (request.method === "GET") {
    response.end(JSON.stringify(latencies));
    if (request.url === "/-reset") latencies = [];
    return;
  }
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("error", () => undefined);
  request.on("end", () => {
    const kind = request.url.split("/")[1];
    if (bad[kind] !== undefined) return bad[kind](request, response);
    const arrived = now();
    const { data } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    if (data.at !== undefined) latencies.push(arrived - data.at);
    response.end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
