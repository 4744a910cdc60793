/** A server of Terraform's HTTP backend protocol, such as people write for themselves. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface StateServer {
  readonly url: string;
  readonly requests: { method: string; path: string; auth: string | undefined; body: string }[];
  /** What is stored. */
  body: string;
  /** JSON of who holds the lock. */
  lock: string | undefined;
  /** Called before a request is handled; true when it has answered, or will not, itself. */
  meddle: (request: IncomingMessage, response: ServerResponse, body: string) => boolean;
  /** Called after a request was carried out; true when the answer must get lost. */
  loses: (method: string) => boolean;
}

export async function stateServer(): Promise<StateServer> {
  const it: StateServer = {
    url: "",
    requests: [],
    body: "",
    lock: undefined,
    meddle: () => false,
    loses: () => false,
  };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      it.requests.push({ method, path: url, auth: headers.authorization, body });
      if (it.meddle(request, response, body)) return;
      const [status, answer] = handle(it, method, new URL(url, "http://x"), body, headers["content-md5"]);
      if (it.loses(method)) return void response.destroy();
      const md5 = createHash("md5").update(answer).digest("base64");
      response.writeHead(status, answer === "" ? {} : { "content-md5": md5 }).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(it, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/state` });
}

function handle(it: StateServer, method: string, url: URL, body: string, md5: unknown): [number, string] {
  const holder = it.lock === undefined ? undefined : (JSON.parse(it.lock) as { ID: string }).ID;
  switch (method) {
    case "GET":
      return it.body === "" ? [404, ""] : [200, it.body];
    case "POST":
      if (md5 !== createHash("md5").update(body).digest("base64")) return [400, ""];
      if (holder !== undefined && url.searchParams.get("ID") !== holder) return [409, it.lock ?? ""];
      it.body = body;
      return [200, ""];
    case "LOCK":
      if (it.lock !== undefined) return [423, it.lock];
      it.lock = body;
      return [200, ""];
    case "UNLOCK":
      if (holder !== (JSON.parse(body) as { ID: string }).ID) return [409, it.lock ?? ""];
      it.lock = undefined;
      return [200, ""];
    default:
      return [405, ""];
  }
}
